"""A generator behind a reduction: it learns components of many columns instead of all of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.data.reduce import Reduction, learn_reduction
from synthcraft.data.table import Table
from synthcraft.generators.base import Fitted, Generator, Given
from synthcraft.generators.fitted import MemoryOnly
from synthcraft.spec.types import ReduceSpec


@dataclass(frozen=True)
class Reduced:
    """A generator that is fitted to a reduced table, and whose rows are restored.

    Columns outside the reduction's block reach the generator as they are.
    """

    inner: Generator
    reduce: ReduceSpec

    def fit(self, train: Table, *, seed: int) -> "FittedReduced":
        """Both learn from the same train rows.

        Raises
        ------
        DataError
            when nothing can be reduced.
        """
        reduction = learn_reduction(train, self.reduce)
        fitted = self.inner.fit(reduction.apply(train), seed=seed)
        if isinstance(fitted, Given):
            raise TypeError("rows that were made elsewhere cannot be reduced")
        return FittedReduced(fitted, reduction)


@dataclass(frozen=True)
class FittedReduced(MemoryOnly):
    """A generator of components, and the way back to the table's own columns."""

    inner: Fitted = field(repr=False)
    reduction: Reduction = field(repr=False)

    def sample(self, n: int, *, seed: int) -> pd.DataFrame:
        """``n`` synthetic rows in canonical form."""
        own = int(np.random.SeedSequence([seed, 2]).generate_state(1)[0])
        return self.reduction.restore(self.inner.sample(n, seed=seed), seed=own)


def behind(generator: Generator, reduce: Mapping[str, Any]) -> Generator:
    """The generator, behind a reduction where one is declared (a ``ReduceSpec`` as plain data)."""
    return Reduced(generator, ReduceSpec.model_validate(reduce)) if reduce else generator


def reduction_of(fitted: Fitted | Given) -> Reduction | None:
    """The reduction that a fitted generator works behind, if any."""
    return fitted.reduction if isinstance(fitted, FittedReduced) else None
