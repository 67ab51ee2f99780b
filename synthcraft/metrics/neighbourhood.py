"""A map of real and synthetic rows by who is near whom: t-SNE of both together.

Principal components show the widest spread, in which small clusters vanish; this map keeps
neighbours together and gives up distances. 400 rows of each side are laid out together (van der
Maaten & Hinton 2008, begun at their principal components: Kobak & Berens 2019); all others stand
where their nearest one of those stands, so that cells of ten rows are small enough to be worth
looking at.
"""

import math
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from synthcraft.data.table import Table
from synthcraft.metrics.context import choose
from synthcraft.metrics.encode import Ints
from synthcraft.metrics.summaries import (
    Floats,
    cells_of,
    components,
    encoded,
    every_row,
    subsample,
)

LAID_OUT = 400  # rows of each side; seconds grow with their square
PLACED = 5_000  # rows of each side that are counted, at most
CELLS = 500_000  # of the encoded rows of a side that are placed, at most
STEPS = 400  # the first 250 pull neighbours together
NEIGHBOURS = 30.0  # perplexity: about how many neighbours each row keeps near
PER_CELL = 12  # rows of the smaller side, about, on each cell of the grid
BLOCK = 1_000


def neighbourhood(
    train: Table, holdout: Table, synthetic: pd.DataFrame, *, seed: int
) -> dict[str, Any]:
    """Real and synthetic rows on one grid over their joint map, as counts; see ``cells_of``.

    Rows are encoded as for the principal components; ``seed`` draws those that are laid out, and
    the same rows give the same bytes on one machine. ``rows`` are those counted of each side, at
    most 5,000. Neither axis means anything, so that the grid has no edges to tell. Empty where
    there is no synthetic row, or no two encoded columns.
    """
    if synthetic.empty:
        return {}
    generator = np.random.default_rng(seed)
    real = every_row(train, holdout).frame
    width = sum(1 if column.numeric else len(column.levels) for column in train.columns)
    most = max(LAID_OUT, min(PLACED, CELLS // max(width, 1)))
    here, there = (
        encoded(train, real, subsample(frame, generator, most)) for frame in (real, synthetic)
    )
    rows = [choose(generator, len(points), LAID_OUT) for points in (here, there)]
    laid = np.vstack([here[rows[0]], there[rows[1]]])
    places = _laid_out(laid, seed=seed)
    if places is None:
        return {}
    maps = [places[_nearest(points, laid)] for points in (here, there)]
    size = max(4, min(24, int(math.sqrt(min(map(len, maps)) / PER_CELL))))
    edges = [_edges(places[:, k], size) for k in (0, 1)]
    return {
        "real": cells_of(maps[0], edges),
        "synthetic": cells_of(maps[1], edges),
        "rows": {"real": len(here), "synthetic": len(there)},
    }


def _edges(places: Floats, cells: int) -> list[float]:
    """Inner edges of equal cells from the first place to the last; they are told to nobody."""
    return [float(edge) for edge in np.linspace(places.min(), places.max(), cells + 1)[1:-1]]


def _laid_out(points: Floats, *, seed: int) -> Floats | None:
    """Places (rows × 2) of the points on their map."""
    from sklearn.manifold import TSNE

    axes, _ = components(points)
    if axes is None:
        return None
    start = (points - points.mean(axis=0)) @ axes
    start = start / (start[:, 0].std() or 1.0) * 1e-4
    layout = TSNE(
        2,
        perplexity=min(NEIGHBOURS, (len(points) - 1) / 3),
        max_iter=STEPS,
        init=start.astype(np.float32),
        random_state=seed,
        n_jobs=1,
    )
    with threadpool_limits(1):  # sums of several threads differ in their last digits
        return np.asarray(layout.fit_transform(points), dtype=np.float64)


def _nearest(points: Floats, laid: Floats) -> Ints:
    """Which of the laid-out points is nearest to each point."""
    half = (laid**2).sum(axis=1) / 2
    blocks = [points[k : k + BLOCK] for k in range(0, len(points), BLOCK)]
    return np.concatenate([np.argmin(half - block @ laid.T, axis=1) for block in blocks])
