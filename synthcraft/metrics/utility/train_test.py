"""Trained on synthetic or real rows, tested on the same holdout rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from synthcraft.catalogue import Task
from synthcraft.data.describe import SMALLEST
from synthcraft.metrics import models
from synthcraft.metrics.cards.utility import (
    GAINS,
    GROUP_SCORES,
    LEADS,
    MIN_EVENTS,
    NO_INTERVAL,
    UtilityParams,
)
from synthcraft.metrics.context import NotApplicable, Real, Synthetic
from synthcraft.metrics.cox import survivor
from synthcraft.metrics.encode import Floats
from synthcraft.metrics.groups import (
    Group,
    everyone,
    sensitive_groups,
    shown_sizes,
    support,
    supporting,
)
from synthcraft.metrics.scores import weightings
from synthcraft.metrics.utility.calibrated import calibration_curve, event_of
from synthcraft.metrics.utility.outcome import (
    Amounts,
    Durations,
    Scores,
    followed,
    outcome_of,
)
from synthcraft.metrics.utility.trained import model_names, predictions, train
from synthcraft.records import Measure
from synthcraft.stats import LEVEL, bca

ALIKE = "the outcomes of the holdout rows are all alike: nothing to tell apart"


@dataclass(frozen=True, eq=False)
class Spread:
    """A score of the holdout rows as they are, of resamples of them, and with parts left out."""

    value: float
    draws: Floats
    jackknife: Floats

    def less(self, other: "Spread") -> "Spread":
        """The difference to another score of the same rows and resamples."""
        return Spread(
            self.value - other.value, self.draws - other.draws, self.jackknife - other.jackknife
        )


Spreads = dict[tuple[str, str], Spread]  # by score and class


@dataclass(frozen=True, eq=False)
class Baseline:
    """The real side: scores of real-trained models by (group, model), and of the floor.

    ``calibration`` has the calibration curve of each such model, where there is one to show.
    """

    trtr: dict[tuple[str, str], Spreads]
    floor: Spreads
    calibration: dict[str, Any]


class Utility:
    """``tstr.*``, ``trtr.*``, ``gap.*``, ``floor.*`` and ``choice_regret`` on the same holdout.

    Both trainings use as many rows; ``tstr_full.*`` uses all synthetic rows where there are more.
    ``n`` is the number of rows trained on; for a group or class, the number of its holdout rows,
    or None where it would tell a number under 10.
    """

    def __init__(self, *, params: UtilityParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> Baseline:
        """Scores of models trained on as many real rows as there will be synthetic ones."""
        trtr = {
            (group, model): scores
            for model in self._models(real)
            for group, scores in self._by_group(real, self._predicted(real, model)).items()
        }
        floor = self._scores(real, _floor(real), [everyone(real.holdout)])
        return Baseline(trtr, floor[""], self._calibrations(real, real))

    def measure(self, real: Real, prepared: Baseline, synthetic: Synthetic) -> Iterator[Measure]:
        """Scores of both trainings, their gap, the floor, and what a wrong choice costs."""
        names = self._models(real)
        n_real = min(real.n_synthetic, len(real.train))
        n = min(n_real, len(synthetic))
        for (score, level), spread in prepared.floor.items():
            if not level:
                row = _row(real, f"floor.{score}", "", n=n_real, model="prevalence")
                alike = np.isnan(spread.value)
                yield _told(row, spread) if alike else replace(row, value=spread.value)
        sizes = {"": n, **shown_sizes(list(_groups(real, enough=True)), len(real.holdout))}
        tstr = {
            (group, model): scores
            for model in names
            for group, scores in self._by_group(real, self._predicted(synthetic, model)).items()
        }
        for (group, model), scores in tstr.items():
            for (score, level), own in scores.items():
                best = prepared.trtr[group, model][score, level]
                gap = best.less(own) if score in GAINS else own.less(best)
                for kind, spread in (("tstr", own), ("trtr", best), ("gap", gap)):
                    rows = n_real if kind == "trtr" and not group else sizes[group]
                    metric = f"{kind}.{score}"
                    row = _row(real, metric, level, n=rows, model=model, group=group)
                    yield _told(row, spread)
        yield from _too_few(real, names)
        yield from self._at_full_size(real, synthetic, n)
        yield _regret(real.train.task, names, tstr, prepared.trtr, n)

    def picture(self, prepared: Baseline, synthetic: Synthetic) -> dict[str, Any]:
        """``calibration``: by model, curves of it trained on synthetic and on real rows.

        Beside them the ``event`` whose risk is foretold.
        """
        tstr = self._calibrations(synthetic.real, synthetic)
        if not tstr:
            return {}
        curves = {
            model: {"tstr": own, "trtr": prepared.calibration[model]} for model, own in tstr.items()
        }
        return {"calibration": {"event": event_of(synthetic.real), "models": curves}}

    def _calibrations(self, real: Real, side: Real | Synthetic) -> dict[str, Any]:
        if event_of(real) is None:
            return {}
        predicted = {model: self._predicted(side, model) for model in self._models(real)}
        return {model: calibration_curve(real, chances) for model, chances in predicted.items()}

    def _models(self, real: Real) -> tuple[str, ...]:
        names = model_names(self.params.models, real.train.task)
        if not names:
            raise NotApplicable("survival has no network among its models: use linear or boosting")
        return names

    def _predicted(self, side: Real | Synthetic, model: str) -> Floats:
        return predictions(side, model, self.params.iterations)

    def _at_full_size(self, real: Real, synthetic: Synthetic, n: int) -> Iterator[Measure]:
        if len(synthetic) <= n:
            reason = "there are no more synthetic rows than real ones to train on"
            for score in outcome_of(real).names:
                row = Measure(f"tstr_full.{score}", reference="holdout")
                yield row.absent(reason)
            return
        for model in self._models(real):
            fitted = train(real, synthetic.table, model, self.params.iterations)
            found = self._scores(real, fitted.answers(fitted.holdout), [everyone(real.holdout)])[""]
            for (score, level), spread in found.items():
                metric = f"tstr_full.{score}"
                yield _told(_row(real, metric, level, n=len(synthetic), model=model), spread)

    def _by_group(self, real: Real, predicted: Floats) -> dict[str, Spreads]:
        groups = [everyone(real.holdout), *_groups(real, enough=True)]
        return self._scores(real, predicted, groups)

    def _scores(self, real: Real, predicted: Floats, groups: Sequence[Group]) -> dict[str, Spreads]:
        """Scores by group; resamples are the same for every training, so that they are paired."""
        outcome = outcome_of(real)
        # The share of events is drawn, too: with it held fixed, Brier intervals cover 0.75.
        unstratified = np.zeros(len(real.holdout), dtype=int)
        stream = real.stream("utility.resamples")
        blocks = weightings(unstratified, real.holdout.groups, self.params.resamples, stream)
        parts: dict[str, list[Scores]] = {group.name: [] for group in groups}
        for weights in blocks:
            for group in groups:
                names = GROUP_SCORES[real.train.task] if group.name else outcome.names
                if len(parts[group.name]):
                    names = tuple(name for name in names if name not in NO_INTERVAL)
                own = outcome.take(group.rows)
                scores = own.score(predicted[group.rows], weights[:, group.rows], names)
                parts[group.name].append(scores)
        return {name: self._joined(scores) for name, scores in parts.items()}

    def _joined(self, parts: Sequence[Scores]) -> Spreads:
        found = {}
        for key in parts[0]:
            values = np.concatenate([part[key] for part in parts if key in part])
            value, draws, jackknife = np.split(values, [1, 1 + self.params.resamples])
            found[key] = Spread(float(value[0]), draws, jackknife)
        return found


def _floor(real: Real) -> Floats:
    """What the train rows' mean, class shares or survival curve predict for every holdout row."""
    n, target = len(real.holdout), real.train.frame[real.train.target]
    outcome = outcome_of(real)
    if isinstance(outcome, Durations):
        time, event, _ = followed(real.train)
        times, alive = survivor(time, event, np.zeros(len(event)))
        reached = np.append(1.0, alive)[np.searchsorted(times, outcome.asked, side="right")]
        with np.errstate(divide="ignore"):
            return np.tile(-np.log(reached), (n, 1))
    if isinstance(outcome, Amounts):
        return np.full(n, target.mean())
    shares = target.astype(str).value_counts(normalize=True)
    shares = shares.reindex(outcome.classes).fillna(0)
    return models.smoothed(np.tile(shares.to_numpy(), (n, 1)))


