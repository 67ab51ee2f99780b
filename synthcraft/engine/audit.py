"""The membership game on the private arms of a plan: many small fits, none of them on real rows."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from synthcraft.catalogue import GENERATORS
from synthcraft.data.table import Table
from synthcraft.engine.executors import run_jobs
from synthcraft.engine.isolate import Job, Limits, Tell
from synthcraft.generators.base import Fitted, Generator
from synthcraft.ids import Purpose
from synthcraft.privacy.audit import AuditResult, Scores, played, unplayed
from synthcraft.privacy.game import STATISTICS, Game, worst_case
from synthcraft.privacy.release import Release
from synthcraft.privacy.terms import release_of
from synthcraft.records import Arm, Phase, Plan
from synthcraft.redact import reason_of
from synthcraft.spec.types import AuditSpec, Spec

ROWS = 100
"""Rows of the game's table without the canary."""
SAMPLED = 2000
"""Synthetic rows of each fit."""
SHARE = 25
"""Most fits per world in one process, which compiles once and has the limits of one trial."""


@dataclass(frozen=True)
class PlayTask:
    """A process's share of an arm's fits: a seed for each with the canary, and each without."""

    arm: Arm
    release: Release
    game: Game
    present: tuple[int, ...]
    absent: tuple[int, ...]
    device: str


@dataclass(frozen=True)
class Played:
    """Scores of fits (fits × statistics); why a fit failed, where one did."""

    present: Scores
    absent: Scores
    reason: str = ""


def audit_arms(spec: Spec, plan: Plan, table: Table) -> Iterator[AuditResult]:
    """The audit of each arm that has an ε, as it is done.

    ``spec.privacy.audit`` says how many fits per world judge (half as many again choose the event)
    and with what confidence each bound, for itself, holds. Of the table only its columns' meanings
    are used: its people take no part, and none of their budget is spent.
    """
    terms = (spec.privacy and spec.privacy.audit) or AuditSpec()
    for arm in plan.arms:
        if arm.epsilon is not None:
            yield audit_arm(spec, arm, table, terms)


def audit_arm(spec: Spec, arm: Arm, table: Table, terms: AuditSpec) -> AuditResult:
    """The audit of one arm; a process that fails or exceeds its limits leaves only the reason."""
    release = replace(release_of(spec, arm), rows=ROWS)
    start = unplayed(arm.id, terms, epsilon=release.epsilon, delta=release.delta)
    game = worst_case(table, rows=ROWS, contribution=release.contribution)
    shares = dict(enumerate(_shares(spec, arm, release, game, fits=start.pilot + start.fits)))
    done: dict[str, Played] = {}
    for outcome in run_jobs(
        [Job(f"{number:06}", play_share, task) for number, task in shares.items()],
        workers=spec.execution.workers or os.cpu_count() or 1,
        limits=Limits(spec.budget.trial_seconds, spec.budget.trial_mb),
        on_phase=_pass_over,
    ):
        if outcome.status != "ok":
            return replace(start, reason=outcome.reason)
        done[outcome.job] = outcome.value
    return conclude(start, [done[job] for job in sorted(done)])


def conclude(start: AuditResult, shares: Sequence[Played]) -> AuditResult:
    """The result of all shares; a generator that never succeeded cannot be judged."""
    present = np.concatenate([share.present for share in shares])
    absent = np.concatenate([share.absent for share in shares])
    failed = STATISTICS.index("failed fit")
    if present[:, failed].all() and absent[:, failed].all():
        return replace(start, reason=f"every fit failed: {shares[0].reason}")
    return played(start, present, absent, STATISTICS)


def play(
    make: Callable[[], Generator], game: Game, present: Sequence[int], absent: Sequence[int]
) -> Played:
    """One independent fit per seed: on the table with the canary, and on that without."""
    reasons: list[str] = []

    def score(table: Table, seed: int) -> tuple[float, ...]:
        try:
            fitted = cast(Fitted, make().fit(table, seed=seed))
            rows = fitted.sample(SAMPLED, seed=seed + _SAMPLE)
        except MemoryError:
            raise
        except Exception as exc:  # an outcome like any other: it must not depend on one person
            reasons.append(reason_of(exc, names=table.names, levels=table.all_levels))
            return game.score(None)
        return game.score(rows)

    with_canary = np.array([score(game.present, seed) for seed in present])
    without = np.array([score(game.absent, seed) for seed in absent])
    return Played(with_canary, without, next(iter(reasons), ""))


def play_share(task: PlayTask, tell: Tell) -> Played:
    """The fits of a task, in its process."""
    card = GENERATORS.get(task.arm.plugin)
    params = card.params.model_validate(task.arm.params)
    implementation: Any = card.load()
    tell("fit")

    def make() -> Generator:
        made = implementation(params=params, device=task.device, release=task.release)
        return cast(Generator, made)

    return play(make, task.game, task.present, task.absent)


_SAMPLE = 2**31  # seeds of samples lie beyond those of fits


def _pass_over(job: str, phase: Phase) -> None:
    """What a share is doing is of no interest."""


def _shares(spec: Spec, arm: Arm, release: Release, game: Game, *, fits: int) -> Iterator[PlayTask]:
    """Shares of the fits; each fit has a seed of its own."""
    rng = np.random.default_rng([spec.seed, Purpose.AUDIT])
    seeds = [int(seed) for seed in rng.choice(2**31, 2 * fits, replace=False)]
    for first in range(0, fits, SHARE):
        last = min(first + SHARE, fits)
        present, absent = seeds[first:last], seeds[fits + first : fits + last]
        yield PlayTask(arm, release, game, tuple(present), tuple(absent), spec.execution.device)
