"""What recorded runs tell about arms on a table that nobody has seen yet.

Four quantities are described alike: the three worths and the log of a pull's seconds. An arm's
value on a table, at an effort z, is its level and a deviation,

    theta[a, z] = m[a, z] + g + f[kind(a)] + h[a],

with g common to all arms on a table, f to the arms of a kind, and h its own; all three follow one
covariance over efforts. A pull sees theta, an effect of its split and noise. Levels are Gaussian
too, so that an arm without records is believed to be like its plugin, or its kind, or else like
all, with an ever wider variance. An arm is known by its name and its plugin. Variances are moments
of the recorded table (Searle, Casella and McCulloch 1992, Variance Components, ch. 5), shrunk
towards weak defaults where it has few datasets.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib import resources
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synthcraft.errors import Problem, UserError
from synthcraft.select import work
from synthcraft.select.arena import FAMILIES, Candidate

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

DATASETS = 4  # datasets that a default variance weighs as much as
PULLS = 10  # pulls that the noise of all arms weighs as much as, against an arm's own
PHASES = ("fit_seconds", "sample_seconds", "evaluate_seconds")
SIZES = ("rows", "columns")
KEYS = ("dataset", "arm", "plugin", "kind", "rung", "split")
COLUMNS = (*KEYS, *SIZES, *FAMILIES, *PHASES)


@dataclass(frozen=True)
class Variances:
    """Variances at full effort, in squared units of the quantity.

    ``dataset``, ``kind`` and ``arm`` are those of the deviations g, f and h; ``kinds``, ``plugins``
    and ``presets`` those of levels: of kinds around all, of plugins around their kind and of arms
    around their plugin; ``split`` and ``noise`` those of a pull.
    """

    dataset: float
    kind: float
    arm: float
    kinds: float
    plugins: float
    presets: float
    split: float
    noise: float


@dataclass(frozen=True)
class Level:
    """A recorded arm's mean at each rung, its noise variance, and on how many datasets."""

    kind: str
    means: tuple[float, ...]
    noise: float
    datasets: int


@dataclass(frozen=True, eq=False)
class Quantity:
    """What is believed of one quantity before the first pull.

    ``common`` is the mean over arms at each of ``rungs`` (rising efforts, the last one 1), and
    ``levels`` tells of each recorded arm, by name and plugin. ``scale`` is the standard deviation
    of deviations at each rung, as a multiple of that at full effort, and ``reach`` the distance in
    log effort over which their correlation falls to 1/e.
    """

    variances: Variances
    rungs: tuple[float, ...] = (1.0,)
    common: tuple[float, ...] = (0.5,)
    scale: tuple[float, ...] = (1.0,)
    reach: float = 3.0
    levels: Mapping[tuple[str, str], Level] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Prior:
    """Beliefs before the first pull: worths by family, and log seconds.

    Log seconds grow by ``slopes`` with log rows and log columns around ``centre``, their means in
    the recorded tables; without a centre nothing is known of seconds. ``work`` is what training
    the recorded arms was (``select/work``), by plugin, as far as their parameters are known.
    """

    worths: tuple[Quantity, Quantity, Quantity]
    seconds: Quantity
    slopes: tuple[float, float] = (0.0, 0.0)
    centre: tuple[float, float] | None = None
    work: Mapping[str, float] = field(default_factory=dict)


# Weak defaults. Worths lie in [0, 1]: plugins differ by some 0.1, tables by as much, and an arm
# does some 0.05 better or worse on one table than on another.
WORTH = Variances(
    dataset=0.1**2,
    kind=0.05**2,
    arm=0.05**2,
    kinds=0.1**2,
    plugins=0.1**2,
    presets=0.05**2,
    split=0.02**2,
    noise=0.02**2,
)
# Nothing recorded: any worth is possible, and one pull tells more than the prior.
FLAT_WORTH = replace(
    WORTH, dataset=0.2**2, arm=0.2**2, kinds=0, plugins=0, presets=0, noise=0.03**2
)
# A worth that no record is of; its noise is that of a usual pull on the recorded tables.
UNRECORDED_WORTH = replace(FLAT_WORTH, noise=0.15**2)
# Log seconds: machines, sizes of networks and numbers of steps differ by factors from those that
# were recorded, so that these are the least variances too.
SECONDS = Variances(
    dataset=0.7**2,
    kind=0.1**2,
    arm=0.4**2,
    kinds=1.0,
    plugins=0.5,
    presets=0.5**2,
    split=0.05**2,
    noise=0.2**2,
)
FLAT_SECONDS = replace(SECONDS, dataset=3.0**2, arm=1.5**2, kinds=0, plugins=0, presets=0)
SLOPES = (0.7, 0.7)
SLOPE_SD = 0.5


