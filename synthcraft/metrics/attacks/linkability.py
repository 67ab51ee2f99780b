"""Linkability: does a synthetic row tell that two records of different files are one person's?"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from synthcraft.data.table import Table
from synthcraft.metrics.attacks.risk import (
    Share,
    attack_measures,
    choose_targets,
    nearest_rows,
)
from synthcraft.metrics.cards.attacks import LinkabilityParams
from synthcraft.metrics.context import NotApplicable, Real, Synthetic, hash_rows
from synthcraft.metrics.encode import Floats
from synthcraft.records import Measure

Halves = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, eq=False)
class Files:
    """What the attacker holds of each target: its columns in the one file and in the other."""

    train: tuple[Floats, Floats]
    holdout: tuple[Floats, Floats]
    halves: Halves


class Linkability:
    """``linkability`` of the two parts of a row, with its naive baseline."""

    def __init__(self, *, params: LinkabilityParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> Files:
        """The targets' two parts, encoded."""
        halves = file_columns(real.train)
        targets = choose_targets(real, self.params.targets)
        train, holdout = (
            tuple(real.encoder.only(half).points(table.frame.iloc[rows]) for half in halves)
            for table, rows in ((real.train, targets.train), (real.holdout, targets.holdout))
        )
        return Files((train[0], train[1]), (holdout[0], holdout[1]), halves)

    def measure(self, real: Real, files: Files, synthetic: Synthetic) -> Iterator[Measure]:
        """Main, control, excess and baseline."""
        # Repeated synthetic rows are one record to the attacker.
        frame = synthetic.frame.drop_duplicates()
        n, stream = len(files.train[0]), synthetic.stream("linkability")
        found = []
        for place, half in enumerate(files.halves):
            queries = np.concatenate([files.train[place], files.holdout[place]])
            rows = real.encoder.only(half).points(frame)
            found.append(nearest_rows(queries, rows, hash_rows(frame[list(half)]), stream))
        linked = found[0] == found[1]
        main, control = Share(float(linked[:n].mean()), n), Share(float(linked[n:].mean()), n)
        yield from attack_measures("linkability", main, control, baseline=1 / len(frame))


def file_columns(table: Table) -> Halves:
    """The columns of the attacker's two files.

    Quasi-identifiers in the one and all others in the other; without quasi-identifiers two random
    halves, always the same for the same columns.

    Raises
    ------
    NotApplicable
        Where a file would be empty.
    """
    known = table.quasi_identifiers
    if not known:
        order = np.random.default_rng(np.random.SeedSequence(0)).permutation(len(table.names))
        known = tuple(table.names[place] for place in order[: len(order) // 2])
    others = tuple(name for name in table.names if name not in known)
    if not known or not others:
        raise NotApplicable("needs columns for two files")
    return known, others
