"""Disclosure by the quasi-identifiers: who is found again, and whose secret is told.

An intruder knows the quasi-identifiers of a person and looks up the synthetic rows that share
them (Raab, Nowok & Dibben 2024, arXiv:2406.16826; R package synthpop).
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.data.table import Column, Table
from synthcraft.metrics.attacks.exchange import Exchange
from synthcraft.metrics.attacks.inference import secret_columns
from synthcraft.metrics.attacks.risk import Share, risk_measures
from synthcraft.metrics.cards.disclosure import CorrectAttributionParams, ReplicatedUniquesParams
from synthcraft.metrics.classes import classes
from synthcraft.metrics.context import NotApplicable, Real, Synthetic
from synthcraft.metrics.encode import Ints
from synthcraft.records import Measure


class ReplicatedUniques:
    """``replicated_uniques``: train rows unique in train and in the synthetic table (repU)."""

    def __init__(self, *, params: ReplicatedUniquesParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> None:
        """Nothing; there must be quasi-identifiers."""
        quasi_identifiers(real.train)

    def measure(self, real: Real, _: None, synthetic: Synthetic) -> Iterator[Measure]:
        """Main, control and excess."""
        made, train, holdout = _looked_up(real, synthetic, self.params.groups)
        found = replicated(made, train, holdout)
        n = len(train)
        main = Share(float(found.unique.sum() / n), n)
        control = Share(float(found.unique_after.sum() / n), n)
        bounds = found.bounds(main, control, synthetic.stream("replicated_uniques"))
        yield from risk_measures("replicated_uniques", main, control, bounds=bounds)


class CorrectAttribution:
    """``correct_attribution`` of each secret and their mean (DiSCO)."""

    def __init__(self, *, params: CorrectAttributionParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> None:
        """Nothing; there must be quasi-identifiers and a secret besides."""
        quasi_identifiers(real.train)
        secrets_of(real.train)

    def measure(self, real: Real, _: None, synthetic: Synthetic) -> Iterator[Measure]:
        """Main, control and excess of each secret, then of their mean."""
        made, train, holdout = _looked_up(real, synthetic, self.params.groups)
        frames = [synthetic.frame, real.train.frame, real.holdout.frame]
        shares = []
        for secret in secrets_of(real.train):
            told, *truth = classes(
                [secret], frames, groups=self.params.secret_groups, cuts=real.train.frame
            )
            both = zip((train, holdout), truth, strict=True)
            shares.append([attributed(made, told, known, own).mean() for known, own in both])
            yield from self._roles(shares[-1], real, column=secret.name)
        yield from self._roles(np.mean(shares, axis=0).tolist(), real)

    def _roles(self, shares: Sequence[float], real: Real, column: str = "") -> Iterator[Measure]:
        main = Share(float(shares[0]), len(real.train))
        control = Share(float(shares[1]), len(real.holdout))
        return risk_measures("correct_attribution", main, control, column=column)


def quasi_identifiers(table: Table) -> list[Column]:
    """The columns that an intruder may know of a person.

    Raises
    ------
    NotApplicable
        Where none are declared.
    """
    if not table.quasi_identifiers:
        raise NotApplicable("no quasi-identifiers are declared (dataset.quasi_identifiers)")
    return [table.column(name) for name in table.quasi_identifiers]


def secrets_of(table: Table) -> list[Column]:
    """The sensitive columns and the target, but for the quasi-identifiers.

    Raises
    ------
    NotApplicable
        Where none is left.
    """
    names = [name for name in secret_columns(table) if name not in table.quasi_identifiers]
    if not names:
        raise NotApplicable("every sensitive column and the target are quasi-identifiers")
    return [table.column(name) for name in names]


def _looked_up(real: Real, synthetic: Synthetic, groups: int | None) -> list[Ints]:
    frames: list[pd.DataFrame] = [synthetic.frame, real.train.frame, real.holdout.frame]
    columns = quasi_identifiers(real.train)
    return classes(columns, frames, groups=groups, cuts=real.train.frame)


def replicated(made: Ints, train: Ints, holdout: Ints) -> Exchange:
    """The classes with one synthetic row, and the real rows that are in them.

    >>> replicated(np.array([0, 1, 1]), np.array([0, 0, 2]), np.array([0])).counts
    (array([2]), array([1]))
    """
    number, size = np.unique(made, return_counts=True)
    single = number[size == 1]
    real = np.concatenate([train, holdout])
    rows = np.flatnonzero(np.isin(real, single))
    owner = np.searchsorted(single, real[rows])
    return Exchange(owner, rows, len(single), len(train), len(holdout))


def attributed(made: Ints, told: Ints, known: Ints, own: Ints) -> Any:
    """Which persons' class has synthetic rows that all tell the same secret, and the right one.

    ``made`` and ``known`` are the classes of synthetic rows and persons, ``told`` and ``own``
    their secrets.

    >>> persons = np.array([[0, 0, 1], [5, 6, 5]])
    >>> attributed(np.array([0, 0, 1, 1]), np.array([5, 5, 5, 6]), *persons)
    array([ True, False, False])
    """
    number, first, place = np.unique(made, return_index=True, return_inverse=True)
    agree = np.bincount(place, told != told[first][place]) == 0
    where = np.minimum(np.searchsorted(number, known), len(number) - 1)
    return (number[where] == known) & agree[where] & (told[first][where] == own)
