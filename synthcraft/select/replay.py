"""Policies on recorded trials: the same pulls at no cost, judged on splits that no policy has seen.

The recorded splits of a table are divided at random into an observable and a truth half, and
swapped. A policy pulls from the first; what it recommends is judged by means over the second.
Otherwise an exhaustive search would be right by definition, and every policy flattered.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from synthcraft.errors import DataError, Problem
from synthcraft.select import context
from synthcraft.select.arena import FAMILIES, Arena, Candidate, Decision, Policy, Pull, Worth
from synthcraft.select.prior import PHASES
from synthcraft.select.uses import Use

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Row = Mapping[str, object]
State = TypeVar("State")

LIMITED = ("dcr_share", "exact_match_rate")  # recorded measures that limits can be set to


@dataclass(frozen=True, eq=False)
class Recording:
    """The recorded trials of one table, as arrays over candidates × splits.

    ``worths`` (× family) are NaN where a trial failed, and all NaN for a family that does not tell
    anything on this table. ``measures`` are those that limits are set to.
    """

    dataset: str
    context: Mapping[str, float]
    names: tuple[str, ...]
    plugins: tuple[str, ...]
    kinds: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    worths: Floats
    seconds: Floats
    measures: Mapping[str, Floats]

    @property
    def splits(self) -> int:
        """How many recorded splits there are."""
        return int(self.seconds.shape[1])

    @property
    def informative(self) -> tuple[str, ...]:
        """The families that tell something on this table."""
        known = [not np.isnan(self.worths[..., family]).all() for family in range(len(FAMILIES))]
        return tuple(family for family, told in zip(FAMILIES, known, strict=True) if told)

    @property
    def tops(self) -> Ints:
        """The candidate of each arm at full effort."""
        tops = {c.arm: i for i, c in enumerate(self.candidates) if c.top}
        return np.array([tops[arm] for arm in range(len(self.names))], dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Episode:
    """One table for one use with one budget, and what nobody in it knows.

    ``worths``, ``seconds`` and ``slacks`` are of the observable splits (candidates × splits).
    ``truth`` is the utility of each arm at full effort on the other splits, in [0, 1]: a failed
    trial counts 0, and so does an arm that violates a limit on average. ``everything`` is the same
    over all splits. ``sweep`` is what every arm at full effort on each observable split costs.
    """

    dataset: str
    use: str
    arena: Arena
    worths: Floats
    seconds: Floats
    slacks: Floats
    truth: Floats
    everything: Floats
    sweep: float

    def pull(self, candidate: int, split: int) -> Pull:
        """What the recorded trial cost and gave."""
        seconds = float(self.seconds[candidate, split])
        fidelity, utility, privacy = map(float, self.worths[candidate, split])
        if np.isnan(fidelity):
            return Pull(candidate, split, seconds, None)
        slacks = tuple(map(float, self.slacks[candidate, split]))
        return Pull(candidate, split, seconds, (fidelity, utility, privacy), slacks)

    def regret(self, best: int | None) -> float:
        """What the best arm on the truth half is better by; None stands for an arm drawn by lot."""
        given = self.truth.mean() if best is None else self.truth[best]
        return float(self.truth.max() - given)


@dataclass(frozen=True)
class Step:
    """What was recommended after so many seconds, and how sure a policy said it was.

    ``p_best`` is the probability that the recommended arm is the best one, ``p_close`` that it is
    within 0.01 of it; None where the policy does not tell.
    """

    seconds: float
    best: int | None
    regret: float
    p_best: float | None = None
    p_close: float | None = None


@dataclass(frozen=True)
class Run:
    """A policy's way through an episode: a step before each pull, and the last at its end."""

    pulls: tuple[Pull, ...]
    steps: tuple[Step, ...]
    overshoot: float

    @property
    def seconds(self) -> float:
        """What the pulls cost."""
        return self.steps[-1].seconds

    @property
    def regret(self) -> float:
        """The regret of what was recommended at the end."""
        return self.steps[-1].regret

    def seconds_within(self, margin: float) -> float | None:
        """Seconds from which on the regret stays within a margin; None where it ends above it.

        >>> steps = (Step(0, None, 0.3), Step(2, 0, 0.2), Step(9, 1, 0.0))
        >>> Run((), steps, overshoot=0).seconds_within(0.01)
        9
        """
        since = None
        for step in self.steps:
            if step.regret > margin:
                since = None
            elif since is None:
                since = step.seconds
        return since


def recordings(rows: Iterable[Row]) -> tuple[Recording, ...]:
    """The tables of a recorded table (rows by column name), in the order of their first rows.

    A table's splits are those on which every candidate was recorded; of replicates the first one
    counts.

    Raises
    ------
    DataError
        When a table has fewer than two such splits, or an arm without full effort.
    """
    tables: dict[str, list[Row]] = {}
    for row in rows:
        tables.setdefault(str(row["dataset"]), []).append(row)
    return tuple(_recording(dataset, found) for dataset, found in tables.items())


def _recording(dataset: str, rows: Sequence[Row]) -> Recording:
    by_place: dict[tuple[str, float, int], Row] = {}
    for row in rows:
        by_place.setdefault((str(row["arm"]), _number(row["rung"]), int(str(row["split"]))), row)
    arms = {str(row["arm"]): row for row in rows}
    names = tuple(arms)
    keys = sorted({key[:2] for key in by_place}, key=lambda key: (names.index(key[0]), key[1]))
    splits = [s for s in sorted({key[2] for key in by_place}) if _whole(by_place, keys, s)]
    _check(dataset, names, keys, splits)
    grid = [[by_place[(*key, split)] for split in splits] for key in keys]
    return Recording(
        dataset=dataset,
        context={name: _number(rows[0][name]) for name in context.KEYS},
        names=names,
        plugins=tuple(str(row["plugin"]) for row in arms.values()),
        kinds=tuple(str(row["kind"]) for row in arms.values()),
        candidates=tuple(Candidate(names.index(arm), rung) for arm, rung in keys),
        worths=_worths(grid),
        seconds=np.array([[sum(_number(row[s]) for s in PHASES) for row in row_] for row_ in grid]),
        measures={
            measure: np.array([[_number(row[measure]) for row in of] for of in grid])
            for measure in LIMITED
        },
    )


