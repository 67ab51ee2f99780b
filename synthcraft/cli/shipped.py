"""Where the options and experiments are (``synthcraft.shipped``), for the command line."""

from synthcraft.shipped import conf, experiments, groups, home

__all__ = ["conf", "experiments", "groups", "home"]
