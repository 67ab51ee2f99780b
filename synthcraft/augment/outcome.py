"""What models trained on augmented rows do for each group of the holdout, and for everybody."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from synthcraft.augment.cards import ENOUGH, FEWEST, OF_EVENTS, SCORES
from synthcraft.augment.cohort import Cohort
from synthcraft.augment.groups import members
from synthcraft.augment.training import Training
from synthcraft.data.describe import SMALLEST
from synthcraft.metrics import models
from synthcraft.metrics.context import NotApplicable
from synthcraft.metrics.decisions import cut_at_specificity, net_benefit
from synthcraft.metrics.encode import Encoder, Floats, fit_encoder
from synthcraft.metrics.groups import Group, everyone, shown_sizes, support, supporting
from synthcraft.metrics.scores import calibration, calibration_in_the_large
from synthcraft.metrics.utility.outcome import Labels, Outcome, outcome_in
from synthcraft.metrics.utility.trained import Form, fit, form_of, inputs, model_names
from synthcraft.records import Measure
from synthcraft.spec.types import AugmentationSpec

Value = float | str  # or the reason why there is none
_TWO_CLASSES = "needs a target of two classes"
_ALIKE = "the outcomes or the predictions of these rows are all alike"


@dataclass(frozen=True, eq=False)
class Judge:
    """What every training is judged by: the same rows, groups, threshold and encoding.

    ``groups`` are rows of the holdout, everyone first; ``told`` their numbers, where they may be
    told; ``threshold`` is the chance that the net benefit is about.
    """

    cohort: Cohort
    outcome: Outcome
    encoder: Encoder
    groups: tuple[Group, ...]
    told: dict[str, int | None]
    specificity: float
    threshold: float


def outcomes(
    cohort: Cohort, trainings: Sequence[Training], aug: AugmentationSpec, *, seed: int
) -> tuple[Measure, ...]:
    """Scores of the models that each training makes, by group of the holdout and for everybody.

    The holdout is never augmented; encodings and thresholds are learnt from train and validation
    rows alone. ``n`` is the number of holdout rows of the group, None where it would tell a number
    under 10. There is no interval: those come from splits. A training that was refused, and a group
    with too few events (``cards.FEWEST``), have rows that say so. ``seed`` feeds the models.
    """
    names = model_names(aug.models, cohort.train.task)
    judge, reason = _judge(cohort, aug)
    found: list[Measure] = []
    for training in trainings:
        rows = [*_counts(cohort, training)]
        for name in names:
            refused = training.refused or reason
            if refused or judge is None:
                rows += [row.absent(refused) for row in _rows(cohort, name)]
            else:
                rows += _scored(judge, training, name, seed)
        found += [replace(row, augmentation=training.augmentation) for row in rows]
    return tuple(found)


def _judge(cohort: Cohort, aug: AugmentationSpec) -> tuple[Judge | None, str]:
    """What trainings are judged by, or why they cannot be."""
    train, holdout = cohort.train, cohort.holdout
    try:
        outcome = outcome_in(holdout, train)
    except NotApplicable as error:
        return None, str(error)
    codes = members(cohort.grouping, holdout.frame).codes
    column = "&".join(cohort.grouping.columns)
    groups = [
        Group(name, np.flatnonzero(codes == place), column)
        for place, name in enumerate(cohort.grouping.names)
    ]
    large = [group for group in groups if len(group.rows) >= SMALLEST]
    judge = Judge(
        cohort,
        outcome,
        fit_encoder(train).only(train.features),
        (everyone(holdout), *groups),
        {"": len(holdout), **shown_sizes(large, len(holdout), apart=cohort.grouping.targets)},
        aug.specificity,
        _threshold(outcome, cohort, aug),
    )
    return judge, ""


def _threshold(outcome: Outcome, cohort: Cohort, aug: AugmentationSpec) -> float:
    """The declared chance of the net benefit, or else the share of events among train rows."""
    if aug.threshold is not None:
        return aug.threshold
    if not isinstance(outcome, Labels) or outcome.positive is None:
        return float("nan")
    event = outcome.classes[outcome.positive]
    return float((cohort.train.frame[cohort.train.target].astype(str) == event).mean())


def _counts(cohort: Cohort, training: Training) -> Iterator[Measure]:
    """How many rows each group got, and how many were drawn for each."""
    if training.augmentation and not training.refused:
        added = training.frame.iloc[len(cohort.train) :]
        codes = members(cohort.grouping, added).codes
        yield Measure("augmented.rows", float(len(added)))
        for place, name in enumerate(cohort.grouping.names):
            n = int((codes == place).sum())
            if n or name in cohort.grouping.targets:
                yield Measure("augmented.rows", float(n), group=name)
    for name, drawn in training.drawn.items():
        yield Measure("augmented.drawn", drawn, group=name)


def _rows(cohort: Cohort, model: str) -> Iterator[Measure]:
    """A row without a value for each score of each group and of everybody."""
    task = cohort.train.task
    for group in ("", *cohort.grouping.names):
        for score in _names(cohort):
            yield Measure(f"augmented.{score}", model=model, group=group, reference="holdout")
    if task == "classification":
        yield Measure("augmented.equalised_odds", model=model, reference="holdout")


def _names(cohort: Cohort) -> tuple[str, ...]:
    task = cohort.train.task
    return (*SCORES[task], *(OF_EVENTS if task == "classification" else ()))


def _scored(judge: Judge, training: Training, model: str, seed: int) -> Iterator[Measure]:
    """The scores of one model that one training makes."""
    cohort, form = judge.cohort, form_of(model, judge.cohort.train.task)
    answers = fit(
        cohort.train.with_frame(training.frame),
        judge.outcome,
        judge.encoder,
        model,
        iterations=models.ITERATIONS,
        seed=seed,
        weights=training.weights,
    )
    predicted = answers(inputs(judge.encoder, cohort.holdout.frame, form))
    cut = _cut(judge, answers, form)
    found = {g.name: _values(judge, g, predicted[g.rows], cut) for g in judge.groups}
    for row in _rows(cohort, model):
        score = row.metric.removeprefix("augmented.")
        if score == "equalised_odds":
            yield _told(row, _odds(judge, predicted, cut))
        else:
            told = replace(row, n=judge.told.get(row.group))
            yield _told(told, found[row.group][score])


def _told(row: Measure, value: Value) -> Measure:
    if isinstance(value, str):
        return row.absent(value)
    return replace(row, value=value) if np.isfinite(value) else row.absent(_ALIKE)


def _cut(judge: Judge, answers: models.Answers, form: Form) -> Value:
    """The chance above which rows are called: from non-events among the validation rows."""
    outcome, rows = judge.outcome, judge.cohort.validation
    if not isinstance(outcome, Labels) or outcome.positive is None:
        return _TWO_CLASSES
    known = rows.frame[rows.target].notna()
    other = known & (rows.frame[rows.target].astype(str) != outcome.classes[outcome.positive])
    if other.sum() < ENOUGH:
        return f"too few: needs {ENOUGH} non-events among the validation rows"
    chances = answers(inputs(judge.encoder, rows.frame[other.to_numpy()], form))
    return cut_at_specificity(chances[:, outcome.positive], judge.specificity)


def _values(judge: Judge, group: Group, predicted: Floats, cut: Value) -> dict[str, Value]:
    """All scores of a group's rows."""
    names = _names(judge.cohort)
    outcome: Any = judge.outcome.take(group.rows)  # each kind scores its own kind of predictions
    rests_on = support(outcome)
    lacking: dict[str, Value] = {
        name: f"too few: needs {supporting(outcome, FEWEST.get(name, ENOUGH))}"
        for name in names
        if rests_on < FEWEST.get(name, ENOUGH)
    }
    if isinstance(outcome, Labels) and outcome.positive is None:
        lacking |= dict.fromkeys(OF_EVENTS, _TWO_CLASSES)
    if len(lacking) == len(names):
        return lacking
    ones = np.ones((1, len(predicted)))
    scores = outcome.score(predicted, ones, SCORES[judge.cohort.train.task])
    found: dict[str, Value] = {name: float(scores[name, ""][0]) for name, _ in scores}
    if isinstance(outcome, Labels) and outcome.positive is not None:
        event = (outcome.codes == outcome.positive).astype(float)
        found |= _of_events(event, predicted[:, outcome.positive], cut, judge.threshold)
    return found | lacking


