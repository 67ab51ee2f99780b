"""Rows of the target groups from a generator, long enough for the largest dose."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True, eq=False)
class Added:
    """What a generator made for each target, and for everyone, in canonical form.

    A smaller dose takes the first rows of a larger one. ``drawn`` tells how many rows were drawn
    for each target (more than it got, by rejection); ``failed`` the targets that did not get what
    the largest dose asks for, and why (then ``rows`` holds what there is). ``everyone`` has rows of
    all groups as the generator makes them, as many as the primary dose adds to all targets.
    """

    rows: Mapping[str, pd.DataFrame]
    everyone: pd.DataFrame
    drawn: Mapping[str, int] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    everyone_failed: str = ""
