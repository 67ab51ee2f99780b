"""Anonymity of the synthetic table itself: how its rows hide among each other.

Descriptive only. A synthetic row is no person: a class of one row is nobody's risk, and large
classes are no protection of the persons whose rows were used.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.data.describe import SMALLEST
from synthcraft.data.table import Column, conform
from synthcraft.errors import DataError, Problem, nearest
from synthcraft.metrics.cards.disclosure import AnonymityParams
from synthcraft.metrics.classes import classes
from synthcraft.metrics.context import NotApplicable, Real, Synthetic, hash_rows
from synthcraft.metrics.disclosure import quasi_identifiers, secrets_of
from synthcraft.metrics.encode import Floats, Ints
from synthcraft.records import Measure

VALUES = 1000  # of a numeric secret, at most: more are grouped by their ranks
CELLS = 4_000_000
_OF_POPULATION = ("k_map", "delta_presence")


class Anonymity:
    """``k_anonymity``, ``l_diversity``, ``t_closeness``; ``k_map`` and ``delta_presence``."""

    def __init__(self, *, params: AnonymityParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> pd.DataFrame | None:
        """The population's classes with their sizes (column 0), where one is declared."""
        columns = quasi_identifiers(real.train)
        if self.params.population is None:
            return None
        rows = read_population(Path(self.params.population), columns)
        _, first, size = np.unique(
            classes(columns, [rows])[0], return_index=True, return_counts=True
        )
        return rows.iloc[first].assign(**{_SIZE: size})

    def measure(
        self, real: Real, population: pd.DataFrame | None, synthetic: Synthetic
    ) -> Iterator[Measure]:
        """Values of the synthetic table; of each secret, and of the worst one."""
        columns = quasi_identifiers(real.train)
        _refuse_real_rows(real, synthetic)
        cut: dict[str, Any] = {"groups": self.params.groups, "cuts": real.train.frame}
        (own,) = classes(columns, [synthetic.frame], **cut)
        yield Measure("k_anonymity", k_anonymity(own), n=len(own))
        yield from _by_secret(real, synthetic, own)
        if population is None:
            reason = "no population is declared (parameter population of this metric)"
            yield from (Measure(name).absent(reason) for name in _OF_POPULATION)
            return
        made, theirs = classes(columns, [synthetic.frame, population], **cut)
        size = np.bincount(theirs, population[_SIZE], minlength=int(made.max()) + 1).astype(float)
        yield from _among(np.bincount(made, minlength=len(size)), size)


def _refuse_real_rows(real: Real, synthetic: Synthetic) -> None:
    # A memoriser's small classes are small numbers of people.
    known = np.concatenate([real.train_hashes, hash_rows(real.holdout.frame)])
    if np.isin(hash_rows(synthetic.frame), known).all():
        raise NotApplicable("every synthetic row is a real one: its classes would tell of people")


_SIZE = "\0size"  # no column of a file has this name


def read_population(path: Path, columns: Sequence[Column]) -> pd.DataFrame:
    """The quasi-identifiers of a population from a CSV file, in canonical form.

    Raises
    ------
    DataError
        When there is no such file, or it lacks one of the columns.
    """
    where = "metrics: population"
    if not path.is_file():
        hint = "Give the path of a CSV file with the quasi-identifiers of the population."
        raise DataError([Problem(where, f"no file {str(path)!r}", hint)])
    head = pd.read_csv(path, nrows=0).columns
    problems = [
        Problem(where, f"{str(path)!r} has no column {c.name!r}", nearest(c.name, map(str, head)))
        for c in columns
        if c.name not in head
    ]
    if problems:
        raise DataError(problems)
    return conform(pd.read_csv(path, usecols=[c.name for c in columns], dtype=str), columns)


def k_anonymity(made: Ints) -> float:
    """Rows of the smallest class (Sweeney 2002).

    >>> k_anonymity(np.array([0, 0, 1, 1, 1]))
    2.0
    """
    return float(np.unique(made, return_counts=True)[1].min())