def _whole(places: Mapping[tuple[str, float, int], Row], keys: Iterable[Any], split: int) -> bool:
    return all((*key, split) in places for key in keys)


def _check(
    dataset: str, names: Sequence[str], keys: Sequence[tuple[str, float]], splits: Sequence[int]
) -> None:
    lacking = [name for name in names if (name, 1.0) not in keys]
    if lacking:
        message = f"{dataset}: {', '.join(lacking)} was not recorded with its full effort"
        raise DataError([Problem("recorded table", message, "Record runs whose rungs end with 1.")])
    if len(splits) < 2:
        message = f"{dataset}: got {len(splits)} splits on which every arm was recorded"
        hint = "Record at least 2, better 6 (design.splits)."
        raise DataError([Problem("recorded table", message, hint)])


def _worths(grid: Sequence[Sequence[Row]]) -> Floats:
    """Worths of each trial; a family that others have and a trial lacks makes it a failed one."""
    found = np.array([[[_number(row[f]) for f in FAMILIES] for row in of] for of in grid])
    informative = ~np.isnan(found).all(axis=(0, 1))
    failed = np.isnan(found[:, :, informative]).any(axis=2)
    failed |= np.array([[row["status"] != "ok" for row in of] for of in grid])
    found[failed] = np.nan
    return found


def _number(value: object) -> float:
    """A cell as a number; NaN where it is empty."""
    return float(str(value)) if str(value).strip() else np.nan


def episodes(
    recording: Recording,
    use: Use,
    *,
    budgets: Sequence[float],
    seed: int,
    limited: bool = False,
) -> Iterator[Episode]:
    """The episodes of a table: for each budget two, whose observable and truth halves are swapped.

    ``budgets`` are shares of a full sweep's seconds (every arm at full effort on each observable
    split). ``seed`` draws the halves and the order of their splits. Only if ``limited``, the limits
    of the use case bind. There are none where the use lies on families that tell nothing here.
    """
    shares = use.shares(recording.informative)
    if shares is None:
        return
    limits = dict(use.limits) if limited else {}
    order = np.random.default_rng(seed).permutation(recording.splits)
    halves = np.array_split(order, 2)
    for seen, kept in (halves, halves[::-1]):
        whole = _episode(recording, use.name, shares, limits, seen=seen, kept=kept)
        for budget in budgets:
            yield replace(whole, arena=replace(whole.arena, seconds=budget * whole.sweep))


def _episode(
    recording: Recording,
    use: str,
    shares: Worth,
    limits: Mapping[str, float],
    *,
    seen: Ints,
    kept: Ints,
) -> Episode:
    slacks = [most - recording.measures[measure] for measure, most in limits.items()]
    slack = np.stack(slacks, axis=2) if slacks else np.empty((*recording.seconds.shape, 0))
    known = np.where(np.asarray(shares) > 0, recording.worths, 0.0)
    known = np.where(np.isnan(recording.worths).all(axis=2, keepdims=True), np.nan, known)
    utility = known @ np.asarray(shares)
    return Episode(
        dataset=recording.dataset,
        use=use,
        arena=Arena(
            names=recording.names,
            plugins=recording.plugins,
            kinds=recording.kinds,
            candidates=recording.candidates,
            splits=len(seen),
            weights=shares,
            limits=len(limits),
            context=recording.context,
        ),
        worths=known[:, seen],
        seconds=recording.seconds[:, seen],
        slacks=slack[:, seen],
        truth=_truth(utility, slack, recording.tops, kept),
        everything=_truth(utility, slack, recording.tops, np.concatenate([seen, kept])),
        sweep=float(recording.seconds[recording.tops][:, seen].sum()),
    )


def _truth(utility: Floats, slack: Floats, tops: Ints, kept: Ints) -> Floats:
    values = np.nan_to_num(utility[tops][:, kept]).mean(axis=1)
    failed = np.isnan(utility[tops][:, kept])[:, :, None]
    slacks = np.where(failed, 0.0, slack[tops][:, kept]).mean(axis=1)
    return np.where((slacks >= 0).all(axis=1), values, 0.0)


def simulate(policy: Policy[State], episode: Episode, *, seed: int) -> Run:
    """A policy's run on an episode; the same arguments give the same run."""
    state = policy.start(episode.arena, seed=seed)
    pulls: list[Pull] = []
    steps: list[Step] = []
    seconds = 0.0
    while True:
        decision = policy.ask(state)
        steps.append(_step(episode, seconds, decision))
        if not decision.pulls:
            break
        for candidate, split in decision.pulls:
            pull = episode.pull(candidate, split)
            state = policy.tell(state, pull)
            pulls.append(pull)
            seconds += pull.seconds
    budget = episode.arena.seconds
    overshoot = 0.0 if budget is None else max(0.0, seconds - budget)
    return Run(tuple(pulls), tuple(steps), overshoot)


def _step(episode: Episode, seconds: float, decision: Decision) -> Step:
    why, best = decision.why, decision.best
    said = dict(zip(why.get("arms", ()), why.get("p_best", ()), strict=True))
    return Step(seconds, best, episode.regret(best), said.get(best), why.get("p_close"))
