"""Importing this module imports what the environment names: in the process that forks workers.

``multiprocessing`` would let that process die of a module that cannot be imported, and the run with
it. Here such a module is left out: whoever needs it fails on its own.
"""

import os
from contextlib import suppress
from importlib import import_module

NAMES = "SYNTHCRAFT_PRELOAD"  # modules, separated by blanks

for _name in os.environ.get(NAMES, "").split():
    with suppress(Exception):
        import_module(_name)
