"""What figures need of a trial: binned tables that hold no row of anyone.

The real side is all real rows of the split, train and holdout together, so that it is the same in
every trial and two summaries cannot be subtracted. No real cell holds fewer than 10 rows: numeric
bins have round edges and are merged until each holds 10 (the two outer ones are open), rare levels
are pooled, and a number of missing values under 10 is counted in the largest bin or with the rare
levels, or else it would follow from the total; imputed values under 10 are counted as missing ones,
for each split imputes its own; a column of fewer than 10 values has no counts. The
joint embedding shows no cell under 10 on either side: a point of a memoriser would be a person; nor
may all hidden cells together hold fewer.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.linalg import eigh

from synthcraft.data.describe import SMALLEST, pool_small
from synthcraft.data.table import Column, Table

Floats = NDArray[np.float64]

MAX_COLUMNS = 40  # columns with a distribution; the outcome and sensitive ones come first
MAX_PAIRED = 24  # columns of the association matrix
MAX_LEVELS = 14
BINS = 24
MAX_ROWS = 20_000  # rows per side for association and embedding


def summarise(
    train: Table, holdout: Table, synthetic: pd.DataFrame, *, seed: int
) -> dict[str, Any]:
    """Plain-JSON summaries of real and synthetic rows: ``columns``, ``association``, ``embedding``.

    ``synthetic`` is in canonical form (``Table.with_frame``). Above 20 000 rows per side,
    association and embedding rest on a random subsample (``seed``), whose size is given. About
    10 kB for 20 columns; never more than about 30 kB, for only the first 40 columns get a
    distribution and 24 an association (the outcome and sensitive columns are always among them).

    - ``columns``: of each column its name, type, ``edges`` (numeric: k inner edges of k + 1 bins)
      or ``levels`` (the last count is that of all other levels), and counts ``real`` and
      ``synthetic``; ``missing`` counts of both (real: null below 10).
    - ``association``: upper triangles of Spearman's ρ (both numeric), correlation ratio (mixed) or
      Cramér's V (both categorical); null where undefined.
    - ``embedding``: two principal components of all real rows, as counts on one grid.
    """
    every = every_row(train, holdout)
    real, names = every.frame, _ordered(train)
    generator = np.random.default_rng(seed)
    shown_real, shown_synthetic = subsample(real, generator), subsample(synthetic, generator)
    return {
        "rows": {"real": len(real), "synthetic": len(synthetic)},
        "columns": [
            _column(every, name, real[name], synthetic[name]) for name in names[:MAX_COLUMNS]
        ],
        "association": _association(train, names[:MAX_PAIRED], shown_real, shown_synthetic),
        "embedding": _embedding(train, shown_real, shown_synthetic),
    }


def every_row(train: Table, holdout: Table) -> Table:
    """All real rows of a split, which are the same whatever the split but for imputed values."""
    gaps = {column.name: column.gaps for column in holdout.columns}
    columns = tuple(replace(c, gaps=c.gaps + gaps.get(c.name, 0)) for c in train.columns)
    frame = pd.concat([train.frame, holdout.frame], ignore_index=True)
    return replace(train, columns=columns).with_frame(frame)


def _ordered(table: Table) -> tuple[str, ...]:
    """Column names: outcome, sensitive columns, then the rest in the table's order."""
    first = [n for n in (table.target, table.time, *table.sensitive) if n]
    return tuple(dict.fromkeys([*first, *table.names]))


def subsample(
    frame: pd.DataFrame, generator: np.random.Generator, most: int = MAX_ROWS
) -> pd.DataFrame:
    """The frame, or so many of its rows, in their order."""
    if len(frame) <= most:
        return frame
    rows = np.sort(generator.choice(len(frame), most, replace=False))
    return frame.iloc[rows].reset_index(drop=True)


# Distributions ------------------------------------------------------------------------------


def _column(
    table: Table, name: str, real: "pd.Series[Any]", synthetic: "pd.Series[Any]"
) -> dict[str, Any]:
    column = table.column(name)
    real = _without_fills(real, column)
    counts = (
        _numeric_counts(real, synthetic, decimals=column.decimals)
        if column.numeric
        else _level_counts(real, synthetic)
    )
    absent = int(real.isna().sum())
    few = 0 < len(real) - absent < SMALLEST
    if few:
        counts["real"] = [0] * len(counts["real"])
    return {
        "name": name,
        "type": column.type,
        **counts,
        "missing": {
            "real": None if few or 0 < absent < SMALLEST else absent,
            "synthetic": int(synthetic.isna().sum()),
        },
    }


