"""The membership game on the private arms of a plan: many small fits, none of them on real rows."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from synthcraft.catalogue import GENERATORS
from synthcraft.data.table import Table
from synthcraft.engine.executors import run_jobs
from synthcraft.engine.isolate import Job, Limits, Tell, warm
from synthcraft.generators.base import Fitted, Generator
from synthcraft.ids import Purpose
from synthcraft.privacy.audit import AuditResult, Scores, choose, judge, unplayed
from synthcraft.privacy.game import ROWS, STATISTICS, Game, worst_cases
from synthcraft.privacy.release import Release
from synthcraft.privacy.terms import release_of
from synthcraft.records import Arm, Phase, Plan
from synthcraft.redact import reason_of
from synthcraft.spec.types import AuditSpec, Spec

Seeds = tuple[tuple[int, ...], tuple[int, ...]]
"""Seeds of the fits with the canary, and of as many without."""
SAMPLED = 10_000
"""Synthetic rows of each fit: they spend nothing, and few would hide what the fit tells."""
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

    @property
    def hopeless(self) -> bool:
        """Whether no fit succeeded at all: then there is nothing to tell worlds apart by."""
        failed = STATISTICS.index("failed fit")
        return bool(self.present[:, failed].all() and self.absent[:, failed].all())


def audit_arms(spec: Spec, plan: Plan, table: Table) -> Iterator[AuditResult]:
    """The audit of each arm that has an ε, as it comes.

    ``spec.privacy.audit`` says how many fits per world judge (half as many of each game choose
    the event) and with what confidence each bound, for itself, holds. Of the table only its
    columns' meanings are used: its people take no part, and none of their budget is spent.
    """
    terms = (spec.privacy and spec.privacy.audit) or AuditSpec()
    private = [arm for arm in plan.arms if arm.epsilon is not None]
    if private:
        warm(_preload(private))
    for arm in private:
        yield audit_arm(spec, arm, table, terms)


def _preload(arms: Sequence[Arm]) -> tuple[str, ...]:
    """What all shares import, once."""
    cards = [GENERATORS.get(arm.plugin) for arm in arms]
    return tuple(dict.fromkeys([__name__, *(m for card in cards for m in card.preload)]))


def audit_arm(spec: Spec, arm: Arm, table: Table, terms: AuditSpec) -> AuditResult:
    """The audit of one arm; a process that fails or exceeds its limits leaves only the reason."""
    release = replace(release_of(spec, arm), rows=ROWS)
    games = worst_cases(table, contribution=release.contribution)
    start = unplayed(arm.id, terms, epsilon=release.epsilon, delta=release.delta)

    def fits(game: Game, seeds: Seeds) -> Played:
        return _in_processes(spec, PlayTask(arm, release, game, *seeds, spec.execution.device))

    return contest(start, games, fits, seed=spec.seed)


def contest(
    start: AuditResult, games: Sequence[Game], fits: Callable[[Game, Seeds], Played], *, seed: int
) -> AuditResult:
    """Pilot fits choose among the games and their events; fresh fits of that game judge.

    ``fits`` plays a game with a seed for each fit; no two fits have a seed in common.
    """
    terms = {"delta": start.delta, "confidence": start.confidence}
    total = len(games) * start.pilot + start.fits
    drawn = np.random.default_rng([seed, Purpose.AUDIT]).choice(2**31, (2, total), replace=False)
    pilots, reason = [], ""
    for number, game in enumerate(games):
        share = drawn[:, number * start.pilot : (number + 1) * start.pilot]
        found = fits(game, _seeds(share))
        reason = reason or found.reason
        if not found.hopeless:
            pilots.append((*choose(found.present, found.absent, **terms), game))
    if not pilots:
        return replace(start, reason=reason)
    _, event, game = max(pilots, key=lambda pilot: pilot[0])
    found = fits(game, _seeds(drawn[:, -start.fits :]))
    if found.hopeless:
        return replace(start, reason=found.reason)
    return replace(
        start,
        table=game.name,
        statistic=STATISTICS[event.statistic],
        event=event,
        bound=judge(event, found.present, found.absent, **terms),
    )


def play(
    make: Callable[[], Generator], game: Game, present: Sequence[int], absent: Sequence[int]
) -> Played:
    """One independent fit per seed: on the table with the canary, and on that without."""
    reasons: list[str] = []

    def score(table: Table, seed: int) -> tuple[float, ...]:
        try:
            fitted = cast(Fitted, make().fit(table, seed=seed))
            rows = fitted.sample(SAMPLED, seed=seed + 2**31)  # beyond fits' seeds
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


def _seeds(drawn: "np.ndarray[Any, np.dtype[np.int64]]") -> Seeds:
    with_canary, without = drawn.tolist()
    return tuple(with_canary), tuple(without)


def _in_processes(spec: Spec, whole: PlayTask) -> Played:
    """The fits of a task in shares, each in a process of its own."""
    jobs = [
        Job(f"{first:06}", play_share, _share(whole, first))
        for first in range(0, len(whole.present), SHARE)
    ]
    done: dict[str, Played] = {}
    for outcome in run_jobs(
        jobs,
        workers=spec.execution.workers or os.cpu_count() or 1,
        limits=Limits(spec.budget.trial_seconds, spec.budget.trial_mb),
        on_phase=_pass_over,
    ):
        if outcome.status != "ok":
            nothing = np.empty((0, len(STATISTICS)))
            return Played(nothing, nothing, outcome.reason)
        done[outcome.job] = outcome.value
    shares = [done[job.id] for job in jobs]
    return Played(
        np.concatenate([share.present for share in shares]),
        np.concatenate([share.absent for share in shares]),
        next((share.reason for share in shares if share.reason), ""),
    )


def _share(whole: PlayTask, first: int) -> PlayTask:
    part = slice(first, first + SHARE)
    return replace(whole, present=whole.present[part], absent=whole.absent[part])


def _pass_over(job: str, phase: Phase) -> None:
    """What a share is doing is of no interest."""