def flat() -> Prior:
    """The prior of somebody without records: wide, and the same for every plugin.

    >>> flat().worths[0].common
    (0.5,)
    """
    worth = Quantity(FLAT_WORTH)
    return Prior((worth, worth, worth), Quantity(FLAT_SECONDS, common=(0.0,), reach=10.0))


@lru_cache(maxsize=16)
def without(prior: Prior, families: tuple[str, ...]) -> Prior:
    """The prior of somebody who has no records of these families.

    >>> without(flat(), ("utility",)).worths[1].variances.noise
    0.0225
    """
    if not families:
        return prior
    known = zip(FAMILIES, prior.worths, strict=True)
    blank = Quantity(UNRECORDED_WORTH)
    fidelity, utility, privacy = (blank if name in families else own for name, own in known)
    return replace(prior, worths=(fidelity, utility, privacy))


def load(name: str) -> Prior:
    """The prior by its name in a spec: ``bundled``, ``none`` or the path of a recorded table.

    Raises
    ------
    UserError
        When there is no such table, or no prior can be learned from it.

    >>> load("none").centre is None
    True
    """
    if name == "none":
        return flat()
    if name == "bundled":
        return _bundled()
    try:
        text = Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        hint = "Give bundled, none, or the path of a table that synthcraft record made."
        message = f"{name!r} cannot be read ({type(exc).__name__})"
        raise UserError([Problem("selector.params.prior", message, hint)]) from exc
    return learn(csv.DictReader(StringIO(text)))


@lru_cache(maxsize=1)
def _bundled() -> Prior:
    folder = resources.files("synthcraft.select").joinpath("recorded")
    table, timed = (
        csv.DictReader(StringIO(folder.joinpath(name).read_text(encoding="utf-8")))
        for name in ("table.csv", "seconds.csv")
    )
    return replace(learn(table, timed=timed), work=work.recorded())


def learn(
    rows: Iterable[Mapping[str, object]], *, timed: Iterable[Mapping[str, object]] = ()
) -> Prior:
    """The prior that a recorded table teaches; its rows are as ``csv.DictReader`` gives them.

    Of other arms on its datasets, ``timed`` ones, it learns the seconds alone.

    Raises
    ------
    UserError
        When the table lacks a column, or rows at full effort, or holds a word for a number.

    >>> row = {"dataset": "d", "arm": "arf", "plugin": "arf", "kind": "tree", "rung": 1,
    ...        "rows": 500, "columns": 9, "fidelity": 0.9, "utility": 0.8, "privacy": "",
    ...        "fit_seconds": 1.0, "sample_seconds": 0.5, "evaluate_seconds": 0.5}
    >>> learn([{**row, "split": split} for split in (0, 1)]).worths[1].levels["arf", "arf"].means
    (0.8,)
    """
    grid = _Grid.of(_table(rows))
    fidelity, utility, privacy = (_learned(grid, grid.worths[..., f], WORTH) for f in range(3))
    slopes, centre = _growth(grid)
    log_size = grid.sizes - np.array(centre)
    level = np.log(grid.seconds) - (log_size @ np.array(slopes))[:, None, None, None]
    seconds = _learned(grid, level, SECONDS)
    found = seconds.variances
    least = {name: max(getattr(found, name), getattr(SECONDS, name)) for name in _DEVIATIONS}
    others = _timed(list(timed), grid, seconds)
    seconds = replace(
        seconds, variances=replace(found, **least), levels={**others, **seconds.levels}
    )
    return Prior((fidelity, utility, privacy), seconds, slopes, centre)