def _without_fills(real: "pd.Series[Any]", column: Column) -> "pd.Series[Any]":
    """The values, absent again where fewer than 10 were imputed.

    Another split may fill in another value: the difference of its counts to these would tell how
    many. Which of the rows that have the value does not matter to counts.
    """
    if not 0 < column.gaps < SMALLEST:
        return real
    rows = np.flatnonzero(real == column.filled)[: column.gaps]
    return real.mask(np.isin(np.arange(len(real)), rows))


def _numeric_counts(
    real: "pd.Series[Any]", synthetic: "pd.Series[Any]", *, decimals: int | None
) -> dict[str, Any]:
    seen = np.sort(real.dropna().to_numpy(dtype=float))
    edges = edges_of(seen, decimals=decimals)
    inner = np.asarray(edges, dtype=float)
    counts = _binned(seen, inner)
    absent = len(real) - len(seen)
    if absent < SMALLEST:
        counts[int(np.argmax(counts))] += absent
    return {
        "edges": edges,
        "real": counts,
        "synthetic": _binned(synthetic.dropna().to_numpy(dtype=float), inner),
    }


def _binned(values: Floats, inner: Floats) -> list[int]:
    """Counts in (−∞, e₀), [e₀, e₁), …, [eₖ, ∞)."""
    places = np.searchsorted(inner, values, side="right")
    return [int(count) for count in np.bincount(places, minlength=len(inner) + 1)]


def edges_of(values: Floats, *, decimals: int | None) -> list[float]:
    """The inner edges of the bins in which these values, sorted, are counted wherever they are.

    A second partition of the same rows would tell, by subtraction, cells smaller than either has.
    """
    return merge_small(values, nice_edges(values, decimals=decimals))


def nice_edges(values: Floats, *, decimals: int | None = None) -> list[float]:
    """Round bin edges (steps of 1, 2 or 5 times a power of ten) over the middle 98 % of values.

    Integers get edges halfway between them. An edge is a multiple of the step, so it tells no
    single value apart from its neighbours.

    >>> nice_edges(np.arange(0.0, 101.0), decimals=0)[:3]
    [4.5, 9.5, 14.5]
    """
    if len(values) == 0:
        return []
    low, high = (float(q) for q in np.quantile(values, [0.01, 0.99]))
    if low == high:
        low, high = low - 0.5, high + 0.5
    step = _nice_step((high - low) / BINS)
    if decimals == 0:
        step = max(step, 1.0)
    shift = 0.5 if decimals == 0 else 0.0
    first, last = math.ceil(low / step), math.floor(high / step)
    return [_clean(k * step - shift) for k in range(first, last + 2)]


def _nice_step(width: float) -> float:
    power = 10.0 ** math.floor(math.log10(width))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= width * (1 - 1e-9))


def _clean(value: float) -> float:
    return float(f"{value:.9g}")


def merge_small(values: Floats, edges: Sequence[float]) -> list[float]:
    """The edges that are left when bins are merged from the left until each holds 10 values.

    >>> merge_small(np.array([1.0] * 12 + [2.0] * 3 + [3.0] * 20), [1.5, 2.5])
    [1.5]
    """
    kept: list[float] = []
    below = 0
    for edge in edges:
        until = int(np.searchsorted(values, edge, side="left"))
        if until - below >= SMALLEST and len(values) - until >= SMALLEST:
            kept.append(edge)
            below = until
    return kept


def _level_counts(real: "pd.Series[Any]", synthetic: "pd.Series[Any]") -> dict[str, Any]:
    counts, pool = pool_small(real)
    ranked = sorted(counts, key=lambda level: (-counts[level], level))
    shown = [level for level in ranked if counts[level]][:MAX_LEVELS]
    other = pool + sum(counts[level] for level in ranked[len(shown) :])
    made = synthetic.dropna().astype(str).value_counts()
    found = [int(made.get(level, 0)) for level in shown]
    return {
        "levels": shown,
        "real": [*(counts[level] for level in shown), other],
        "synthetic": [*found, int(made.sum()) - sum(found)],
    }