def _of_events(event: Floats, chance: Floats, cut: Value, threshold: float) -> dict[str, Value]:
    """The scores that a target of two classes has beside the others."""
    slope = float(calibration(event, chance, np.ones((1, len(event))))[1][0])
    return {
        "slope": slope,
        "slope_error": abs(slope - 1),
        "intercept": calibration_in_the_large(event, chance),
        "recall_at_specificity": cut
        if isinstance(cut, str)
        else float((chance[event == 1] > cut).mean()),
        "net_benefit": net_benefit(event, chance, threshold),
    }


def _odds(judge: Judge, predicted: Floats, cut: Value) -> Value:
    """The largest difference between groups in their chances to be called, events and others."""
    outcome = judge.outcome
    if isinstance(cut, str) or not isinstance(outcome, Labels) or outcome.positive is None:
        return cut if isinstance(cut, str) else _TWO_CLASSES
    enough = [g for g in judge.groups if g.name and support(outcome.take(g.rows)) >= ENOUGH]
    if len(enough) < 2:
        return f"too few: needs two groups of {supporting(outcome, ENOUGH)}"
    called, event = predicted[:, outcome.positive] > cut, outcome.codes == outcome.positive
    rates = [
        [called[g.rows][event[g.rows] == among].mean() for among in (True, False)] for g in enough
    ]
    return float(np.ptp(rates, axis=0).max())