_DEVIATIONS = ("dataset", "kind", "arm")


def _timed(
    rows: Sequence[Mapping[str, object]], grid: "_Grid", seconds: Quantity
) -> dict[tuple[str, str], Level]:
    """Levels of the log seconds of arms that a grid lacks, freed of what its datasets do to all.

    An effort that was not timed differs from the full one as usual.
    """
    if not rows:
        return {}
    cells = _mean(np.log(grid.seconds), axis=3).reshape(len(grid.datasets), -1)
    deviation = dict(zip(grid.datasets, _additive(cells)[1].tolist(), strict=True))
    table = _table(rows)
    table["log"] = np.log(table["seconds"]) - table["dataset"].map(deviation)
    levels: dict[tuple[str, str], Level] = {}
    for key, own in table.groupby(["arm", "plugin", "kind"]):
        arm, plugin, kind = map(str, key)
        told = own.groupby("rung")["log"].mean()
        usual = np.array(seconds.common) - seconds.common[-1]
        known = np.array([told.get(rung, np.nan) for rung in seconds.rungs])
        means = np.where(np.isfinite(known), known, told[1.0] + usual).tolist()
        count = int(own["dataset"].nunique())
        levels[arm, plugin] = Level(kind, tuple(means), seconds.variances.noise, count)
    return levels


@lru_cache(maxsize=256)
def moments(
    quantity: Quantity,
    names: tuple[str, ...],
    plugins: tuple[str, ...],
    kinds: tuple[str, ...],
    candidates: tuple[Candidate, ...],
) -> tuple[Floats, Floats]:
    """Mean and covariance of the candidates' values on a new table (arms by name, plugin, kind).

    >>> mean, cov = moments(flat().worths[0], ("a",), ("arf",), ("forest",), (Candidate(0),))
    >>> mean.tolist(), cov.round(4).tolist()
    ([0.5], [[0.0825]])
    """
    v = quantity.variances
    means, unsure = _levels(quantity, tuple(zip(names, plugins, kinds, strict=True)))
    arms = unsure + v.dataset + v.kind * _same(kinds, kinds) + v.arm * np.eye(len(names))
    at = np.array([c.arm for c in candidates])
    effort = np.log([c.rung for c in candidates])
    recorded = np.log(quantity.rungs)
    mean = np.array([np.interp(z, recorded, means[a]) for a, z in zip(at, effort, strict=True)])
    scale = np.interp(effort, recorded, quantity.scale)
    shared = np.exp(-np.abs(effort[:, None] - effort) / quantity.reach)
    return mean, arms[np.ix_(at, at)] * shared * np.outer(scale, scale)


def noises(quantity: Quantity, names: Sequence[str], plugins: Sequence[str]) -> Floats:
    """The noise variance of a pull of each arm: its own, that of its plugin, or that of all."""
    of_plugin: dict[str, list[float]] = {}
    for (_, plugin), level in quantity.levels.items():
        of_plugin.setdefault(plugin, []).append(level.noise)

    def noise(arm: tuple[str, str]) -> float:
        if arm in quantity.levels:
            return quantity.levels[arm].noise
        return float(np.mean(of_plugin.get(arm[1], [quantity.variances.noise])))

    return np.array([noise(arm) for arm in zip(names, plugins, strict=True)])


_Arm = tuple[str, str, str]  # name, plugin and kind


def _levels(quantity: Quantity, arms: Sequence[_Arm]) -> tuple[Floats, Floats]:
    """Means (arms × rungs) and covariance (arms × arms) of levels, given those recorded."""
    v, levels = quantity.variances, quantity.levels
    apart = _alike(v, arms, arms)
    common = np.tile(quantity.common, (len(arms), 1))
    if not levels:
        return common, apart
    known = [(*arm, level.kind) for arm, level in levels.items()]
    kinds = [level.kind for level in levels.values()]
    tables = np.sqrt([level.datasets for level in levels.values()])
    error = (v.kind * _same(kinds, kinds) + v.arm * np.eye(len(known))) / np.outer(tables, tables)
    across = _alike(v, arms, known)
    gain = np.linalg.solve(_alike(v, known, known) + error, across.T).T
    seen = np.array([level.means for level in levels.values()]) - np.array(quantity.common)
    return common + gain @ seen, apart - gain @ across.T