# Association --------------------------------------------------------------------------------


def _association(
    table: Table, names: Sequence[str], real: pd.DataFrame, synthetic: pd.DataFrame
) -> dict[str, Any]:
    numeric = [table.column(name).numeric for name in names]
    return {
        "columns": list(names),
        "real": _triangle(_codes(real, names, numeric, like=real), numeric),
        "synthetic": _triangle(_codes(synthetic, names, numeric, like=real), numeric),
        "rows": {"real": len(real), "synthetic": len(synthetic)},
    }


def _codes(
    frame: pd.DataFrame, names: Sequence[str], numeric: Sequence[bool], *, like: pd.DataFrame
) -> list[Floats]:
    """Each column as numbers: ranks of numeric ones, level codes of categorical ones."""
    return [
        _ranks(frame[name]) if is_number else _level_codes(frame, name, like)
        for name, is_number in zip(names, numeric, strict=True)
    ]


def _ranks(values: "pd.Series[Any]") -> Floats:
    return np.asarray(values.rank(), dtype=np.float64)


def _level_codes(frame: pd.DataFrame, name: str, like: pd.DataFrame) -> Floats:
    levels = sorted({*_levels(like[name]), *_levels(frame[name])})
    codes = pd.Categorical(_texts(frame[name]), categories=levels).codes
    return np.where(codes < 0, np.nan, codes.astype(float))


def _levels(values: "pd.Series[Any]") -> set[str]:
    """What occurs, as text."""
    return {str(value) for value in values.dropna().unique()}


def _texts(values: "pd.Series[Any]") -> NDArray[np.object_]:
    """Each value as text, absent ones as NaN; each level becomes text once, not in every row."""
    codes, found = pd.factorize(values)  # absent: -1, the last
    texts: NDArray[np.object_] = np.array([*map(str, found), np.nan], dtype=object)
    return texts[codes]


def _triangle(columns: Sequence[Floats], numeric: Sequence[bool]) -> list[float | None]:
    """Associations of the pairs (0,1), (0,2), …, (1,2), …, rounded to 3 decimals."""
    out: list[float | None] = []
    for i in range(len(columns)):
        for j in range(i + 1, len(columns)):
            value = _associate(columns[i], columns[j], numeric[i], numeric[j])
            out.append(None if value is None or not math.isfinite(value) else round(value, 3))
    return out


def _associate(x: Floats, y: Floats, x_numeric: bool, y_numeric: bool) -> float | None:  # noqa: FBT001
    both = ~(np.isnan(x) | np.isnan(y))
    x, y = x[both], y[both]
    if len(x) < SMALLEST or np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    if x_numeric and y_numeric:
        return float(np.corrcoef(x, y)[0, 1])
    if not x_numeric and not y_numeric:
        return _cramers_v(x.astype(int), y.astype(int))
    return _correlation_ratio(x, y) if y_numeric else _correlation_ratio(y, x)


def _cramers_v(x: NDArray[np.int_], y: NDArray[np.int_]) -> float:
    table = np.zeros((x.max() + 1, y.max() + 1))
    np.add.at(table, (x, y), 1)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / table.sum()
    chi2 = float(((table - expected) ** 2 / expected).sum())
    return math.sqrt(chi2 / (table.sum() * (min(table.shape) - 1)))


def _correlation_ratio(groups: Floats, values: Floats) -> float:
    codes = groups.astype(int)
    sizes = np.bincount(codes)
    sums = np.bincount(codes, weights=values)
    present = sizes > 0
    means = sums[present] / sizes[present]
    between = float((sizes[present] * (means - values.mean()) ** 2).sum())
    return math.sqrt(between / float(((values - values.mean()) ** 2).sum()))


# Embedding ----------------------------------------------------------------------------------


def _embedding(table: Table, real: pd.DataFrame, synthetic: pd.DataFrame) -> dict[str, Any]:
    """Real and synthetic rows on one grid of the first two principal components of real rows."""
    matrix, other = encoded(table, real, real), encoded(table, real, synthetic)
    axes, share = components(matrix)
    if axes is None:
        return {}
    here, there = matrix @ axes, other @ axes
    size = max(6, min(24, int(math.sqrt(len(real) / 8))))
    edges = [_grid(here[:, k], size) for k in (0, 1)]
    return {
        "x": edges[0],
        "y": edges[1],
        "real": cells_of(here, edges),
        "synthetic": cells_of(there, edges),
        "rows": {"real": len(here), "synthetic": len(there)},
        "explained": [round(value, 3) for value in share],
    }


