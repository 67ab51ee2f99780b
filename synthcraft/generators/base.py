"""What a generator is: something that learns from train rows and then makes rows."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

import pandas as pd

from synthcraft.data.table import Table
from synthcraft.errors import SynthCraftError


class Impossible(SynthCraftError):
    """Raised where a generator gives what it is asked for no chance at all."""


@runtime_checkable
class Fitted(Protocol):
    """A generator after its fit; it may hold real rows, so it is never stored."""

    def sample(self, n: int, *, seed: int) -> pd.DataFrame:
        """``n`` synthetic rows with the train table's columns; same seed, same rows."""
        ...


@runtime_checkable
class Conditional(Fitted, Protocol):
    """A fitted generator that can be asked for rows of some levels (``GeneratorCard.conditional``).

    Its answer is what ``sample`` would give if all other rows were thrown away, neither more nor
    less: nothing is fitted again, and a private generator spends nothing.
    """

    def sample_where(self, n: int, where: Mapping[str, str], *, seed: int) -> pd.DataFrame:
        """``n`` synthetic rows that have these levels, by column; same seed, same rows.

        Raises Impossible where the generator would never make such a row.
        """
        ...


@runtime_checkable
class Given(Protocol):
    """Tables made elsewhere, as they are: each is one draw, of the size that it has."""

    @property
    def tables(self) -> tuple[pd.DataFrame, ...]:
        """Synthetic rows with the train table's columns."""
        ...


@runtime_checkable
class Generator(Protocol):
    """A plug-in class is called as ``card.load()(params=…, device="cpu")`` and fits a train table.

    It sees ``train`` only: no holdout, no validation rows. It must not change the global random
    state. Errors it raises become the trial's reason of failure.
    """

    def fit(self, train: Table, *, seed: int) -> Fitted | Given:
        """Learn from the train rows."""
        ...