def l_diversity(made: Ints, secret: Ints) -> tuple[float, float]:
    """Fewest distinct secrets in a class, and the smallest exp(entropy) of one.

    Machanavajjhala et al. 2007, ACM TKDD 1(1):3; a table is entropy l-diverse for l up to the
    second number.

    >>> l_diversity(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]))
    (1.0, 1.0)
    """
    pairs, counts = np.unique(np.stack([made, secret]), axis=1, return_counts=True)
    _, place = np.unique(pairs[0], return_inverse=True)
    size = np.bincount(place, counts)
    share = counts / size[place]
    entropy = np.bincount(place, -share * np.log(share))
    return float(np.bincount(place).min()), float(np.exp(entropy.min()))


def t_closeness(made: Ints, secret: Ints, *, ordered: Any) -> float:
    """Largest earth mover's distance between a class's secrets and all, in [0, 1] (Li 2007).

    ``ordered`` secrets are numbered by rank, and neighbouring ranks are 1 / (m − 1) apart, of m;
    others are all at distance 1.

    >>> t_closeness(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), ordered=False)
    0.0
    """
    _, place = np.unique(made, return_inverse=True)
    levels, value = np.unique(secret, return_inverse=True)
    m = len(levels)
    if m == 1:
        return 0.0
    overall = np.bincount(value) / len(value)
    by_class = np.argsort(place, kind="stable")
    starts = np.append(0, np.cumsum(np.bincount(place)))
    distance: Callable[[Floats], Floats] = _ordered if ordered else _equal
    largest, step = 0.0, max(1, CELLS // m)
    for start in range(0, len(starts) - 1, step):
        stop = min(start + step, len(starts) - 1)
        rows = by_class[starts[start] : starts[stop]]
        table = np.zeros((stop - start, m))
        np.add.at(table, (place[rows] - start, value[rows]), 1)
        table /= table.sum(axis=1, keepdims=True)
        largest = max(largest, float(distance(table - overall).max()))
    return largest


def _ordered(difference: Floats) -> Floats:
    moved = np.abs(np.cumsum(difference, axis=1)).sum(axis=1)
    return np.asarray(moved / (difference.shape[1] - 1))


def _equal(difference: Floats) -> Floats:
    return np.asarray(np.abs(difference).sum(axis=1) / 2)


def _by_secret(real: Real, synthetic: Synthetic, own: Ints) -> Iterator[Measure]:
    names = ("l_diversity", "l_diversity_entropy", "t_closeness")
    try:
        secrets = secrets_of(real.train)
    except NotApplicable as none:
        yield from (Measure(name).absent(str(none)) for name in names)
        return
    found = []
    for column in secrets:
        secret = _ranked(classes([column], [synthetic.frame])[0])
        close = t_closeness(own, secret, ordered=column.numeric)
        found.append((*l_diversity(own, secret), close))
        for name, value in zip(names, found[-1], strict=True):
            yield Measure(name, value, n=len(own), column=column.name)
    for place, (name, worst) in enumerate(zip(names, (min, min, max), strict=True)):
        yield Measure(name, worst(values[place] for values in found), n=len(own))


def _ranked(values: Ints) -> Ints:
    return values if values.max() < VALUES else values * VALUES // (int(values.max()) + 1)


def _among(made: Ints, population: Floats) -> Iterator[Measure]:
    """k-map and δ-presence by class sizes of the synthetic table and of the population."""
    n = int(made.sum())
    smallest = float(population[made > 0].min())
    if 0 < smallest < SMALLEST:
        reason = f"fewer than {SMALLEST} persons share what a synthetic row tells: not counted out"
        yield Measure("k_map").absent(reason)
    else:
        yield Measure("k_map", smallest, n=n)
    known = population > 0
    share = float(np.minimum(made[known] / population[known], 1.0).max())
    yield Measure("delta_presence", share, n=n)
