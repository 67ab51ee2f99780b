"""Attribute inference: what synthetic rows tell of somebody whose other columns are known."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from synthcraft.data.table import Column, Table
from synthcraft.metrics.attacks.risk import (
    Share,
    attack_measures,
    choose_targets,
    mean_share,
    nearest_rows,
)
from synthcraft.metrics.cards.attacks import AttributeInferenceParams
from synthcraft.metrics.classes import comparable
from synthcraft.metrics.context import NotApplicable, Real, Synthetic, hash_rows
from synthcraft.metrics.encode import Floats, Ints
from synthcraft.records import Measure


@dataclass(frozen=True, eq=False)
class Secret:
    """A column to be guessed: what is known of each target (train targets first), the truth."""

    column: Column
    known: tuple[str, ...]
    points: Floats
    truth: tuple[pd.DataFrame, pd.DataFrame]


class AttributeInference:
    """``attribute_inference`` of each secret column and their mean, with its naive baseline."""

    def __init__(self, *, params: AttributeInferenceParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> tuple[Secret, ...]:
        """What is known of the targets, encoded, and what is to be guessed."""
        targets = choose_targets(real, self.params.targets)
        frames = (
            real.train.frame.iloc[targets.train],
            real.holdout.frame.iloc[targets.holdout],
        )
        secrets = []
        for name in secret_columns(real.train):
            known = known_columns(real.train, name)
            encoder = real.encoder.only(known)
            points = np.concatenate([encoder.points(frame) for frame in frames])
            truth = (frames[0][[name]], frames[1][[name]])
            secrets.append(Secret(real.train.column(name), known, points, truth))
        return tuple(secrets)

    def measure(
        self, real: Real, secrets: tuple[Secret, ...], synthetic: Synthetic
    ) -> Iterator[Measure]:
        """Main, control, excess and baseline of each secret, then of their mean."""
        stream = synthetic.stream("attribute_inference")
        found: list[tuple[Share, Share, float]] = []
        for secret in secrets:
            rows = real.encoder.only(secret.known).points(synthetic.frame)
            kinds = hash_rows(synthetic.frame[list(secret.known)])
            nearest = nearest_rows(secret.points, rows, kinds, stream)
            found.append(_guessed(secret, synthetic.frame, nearest, self.params.tolerance))
            name = secret.column.name
            yield from attack_measures("attribute_inference", *found[-1], column=name)
        main, control = (
            mean_share(side) for side in ([m for m, _, _ in found], [c for _, c, _ in found])
        )
        baseline = float(np.mean([one for _, _, one in found]))
        yield from attack_measures("attribute_inference", main, control, baseline)


def secret_columns(table: Table) -> tuple[str, ...]:
    """The columns that an attacker would like to know: sensitive ones and the target."""
    return tuple(dict.fromkeys((*table.sensitive, table.target)))


def known_columns(table: Table, secret: str) -> tuple[str, ...]:
    """What the attacker knows: the quasi-identifiers, or all columns where none are declared.

    Raises
    ------
    NotApplicable
        Where nothing but the secret would be known.
    """
    known = tuple(n for n in table.quasi_identifiers or table.names if n != secret)
    if not known:
        raise NotApplicable("needs a column besides the secret")
    return known


def _guessed(
    secret: Secret, made: pd.DataFrame, nearest: Ints, tolerance: float
) -> tuple[Share, Share, float]:
    """Share of right guesses in train and in holdout, and what a random synthetic row would win."""
    (train,), (holdout,), (values,) = comparable([secret.column], [*secret.truth, made])
    low, high = accepted(np.concatenate([train, holdout]), secret.column, tolerance)
    right = (low <= values[nearest]) & (values[nearest] <= high)
    n, ordered = len(train), np.sort(values)
    within = np.searchsorted(ordered, high, "right") - np.searchsorted(ordered, low, "left")
    main, control = Share(float(right[:n].mean()), n), Share(float(right[n:].mean()), n)
    return main, control, float(within[:n].mean() / len(values))


def accepted(truth: Floats, column: Column, tolerance: float) -> tuple[Floats, Floats]:
    """Lowest and highest guess that counts as right: the level itself, a number's relative range.

    >>> accepted(np.array([200.0, 0.0, -np.inf]), Column("x", "numeric"), 0.05)
    (array([190.,   0., -inf]), array([210.,   0., -inf]))
    """
    relative = tolerance if column.numeric else 0.0
    reach = relative * np.abs(np.where(np.isfinite(truth), truth, 0.0))
    return truth - reach, truth + reach
