"""Importing this module makes synthcity importable, fast and silent: for worker processes only.

A forkserver can only import modules, so this one module of the package has import side effects:
stand-ins are installed, synthcity is imported, and its log sink (a thread that would not survive
a fork), its global warning filter and its reseeding of torch are undone.
"""

import contextlib
import io
import warnings

from synthcraft.generators import standins
from synthcraft.generators.randomness import preserved

standins.install()
with (
    preserved(),
    warnings.catch_warnings(),
    contextlib.redirect_stdout(io.StringIO()),
    contextlib.redirect_stderr(io.StringIO()),
):
    import synthcity.logger

    synthcity.logger.remove()
