"""What all fidelity metrics share: the measure's form and the pairing of draws."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np

from synthcraft.metrics.context import Draw, Real, Synthetic, choose
from synthcraft.metrics.encode import Ints
from synthcraft.records import Measure

State = TypeVar("State")


def fidelity(
    metric: str, value: float | np.floating[Any], synthetic: Synthetic, *, column: str = ""
) -> Measure:
    """A measure against the holdout at the common size."""
    n = synthetic.n_common
    return Measure(metric, float(value), n=n, column=column, reference="holdout")


def not_applicable(metric: str, reason: str, *, column: str = "") -> Measure:
    """A row that says why there is no value."""
    return Measure(metric, column=column, reference="holdout").absent(reason)


def failed(metric: str, reason: str) -> Measure:
    """A row that says why the synthetic table has no value: it counts as a failure."""
    return Measure(metric, reference="holdout").absent(reason, "failed")


def some_columns(real: Real, names: Sequence[str], *, most: int, purpose: str) -> tuple[str, ...]:
    """All of the columns, or ``most`` of them drawn by a fixed seed, in their order."""
    return tuple(names[i] for i in choose(real.stream(purpose), len(names), most))


def of_samples(real: Real, make: Callable[[Ints], State]) -> tuple[State, ...]:
    """What ``make`` gives for each holdout sample of the planned common size: for ``prepare``."""
    return tuple(make(rows) for rows in real.samples(real.n_synthetic))


def paired(
    synthetic: Synthetic, prepared: Sequence[State], make: Callable[[Ints], State]
) -> Iterator[tuple[Draw, State]]:
    """Each draw with the state of its holdout sample.

    A synthetic table of another size than planned has another common size, and its own samples.
    """
    real, size = synthetic.real, len(synthetic)
    planned = synthetic.n_common == real.n_common(real.n_synthetic)
    states = prepared if planned else [make(rows) for rows in real.samples(size)]
    for i, draw in enumerate(synthetic.draws):
        yield draw, states[i % len(states)]