def _row(
    real: Real, metric: str, level: str, *, n: int | None, model: str, group: str = ""
) -> Measure:
    """What a score is about; a class of few holdout rows has none, and hides the others' n.

    So does a class of few train rows: beside those of all rows, the holdout's would tell them.
    """
    row = Measure(metric, n=n, model=model, group=group, reference="holdout")
    if not level:
        return row
    counts, learnt = (
        part.frame[real.train.target].astype(str).value_counts()
        for part in (real.holdout, real.train)
    )
    row = replace(row, column=f"{real.train.target}={level}", n=int(counts[level]))
    if counts[level] < SMALLEST:
        reason = f"too few: needs {SMALLEST} holdout rows of the class"
        return row.absent(reason)
    return replace(row, n=None) if min(counts.min(), learnt.min()) < SMALLEST else row


def _told(row: Measure, spread: Spread) -> Measure:
    """The row with its value and interval, where there is to be one.

    Predictions always have a value, so that only the holdout can keep a score from having one.
    """
    if row.status != "ok":
        return row
    if not np.isfinite(spread.value):  # R² is −∞ where the outcomes do not vary
        return row.absent(ALIKE)
    if row.metric.split(".")[1] in NO_INTERVAL:
        return replace(row, value=spread.value)
    low, high = bca(spread.draws, spread.jackknife, spread.value)
    level = None if low is None else LEVEL
    return replace(row, value=spread.value, low=low, high=high, level=level)