def _alike(v: Variances, first: Sequence[_Arm], second: Sequence[_Arm]) -> Floats:
    """Covariances of levels: by what two arms have in common of kind, plugin and name."""
    kinds = _same([kind for *_, kind in first], [kind for *_, kind in second])
    plugins = _same([plugin for _, plugin, _ in first], [plugin for _, plugin, _ in second])
    return v.kinds * kinds + v.plugins * plugins + v.presets * _same(first, second)


def _same(first: Sequence[object], second: Sequence[object]) -> Floats:
    return np.array([[a == b for b in second] for a in first], dtype=float)


# Learning from a recorded table.


@dataclass(frozen=True, eq=False)
class _Grid:
    """A recorded table as arrays: datasets × arms × rungs × splits (× families)."""

    datasets: tuple[str, ...]
    arms: tuple[_Arm, ...]
    rungs: tuple[float, ...]
    worths: Floats
    seconds: Floats
    sizes: Floats

    @property
    def plugins(self) -> tuple[str, ...]:
        return tuple(plugin for _, plugin, _ in self.arms)

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(kind for *_, kind in self.arms)

    @classmethod
    def of(cls, table: pd.DataFrame) -> "_Grid":
        keys = ["dataset", "known", "rung", "split"]
        known: list[Any] = list(zip(table["arm"], table["plugin"], strict=True))
        table = table.assign(known=known)
        axes = [sorted(table[key].unique()) for key in keys]
        index = pd.MultiIndex.from_product(axes)
        values = table.groupby(keys)[[*FAMILIES, "seconds"]].mean().reindex(index)
        cells = values.to_numpy(dtype=float).reshape(*(len(axis) for axis in axes), 4)
        kind = dict(zip(table["known"], table["kind"], strict=True))
        sizes = table.groupby("dataset")[list(SIZES)].mean().to_numpy(dtype=float)
        return cls(
            datasets=tuple(axes[0]),
            arms=tuple((*arm, kind[arm]) for arm in axes[1]),
            rungs=tuple(float(rung) for rung in axes[2]),
            worths=cells[..., :3],
            seconds=cells[..., 3],
            sizes=np.log(sizes),
        )


def _table(rows: Iterable[Mapping[str, object]]) -> pd.DataFrame:
    """The rows as a checked frame: numbers are numbers, and ``seconds`` is that of all phases."""
    table = pd.DataFrame(list(rows))
    if problems := list(_problems(table)):
        raise UserError(problems)
    numbers = [*SIZES, *FAMILIES, *PHASES, "rung", "split"]
    table[numbers] = table[numbers].replace("", None).astype(float)
    ran = table[list(PHASES)].sum(axis=1, min_count=len(PHASES))
    return table.assign(seconds=ran.where(ran > 0))


def _problems(table: pd.DataFrame) -> Iterator[Problem]:
    where, hint = "recorded table", "Make it with synthcraft record."
    if missing := [name for name in COLUMNS if name not in table]:
        yield Problem(where, f"lacks {', '.join(missing)}", hint)
        return
    for name in (*SIZES, *FAMILIES, *PHASES, "rung", "split"):
        told = table[name].replace("", None).dropna()
        if pd.to_numeric(told, errors="coerce").isna().any():
            yield Problem(f"{where}: {name}", "holds something other than a number", hint)
    if not (pd.to_numeric(table["rung"], errors="coerce") == 1).any():
        yield Problem(f"{where}: rung", "no pull had the full effort (1)", hint)


