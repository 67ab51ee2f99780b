"""What a plan and a report must know of augmentation: its controls, and what is measured."""

from dataclasses import dataclass, replace
from typing import Any

from synthcraft.catalogue import Task
from synthcraft.metrics.cards.fairness import MIN_FOR_SLOPE
from synthcraft.metrics.cards.utility import LEADS, LINEAR, MIN_EVENTS, UTILITY
from synthcraft.records import Direction, MetricDescriptor
from synthcraft.spec.augmentation import TARGETS
from synthcraft.spec.types import AugmentationSpec


@dataclass(frozen=True)
class Control:
    """What a control is, in a sentence; ``seeded`` where a seed changes what it trains on."""

    summary: str
    seeded: bool = False


CONTROLS: dict[str, Control] = {
    "none": Control("All train rows as they are."),
    "majority_only": Control("Train rows of the groups that get none."),
    "minority_only": Control("Train rows of the groups that get some, and no others."),
    "weights": Control(
        "All train rows, weighed so that each group counts as much as any other; within a group "
        "all rows count alike, so that its share of events stays."
    ),
    "duplication": Control(
        "Train rows and copies of the groups' own: each row once before any a second time.",
        seeded=True,
    ),
    "smote_nc": Control(
        "Train rows and points between near rows of one group and outcome (SMOTE-NC, Chawla et al. "
        "2002, by imbalanced-learn); columns are scaled for nearness, gaps count as a level.",
        seeded=True,
    ),
    "real": Control(
        "Train rows and real rows of the groups that were withheld from everything else.",
        seeded=True,
    ),
}

SCORES: dict[Task, tuple[str, ...]] = {
    "classification": ("auroc", "auprc", "brier", "log_loss"),
    "regression": ("r2", "rmse", "mae"),
    "survival": ("harrell_c", "uno_c", "integrated_brier"),
}
OF_EVENTS = ("slope", "slope_error", "intercept", "recall_at_specificity", "net_benefit")
FEWEST = dict.fromkeys(("slope", "slope_error", "intercept"), MIN_FOR_SLOPE)
ENOUGH = MIN_EVENTS  # what every other score needs: events and non-events of the group; or rows

_TRAINED = "Trained on train rows with what was added, tested on the group's holdout rows"
_COST = "a linear model n·d² and 60 trees n·d for each dose; scoring n log n"
_RELATIVE = "Small for rare events whatever the model: compare arms within a group, not groups."
_MISLEADS = {
    "brier": _RELATIVE,
    "integrated_brier": "Supposes that censoring does not depend on "
    "the features; compare arms within a group, not groups.",
}


def endpoint(task: Task, aug: AugmentationSpec) -> tuple[str, str]:
    """The measure that decides, and of which model: the last declared one's leading score.

    >>> endpoint("survival", AugmentationSpec(column="group", models=("linear",)))
    ('augmented.harrell_c', 'cox')
    """
    model = aug.models[-1]
    return f"augmented.{LEADS[task]}", LINEAR[task] if model == "linear" else model


def descriptors(task: Task, aug: AugmentationSpec) -> tuple[MetricDescriptor, ...]:
    """What is measured of every arm and control for a task, by group and for everybody.

    >>> [d.name for d in descriptors("regression", AugmentationSpec(column="group"))]
    ['augmented.r2', 'augmented.rmse', 'augmented.mae', 'augmented.rows', 'augmented.drawn']
    """
    known = {measure.name: measure for measure in UTILITY.measures}
    scores = tuple(_score(known[f"tstr.{name}"]) for name in SCORES[task])
    events = _of_events(aug) if task == "classification" else ()
    return (*scores, *events, *_COUNTS)


def of_targets(task: Task, aug: AugmentationSpec) -> MetricDescriptor:
    """What a policy chooses by: the deciding measure's mean over the groups that get rows.

    Its scale goes from what nothing added reaches to a perfect score. (Real rows would be another
    end, but there need not be as many as a dose asks for, nor need they help.)

    >>> of_targets("regression", AugmentationSpec(column="group")).ideal
    1
    """
    metric, model = endpoint(task, aug)
    known = next(d for d in descriptors(task, aug) if d.name == metric)
    return replace(
        known,
        name=TARGETS,
        question=f"{known.question} Mean over the groups that got rows, at the dose that decides.",
        floor="none",
        ceiling="ideal",
        formula=f"mean over these groups of {metric} ({model}), each counting alike",
    )


