"""Disclosure by the quasi-identifiers: who is found again, and whose secret is told.

An intruder knows the quasi-identifiers of a person and looks up the synthetic rows that share
them (Raab, Nowok & Dibben 2024, arXiv:2406.16826; R package synthpop).
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.data.table import Column, Table
from synthcraft.metrics.attacks.exchange import Exchange, exchange
from synthcraft.metrics.attacks.inference import secret_columns
from synthcraft.metrics.attacks.risk import mean_share, risk_measures, share_of_persons
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
        found, rows = replicated(real, made, train, holdout), len(train)
        main, control = found.shares(found.n_train, of=rows)
        stream = synthetic.stream("replicated_uniques")
        bounds = found.bounds(main, control, of=rows, stream=stream)
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
        sides = ((train, real.train), (holdout, real.holdout))
        found = []
        for secret in secrets_of(real.train):
            told, *truth = classes(
                [secret], frames, groups=self.params.secret_groups, cuts=real.train.frame
            )
            main, control = (
                share_of_persons(attributed(made, told, known, own), table)
                for (known, table), own in zip(sides, truth, strict=True)
            )
            found.append((main, control))
            yield from risk_measures("correct_attribution", main, control, column=secret.name)
        yield from risk_measures("correct_attribution", *map(mean_share, zip(*found, strict=True)))


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


def replicated(real: Real, made: Ints, train: Ints, holdout: Ints) -> Exchange:
    """The classes with one synthetic row, and the persons who are in them."""
    number, size = np.unique(made, return_counts=True)
    single = number[size == 1]
    everybody = np.append(train, holdout)
    rows = np.flatnonzero(np.isin(everybody, single))
    return exchange(real, np.searchsorted(single, everybody[rows]), rows, len(single))


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