def _learned(grid: _Grid, values: Floats, weak: Variances) -> Quantity:
    """Levels and variances of one quantity (datasets × arms × rungs × splits)."""
    if not np.isfinite(values).any():
        return Quantity(weak)
    datasets, arms, rungs, _ = values.shape
    within, split, noise = _of_pulls(values, weak)
    cells = _mean(values, axis=3).reshape(datasets, -1)
    pulls = np.isfinite(values).sum(axis=3).reshape(datasets, -1)
    levels = _additive(cells)[0].reshape(arms, rungs)
    means = _filled(levels)
    error = (split + np.diag(np.repeat(noise, rungs))) / max(1.0, float(pulls[pulls > 0].mean()))
    apart = _covariance((cells - levels.ravel())[None]) - error
    apart = apart.reshape(arms, rungs, arms, rungs)
    dataset, kind, arm = _of_deviations(apart[:, -1, :, -1], grid, datasets, weak)
    kinds, plugins, presets = _of_levels(means[:, -1], grid, weak)
    scale, reach = _over_efforts(_mean(np.einsum("ayaz->ayz", apart), axis=0), grid.rungs)
    seen = np.isfinite(cells).reshape(datasets, arms, rungs).any(axis=2).sum(axis=0)
    return Quantity(
        Variances(dataset, kind, arm, kinds, plugins, presets, split, within),
        grid.rungs,
        tuple(means.mean(axis=0).tolist()),
        scale,
        reach,
        {
            (name, plugin): Level(kind, tuple(means[i].tolist()), float(noise[i]), int(seen[i]))
            for i, (name, plugin, kind) in enumerate(grid.arms)
            if seen[i]
        },
    )


def _of_pulls(values: Floats, weak: Variances) -> tuple[float, float, Floats]:
    """Noise variance of all pulls, variance of split effects, noise variance by arm.

    Over splits, two arms covary by what the splits do to both; an arm's own variance has its
    noise on top.
    """
    datasets, arms, rungs, splits = values.shape
    residuals = (values - _mean(values, axis=3)[..., None]).reshape(datasets, -1, splits)
    over_splits = _covariance(np.swapaxes(residuals, 1, 2))
    owner = np.repeat(np.arange(arms), rungs)
    free = max(0, splits - 1) * datasets
    split = _blend(_average(over_splits, owner[:, None] != owner), free, weak.split, PULLS)
    own = _mean(np.diag(over_splits).reshape(arms, rungs), axis=1) - split
    noise = _blend(float(_mean(own, axis=0)), free, weak.noise, PULLS)
    return noise, split, np.array([_blend(value, free, noise, PULLS) for value in own])


def _of_deviations(
    apart: Floats, grid: _Grid, datasets: int, weak: Variances
) -> tuple[float, float, float]:
    """Variances of g, f and h. Over datasets two arms covary by g, and their difference is free
    of it; that of two arms of a kind is free of f as well.
    """
    variance = np.diag(apart)
    differ = (variance[:, None] + variance) / 2 - apart
    arm, kind = _nested(differ, [grid.kinds], datasets - 1, (weak.arm, weak.kind))
    common = _average(apart, _same(grid.kinds, grid.kinds) == 0)
    return _blend(common, datasets - 1, weak.dataset, DATASETS), kind, arm


def _of_levels(means: Floats, grid: _Grid, weak: Variances) -> tuple[float, float, float]:
    """Variances of kinds around all, of plugins around their kind, of arms around their plugin."""
    differ = np.subtract.outer(means, means) ** 2 / 2
    defaults = (weak.presets, weak.plugins, weak.kinds)
    presets, plugins, kinds = _nested(differ, [grid.plugins, grid.kinds], len(means) - 1, defaults)
    return kinds, plugins, presets


def _nested(
    differ: Floats, groups: Sequence[Sequence[str]], free: int, weak: Sequence[float]
) -> list[float]:
    """Variances within the finest groups, between them within the next ones, … and between all.

    ``differ`` (arms × arms) holds half the mean squares of differences.
    """
    found: list[float] = []
    inside = np.eye(len(differ), dtype=bool)
    everyone: Sequence[str] = [""] * len(differ)
    for group, default in zip([*groups, everyone], weak, strict=True):
        same = _same(group, group) > 0
        between = _average(differ, same & ~inside) - sum(found)
        found.append(_blend(between, free, default, DATASETS))
        inside = same
    return found