def _regret(
    task: Task,
    names: Sequence[str],
    tstr: dict[tuple[str, str], Spreads],
    trtr: dict[tuple[str, str], Spreads],
    n: int,
) -> Measure:
    """What the real-trained score loses where synthetic rows name the model to use."""
    row = Measure("choice_regret", n=n, reference="holdout")
    if len(names) < 2:
        return row.absent("one model leaves no choice")
    worth = {name: trtr["", name][LEADS[task], ""].value for name in names}
    if any(np.isnan(value) for value in worth.values()):
        return row.absent(ALIKE)
    chosen = max(names, key=lambda name: tstr["", name][LEADS[task], ""].value)
    return replace(row, value=max(worth.values()) - worth[chosen])


def _groups(real: Real, *, enough: bool) -> Iterator[Group]:
    """The sensitive levels that have rows enough to be scored, or those that have too few."""
    outcome = outcome_of(real)
    for group in sensitive_groups(real, real.holdout):
        if (support(outcome.take(group.rows)) >= MIN_EVENTS) == enough:
            yield group


def _too_few(real: Real, names: Sequence[str]) -> Iterator[Measure]:
    # Without n: it may be under 10. One row stands for all levels that must not be named.
    score, reason = LEADS[real.train.task], supporting(outcome_of(real), MIN_EVENTS)
    groups = dict.fromkeys(group.name for group in _groups(real, enough=False))
    for group, model, kind in product(groups, names, ("tstr", "trtr", "gap")):
        row = Measure(f"{kind}.{score}", model=model, group=group, reference="holdout")
        yield row.absent(f"too few: needs {reason}")
