"""Singling out: does what describes one synthetic row describe exactly one person?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthcraft.data.describe import SMALLEST
from synthcraft.metrics.attacks.exchange import Exchange, exchange
from synthcraft.metrics.attacks.predicates import (
    LEAST,
    Predicates,
    from_rows,
    joined,
    medians,
    single,
)
from synthcraft.metrics.attacks.risk import attack_measures, nothing_to_attack
from synthcraft.metrics.cards.attacks import SinglingOutParams
from synthcraft.metrics.classes import comparable
from synthcraft.metrics.context import Real, Synthetic
from synthcraft.metrics.encode import Floats, Ints
from synthcraft.records import Measure

BATCH = 1000


class SinglingOut:
    """``singling_out`` by predicates on one column and on several, with its naive baseline."""

    def __init__(self, *, params: SinglingOutParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> None:
        """Nothing: levels are numbered together with the synthetic ones."""

    def measure(self, real: Real, _: None, synthetic: Synthetic) -> Iterator[Measure]:
        """Main, control, excess and baseline by kind of predicate."""
        tables = _tables(real, synthetic)
        for kind in self.params.predicates:
            stream = synthetic.stream(f"singling_out {kind}")
            predicates = _KINDS[kind](tables, self.params, stream)
            if len(predicates) < SMALLEST:
                reason = f"fewer than {SMALLEST} {kind} predicates match exactly one synthetic row"
                yield from nothing_to_attack("singling_out", reason, model=kind)
                continue
            guesses = _guesses(tables, predicates.columns.shape[1], len(predicates), stream)
            baseline = float((guesses.counts(tables.train) == 1).mean())
            tried, n = _tried(predicates, tables, real), len(predicates)
            main, control = tried.shares(n, of=n)
            bounds = tried.bounds(main, control, of=n, stream=stream)
            yield from attack_measures(
                "singling_out", main, control, baseline, bounds=bounds, model=kind
            )


@dataclass(frozen=True, eq=False)
class _Tables:
    """Synthetic rows (each once, in random order), train and holdout rows, (columns × rows)."""

    made: Floats
    train: Floats
    holdout: Floats
    numeric: Any


def _tables(real: Real, synthetic: Synthetic) -> _Tables:
    # An attacker drops repeated synthetic rows: they would hide whom they repeat.
    frame = synthetic.frame.drop_duplicates()
    frame = frame.iloc[synthetic.stream("singling_out").permutation(len(frame))]
    columns = real.train.columns
    made, train, holdout = comparable(columns, [frame, real.train.frame, real.holdout.frame])
    return _Tables(made, train, holdout, np.array([c.numeric for c in columns]))


def _rare_values(
    tables: _Tables, params: SinglingOutParams, stream: np.random.Generator
) -> Predicates:
    """Values that one row has (missing is one), and «at most», «at least» the extreme numbers."""
    found = []
    for column, values in enumerate(tables.made):
        distinct, counts = np.unique(values, return_counts=True)
        low = high = distinct[counts == 1]
        numbers = np.flatnonzero(np.isfinite(distinct) & tables.numeric[column])
        if len(numbers) and counts[numbers[0]] == 1:
            low, high = np.append(low, LEAST), np.append(high, distinct[numbers[0]])
        if len(numbers) and counts[numbers[-1]] == 1:
            low, high = np.append(low, distinct[numbers[-1]]), np.append(high, np.inf)
        found.append(Predicates(np.full((len(low), 1), column), low[:, None], high[:, None]))
    candidates = joined(found)
    return candidates.take(stream.permutation(len(candidates))[: params.attacks])


def _descriptions(
    tables: _Tables, params: SinglingOutParams, stream: np.random.Generator
) -> Predicates:
    """Some columns of random synthetic rows, where no other synthetic row fits them."""
    found: list[Predicates] = []
    tried: set[tuple[int, ...]] = set()
    middle = medians(tables.made)
    while sum(map(len, found)) < params.attacks and len(tried) < params.attempts * params.attacks:
        drawn = _row_and_columns(tables.made, params.columns, stream)
        new = [one for one in dict.fromkeys(drawn) if one not in tried]
        if not new:
            break
        tried.update(new)
        described = from_rows(tables.made, middle, tables.numeric, np.array(new))
        found.append(single(tables.made, described))
    return joined(found).take(slice(params.attacks))


def _row_and_columns(
    values: Floats, width: int, stream: np.random.Generator
) -> list[tuple[int, ...]]:
    rows = stream.integers(values.shape[1], size=(BATCH, 1))
    columns = np.sort(_some_columns(len(values), width, BATCH, stream), axis=1)
    return [tuple(one) for one in np.hstack([rows, columns]).tolist()]


def _some_columns(columns: int, width: int, number: int, stream: np.random.Generator) -> Ints:
    return np.asarray(stream.random((number, columns)).argsort(axis=1)[:, :width])


_KINDS = {"univariate": _rare_values, "multivariate": _descriptions}


def _guesses(tables: _Tables, width: int, number: int, stream: np.random.Generator) -> Predicates:
    """Random conditions on random columns, by values that synthetic rows have."""
    columns = _some_columns(len(tables.made), width, number, stream)
    values = tables.made[columns, stream.integers(tables.made.shape[1], size=columns.shape)]
    kind = stream.integers(3, size=columns.shape)  # equal, at most, at least
    amount = tables.numeric[columns] & np.isfinite(values)
    low = np.where(amount & (kind == 1), LEAST, values)
    high = np.where(amount & (kind == 2), np.inf, values)
    return Predicates(columns, low, high)


def _tried(predicates: Predicates, tables: _Tables, real: Real) -> Exchange:
    matched = list(predicates.matches(np.concatenate([tables.train, tables.holdout], axis=1)))
    owner = np.repeat(np.arange(len(matched)), [len(rows) for rows in matched])
    return exchange(real, owner, np.concatenate(matched), len(matched))