def _over_efforts(own: Floats, rungs: Sequence[float]) -> tuple[tuple[float, ...], float]:
    """Relative standard deviation at each rung, and the reach of the correlation of efforts."""
    weak = Quantity(WORTH)
    top = own[-1, -1]
    if len(rungs) == 1 or not top > 0:
        return (1.0,) * len(rungs), weak.reach
    variance = np.clip(np.diag(own), top / 4, top * 4)
    between = np.triu_indices(len(rungs), 1)
    shared = (own / np.sqrt(np.outer(variance, variance)))[between]
    far = np.abs(np.subtract.outer(np.log(rungs), np.log(rungs)))[between]
    fall = -np.log(np.clip(shared[np.isfinite(shared)], 0.05, 0.98))
    reach = float(far[np.isfinite(shared)].mean() / fall.mean()) if fall.size else weak.reach
    return tuple(np.sqrt(variance / top).tolist()), reach


def _growth(grid: _Grid) -> tuple[tuple[float, float], tuple[float, float]]:
    """How log seconds grow with log rows and log columns, and the sizes that this is around.

    Ridge regression of the datasets' seconds towards SLOPES: tables of like size tell little.
    """
    datasets = len(grid.sizes)
    cells = _mean(np.log(grid.seconds), axis=3).reshape(datasets, -1)
    centre = grid.sizes.mean(axis=0)
    size, weak = grid.sizes - centre, np.array(SLOPES)
    _, level = _additive(cells)
    rest = level - level.mean() - size @ weak
    ridge = size.T @ size + np.eye(2) * SECONDS.dataset / SLOPE_SD**2
    rows, columns = weak + np.linalg.solve(ridge, size.T @ rest)
    return (float(rows), float(columns)), (float(centre[0]), float(centre[1]))


def _blend(estimate: float, free: int, weak: float, weight: float) -> float:
    """An estimated variance with ``free`` degrees of freedom, shrunk towards a weak default."""
    if not np.isfinite(estimate):
        return weak
    return float((free * max(0.0, estimate) + weight * weak) / (free + weight))


def _additive(cells: Floats) -> tuple[Floats, Floats]:
    """Column means freed of which rows lack a column, and the rows' deviations from them."""
    row = np.zeros(len(cells))
    for _ in range(50):
        column = _mean(cells - row[:, None], axis=0)
        row = np.nan_to_num(_mean(cells - column, axis=1))
    return column + row.mean(), row - row.mean()


def _filled(levels: Floats) -> Floats:
    """Levels (arms × rungs); efforts that an arm lacks differ from the full one as usual."""
    levels = levels - np.where(np.isfinite(levels[:, -1:]), 0, np.nan)
    usual = np.nan_to_num(_mean(levels - levels[:, -1:], axis=0))
    known = np.where(np.isfinite(levels), levels, levels[:, -1:] + usual)
    return np.where(np.isfinite(known), known, np.nanmean(levels[:, -1]) + usual)


def _covariance(residuals: Floats) -> Floats:
    """Covariances (columns × columns) of centred residuals: groups × observations × columns."""
    seen = np.isfinite(residuals).astype(float)
    values: Floats = np.nan_to_num(residuals)
    both = np.einsum("gnc,gnd->gcd", seen, seen)
    free = np.maximum(both - 1, 0).sum(axis=0)
    total = np.einsum("gnc,gnd->cd", values, values)
    covariance: Floats = np.where(free > 0, total / np.maximum(free, 1), np.nan)
    return covariance


def _average(values: Floats, chosen: Bools) -> float:
    return float(_mean(values[chosen], axis=0))


def _mean(values: Floats, *, axis: int) -> Floats:
    """The mean of what is finite; NaN where nothing is."""
    seen = np.isfinite(values)
    count = seen.sum(axis=axis)
    total = np.where(seen, values, 0).sum(axis=axis)
    mean: Floats = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return mean