def encoded(table: Table, real: pd.DataFrame, frame: pd.DataFrame) -> Floats:
    """Standardised numbers (median for missing) and centred one-hot levels scaled by 1/√2."""
    blocks: list[Floats] = []
    for column in table.columns:
        if column.numeric:
            seen = real[column.name].to_numpy(dtype=float)
            seen = seen[~np.isnan(seen)]
            if len(seen) == 0:
                continue
            values = frame[column.name].to_numpy(dtype=float)
            spread = float(seen.std()) if np.ptp(seen) else 1.0  # rounding leaves no 0
            filled = np.where(np.isnan(values), np.median(seen), values)
            blocks.append(np.clip((filled - seen.mean()) / spread, -6, 6)[:, None])
        else:
            levels = sorted(_levels(real[column.name]))[:50]
            text, shown = _texts(frame[column.name]), _texts(real[column.name])
            hot = np.stack([text == level for level in levels], axis=1).astype(float)
            share = np.array([float((shown == level).mean()) for level in levels])
            blocks.append((hot - share) / math.sqrt(2))
    return np.hstack(blocks) if blocks else np.zeros((len(frame), 0))


def components(matrix: Floats) -> tuple[Floats | None, list[float]]:
    """Two principal axes, each with its largest loading positive, and their share of variance."""
    if matrix.shape[1] < 2 or len(matrix) < 3:
        return None, []
    values, axes, total = _narrow(matrix) if matrix.shape[1] <= len(matrix) else _wide(matrix)
    largest = np.abs(axes).argmax(axis=0)
    axes = axes * np.sign(axes[largest, [0, 1]])
    return axes, [float(value) / (total or 1.0) for value in values]


def _narrow(matrix: Floats) -> tuple[Floats, Floats, float]:
    """The two largest eigenvalues of the covariance, their vectors, and the sum of all."""
    values, vectors = np.linalg.eigh(np.cov(matrix, rowvar=False))
    return values[[-1, -2]], vectors[:, [-1, -2]], float(values.sum())


def _wide(matrix: Floats) -> tuple[Floats, Floats, float]:
    """The same from the products of rows: more columns than rows need no columns × columns."""
    centred = matrix - matrix.mean(axis=0)
    products = centred @ centred.T / (len(matrix) - 1)
    last = len(matrix) - 1
    values, vectors = eigh(products, subset_by_index=(last - 1, last))
    axes = centred.T @ vectors[:, ::-1]
    size = np.linalg.norm(axes, axis=0)
    total = float(np.trace(products))
    # An axis along which nothing varies is none.
    known = values[::-1] > 1e-12 * total
    return values[::-1], np.where(known, axes / np.where(known, size, 1), 0.0), total


def _grid(scores: Floats, cells: int) -> list[float]:
    """Round inner edges over the middle 98 % of scores; the outer cells are open."""
    low, high = (float(q) for q in np.quantile(scores, [0.01, 0.99]))
    if low == high:
        low, high = low - 0.5, high + 0.5
    places = np.linspace(low, high, cells - 1)
    digits = max(1, 1 - math.floor(math.log10((high - low) / cells)))
    return [round(float(place), digits) for place in places]


def cells_of(points: Floats, edges: Sequence[Sequence[float]]) -> list[list[int | None]]:
    """Counts by row (y) and column (x); cells under 10 are null, whether empty or not.

    Where all null cells together hold 1 to 9 points, which the total would tell, the smallest
    others become null, too.
    """
    rows, columns = (
        np.searchsorted(np.asarray(edges[axis]), points[:, axis], side="right") for axis in (1, 0)
    )
    counts = np.zeros((len(edges[1]) + 1, len(edges[0]) + 1), dtype=int)
    np.add.at(counts, (rows, columns), 1)
    shown = counts >= SMALLEST
    if shown.any() and 0 < counts[~shown].sum() < SMALLEST:
        shown &= counts > counts[shown].min()
    return [
        [int(count) if told else None for count, told in zip(*row, strict=True)]
        for row in zip(counts, shown, strict=True)
    ]
