"""One trial in a worker process: fit, sample, evaluate."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import pandas as pd

from synthcraft.catalogue import GENERATORS
from synthcraft.data.reduce import Reduction
from synthcraft.data.split import make_split
from synthcraft.data.table import Table
from synthcraft.engine.isolate import Tell
from synthcraft.generators.base import Fitted, Generator, Given
from synthcraft.generators.reduced import behind, reduction_of
from synthcraft.metrics.context import Synthetic
from synthcraft.metrics.evaluate import (
    RealSide,
    average,
    combine,
    measured,
    pictured,
    prepare,
    synthetic_side,
)
from synthcraft.metrics.neighbourhood import neighbourhood
from synthcraft.metrics.summaries import summarise
from synthcraft.privacy.release import Release
from synthcraft.privacy.selection import nearness
from synthcraft.records import Arm, Phase, Record, Trial
from synthcraft.redact import reason_of
from synthcraft.results import table_file
from synthcraft.spec.types import FractionsSpec, MetricSpec


@dataclass(frozen=True)
class RealTask:
    """What a worker needs to compute the real side of one split."""

    train: Table
    holdout: Table
    metrics: Mapping[str, MetricSpec]
    n_synthetic: int
    seed: int
    device: str = "cpu"


@dataclass(frozen=True)
class TrialTask:
    """What a worker needs for one trial. ``sample_seeds`` has one seed per draw.

    ``release`` are the terms on which a private arm sees train rows, None for all others; such an
    arm is ``selectable`` where a private selection compares its fits with those of others.
    """

    trial: Trial
    arm: Arm
    real: RealSide
    metrics: Mapping[str, MetricSpec]
    n_synthetic: int
    fit_seed: int
    sample_seeds: tuple[int, ...]
    metric_seed: int
    device: str
    keep: Path | None
    release: Release | None = None
    selectable: bool = False


@dataclass(frozen=True)
class Judged:
    """A synthetic table and the real side that it is judged against; ``made``, before rounding.

    ``reduction`` is the one that its generator worked behind, if any.
    """

    synthetic: pd.DataFrame
    real: RealSide
    made: pd.DataFrame
    reduction: Reduction | None = None


def compute_real(task: RealTask, tell: Tell) -> RealSide:
    """The real side of a split, for all of its trials."""
    tell("evaluate")
    return prepare(
        task.train,
        task.holdout,
        task.metrics,
        n_synthetic=task.n_synthetic,
        seed=task.seed,
        device=task.device,
    )


def run_trial(task: TrialTask, tell: Tell) -> Record:
    """The record of a trial; an exception becomes a failed record with its phase and reason."""
    seen = (task.real.train, task.real.holdout)
    return recorded(task.trial, lambda clock: _trial(task, clock), tell, seen=seen)


def recorded(
    trial: Trial, work: Callable[["Clock"], Record], tell: Tell, *, seen: Iterable[Table]
) -> Record:
    """The record that the work makes, with its seconds by phase; why it failed, if it raises.

    The reason holds no level of the tables that it has ``seen``.
    """
    clock = Clock(tell)
    try:
        record = work(clock)
        clock.enter("")
    except MemoryError:
        raise
    except Exception as exc:
        tables = tuple(seen)
        levels = {level for table in tables for level in table.all_levels}
        reason = reason_of(exc, names=tables[0].names, levels=levels)
        phase = clock.phase
        clock.enter("")
        record = Record(trial, "failed", phase, reason)
    return replace(record, seconds=clock.wall, cpu_seconds=clock.cpu)


def _trial(task: TrialTask, clock: "Clock") -> Record:
    judged = _halves(task, clock) if _is_fresh_real(task) else _draws(task, clock)
    clock.enter("evaluate")
    first, *others = judged
    side = _side(first, task.metric_seed)
    found = [measured(first.real, side)]
    found += [measured(one.real, _side(one, task.metric_seed)) for one in others]
    # Halves of the holdout are no draws of one fit: they have another real side each.
    measures = average(found) if _is_fresh_real(task) else combine(task.real, found)
    # Figures show what is reported; a reference's "synthetic" rows can be real rows.
    shown = task.trial.stage == "report"
    summaries = summarised(task.trial, first.real, side, first.synthetic) if shown else {}
    near = _nearness(task, [one.made for one in judged])
    return Record(task.trial, "ok", measures=measures, summaries=summaries, nearness=near)


class Clock:
    """Wall and CPU seconds by phase, however often it is entered; the empty phase stops it."""

    def __init__(self, tell: Tell) -> None:
        self.phase: Phase = ""
        self.wall: dict[str, float] = {}
        self.cpu: dict[str, float] = {}
        self._tell, self._since = tell, (0.0, 0.0)

    def enter(self, phase: Phase) -> None:
        """From now on, seconds are those of this phase."""
        now = (time.monotonic(), time.process_time())
        if self.phase:
            for spent, at, since in zip((self.wall, self.cpu), now, self._since, strict=True):
                spent[self.phase] = round(spent.get(self.phase, 0.0) + at - since, 3)
        self.phase, self._since = phase, now
        if phase:
            self._tell(phase)


def _is_fresh_real(task: TrialTask) -> bool:
    return task.arm.plugin == "fresh_real"


def _draws(task: TrialTask, clock: Clock) -> list[Judged]:
    """Fit on train, then one synthetic table per sample seed."""
    card = GENERATORS.get(task.arm.plugin)
    params = card.params.model_validate(task.arm.params)
    clock.enter("fit")
    terms = {} if task.release is None else {"release": task.release}
    generator = cast(Generator, card.load()(params=params, device=task.device, **terms))
    fitted = behind(generator, task.arm.reduce).fit(task.real.train, seed=task.fit_seed)
    clock.enter("sample")
    made = list(_tables(fitted, task))
    frames = [task.real.train.with_frame(rows).frame for rows in made]
    for draw, (rows, frame) in enumerate(zip(made, frames, strict=True)):
        keep(as_made(rows) if task.release else frame, task, draw)
    reduction = reduction_of(fitted)
    return [
        Judged(frame, task.real, rows, reduction) for rows, frame in zip(made, frames, strict=True)
    ]


def _nearness(task: TrialTask, made: Sequence[pd.DataFrame]) -> float | None:
    """What a private selection compares, of all draws of the fit; None where there is none."""
    if task.release is None or not task.selectable:
        return None
    return nearness(task.real.train, pd.concat(made, ignore_index=True), task.release)


def _tables(fitted: Fitted | Given, task: TrialTask) -> Iterable[pd.DataFrame]:
    """One table per sample seed, or those that there are."""
    if isinstance(fitted, Given):
        return fitted.tables
    return (fitted.sample(task.n_synthetic, seed=seed) for seed in task.sample_seeds)


def as_made(rows: pd.DataFrame) -> pd.DataFrame:
    """A private release as its generator made it, without levels that no row has.

    Canonical form would round it by the train rows' decimals and list all of their levels.
    """
    coded = rows.select_dtypes("category").columns
    return rows.astype(dict.fromkeys(coded, object))


def _halves(task: TrialTask, clock: Clock) -> list[Judged]:
    """Each half of the holdout as if synthetic, judged against the other half."""
    clock.enter("sample")
    train, holdout = task.real.train, task.real.holdout
    half = make_split(holdout, FractionsSpec(holdout=0.5), seed=task.fit_seed, index=0)
    pairs = ((half.train, half.holdout), (half.holdout, half.train))
    clock.enter("evaluate")
    return [
        Judged(
            holdout.take(given).frame,
            prepare(
                train,
                holdout.take(control),
                task.metrics,
                n_synthetic=len(given),
                seed=task.metric_seed,
                device=task.device,
            ),
            made=holdout.take(given).frame,
        )
        for given, control in pairs
    ]


def _side(judged: Judged, seed: int) -> Synthetic:
    return synthetic_side(judged.real, judged.synthetic, seed=seed, reduction=judged.reduction)


def summarised(
    trial: Trial, real: RealSide, side: Synthetic, synthetic: pd.DataFrame
) -> dict[str, Any]:
    """What figures need of a trial; of its generator's first trial also what only that one shows.

    ``side`` is what metrics have looked at of the synthetic table.
    """
    rows = (real.train, real.holdout, synthetic)
    found = summarise(*rows, seed=side.seed)
    if trial.split or trial.replicate:
        return found
    return {**found, "map": neighbourhood(*rows, seed=side.seed), **pictured(real, side)}


def keep(frame: pd.DataFrame, task: TrialTask, draw: int) -> None:
    """Store a synthetic table where the task says so, whole or not at all."""
    if task.keep is None:
        return
    task.keep.mkdir(parents=True, exist_ok=True)
    path = task.keep / table_file(task.trial, draw)
    partial = path.with_suffix(".partial")
    frame.to_parquet(partial, index=False)
    partial.replace(path)
