"""Words about differential privacy that every page uses alike; light to import."""

CLAIMED = "claimed by synthcity, not verified"
"""Stands beside every ε of a generator whose card says ``dp="claimed"``."""