def _score(about: MetricDescriptor) -> MetricDescriptor:
    """The same score as utility's, of a model trained on augmented rows."""
    score = about.name.split(".")[1]
    _, _, asks = about.question.partition(": ")
    return replace(
        about,
        name=f"augmented.{score}",
        family="augmentation",
        question=f"{_TRAINED}: {asks}",
        floor="",
        ceiling="",
        order=(),
        interval="",
        source=about.source.removeprefix("Esteban et al. 2017").removeprefix("; "),
        misleads=_MISLEADS.get(score, about.misleads),
        cost=_COST,
    )


def _measure(name: str, direction: Direction, question: str, **said: Any) -> MetricDescriptor:
    return MetricDescriptor(f"augmented.{name}", "augmentation", direction, question, **said)


def _of_events(aug: AugmentationSpec) -> tuple[MetricDescriptor, ...]:
    """What is measured only of a target of two classes."""
    treated = "the share of events among train rows" if aug.threshold is None else aug.threshold
    cut = (
        f"called: above the chance that {aug.specificity:g} of the validation rows' non-events, of "
        "all groups, do not exceed"
    )
    calibrated: dict[str, Any] = {
        "source": "Cox 1958; Van Calster et al. 2019",
        "cost": "O(n)",
        "checked": "unpenalised logistic regressions of scikit-learn and statsmodels",
    }
    return (
        _measure(
            "slope",
            "none",
            f"{_TRAINED}: are chances too extreme (below 1) or too timid (above 1)? Groups of at "
            f"least {MIN_FOR_SLOPE} events and non-events.",
            ideal=1,
            formula="slope of the logistic regression of the event on the logit of its chance",
            misleads="A slope of 1 does not say that chances are right: all may be too high alike "
            "(intercept).",
            **calibrated,
        ),
        _measure(
            "slope_error",
            "minimize",
            f"{_TRAINED}: how far are chances from being neither too extreme nor too timid?",
            ideal=0,
            low=0,
            formula="|slope − 1|",
            misleads="Above 0 by chance, the more so the fewer events the group has.",
            **calibrated,
        ),
        _measure(
            "intercept",
            "none",
            f"{_TRAINED}: are chances too high on the whole (below 0) or too low (above 0)?",
            ideal=0,
            formula="intercept of the logistic regression of the event on the logit of its chance, "
            "the slope held at 1 (calibration in the large)",
            misleads="Right on the whole may be wrong for everyone: see slope.",
            **calibrated,
        ),
        _measure(
            "recall_at_specificity",
            "maximize",
            f"{_TRAINED}: what share of the group's events is called?",
            ideal=1,
            low=0,
            high=1,
            formula=f"called events / events; {cut}",
            misleads="One cut serves all groups: the specificity within a group differs from it, "
            "and in the holdout it is met only on average.",
            cost="O(n log n)",
            checked="the same cut by brute force over all chances",
        ),
        _measure(
            "net_benefit",
            "maximize",
            f"{_TRAINED}: how much better than treating nobody is treating whose chance is at "
            f"least {treated}?",
            high=1,
            null=0,
            formula="TP/n − FP/n · t/(1 − t) at the threshold t",
            misleads="At most the share of events: groups do not compare. It depends on the "
            "threshold, which says what a false alarm costs.",
            source="Vickers & Elkin 2006",
            cost="O(n)",
            checked="closed forms of treating everybody, nobody and the right ones",
        ),
        _measure(
            "equalised_odds",
            "minimize",
            f"{_TRAINED}: how much do a group's chances to be called, given what is true of its "
            "members, differ from another's?",
            ideal=0,
            low=0,
            high=1,
            formula="max of (max − min over groups of P(called | event)) and (max − min of "
            f"P(called | no event)); {cut}. Groups of at least {MIN_EVENTS} events and non-events.",
            misleads="Above 0 by chance, the more so the smaller and the more numerous the groups "
            "are. A model that hardly tells anyone apart treats all groups alike.",
            source="Hardt et al. 2016 (Fairlearn, equalized_odds_difference)",
            cost="O(n)",
            checked="fairlearn",
        ),
    )


_COUNTS = (
    _measure(
        "rows",
        "none",
        "How many rows were added to the group?",
        low=0,
        formula="rows trained on that are not train rows",
        misleads="As many rows need not teach as much: copies tell nothing new.",
        cost="O(n)",
        checked="doses by hand",
    ),
    _measure(
        "drawn",
        "none",
        "How many rows did the generator draw for each of the group that was kept?",
        low=1,
        formula="rows drawn / rows kept; 1 unless rows of other groups are thrown away",
        misleads="Many tell that the group is rare, not that its rows are poor.",
        cost="nothing beside sampling",
        checked="the share of a group in the generator's rows",
    ),
)
