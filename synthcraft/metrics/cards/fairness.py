"""Card of fairness: whether synthetic rows serve each level of the sensitive columns alike."""

from typing import Any, Literal

from pydantic import Field

from synthcraft.catalogue import MetricCard, Params, Task
from synthcraft.metrics.cards.utility import MIN_EVENTS
from synthcraft.records import MetricDescriptor

MIN_FOR_SLOPE = 50  # events and non-events each
MIN_FOR_FIDELITY = 50  # holdout rows of a group


class FairnessParams(Params):
    """Parameters of ``fairness``."""

    model: Literal["linear", "boosting"] = Field(
        "boosting", description="Model whose predictions are compared between groups; see utility."
    )
    iterations: int = Field(60, ge=5, le=1000, description="Boosting iterations.")
    resamples: int = Field(300, ge=100, le=10_000, description="Bootstrap resamples of intervals.")


_SPREAD = (
    "A spread of estimates is above 0 by chance, the more so the smaller and the more numerous the "
    "groups are; compare it with the same spread of the model trained on real rows."
)
_OF_MODELS = (
    f"{_SPREAD} A less accurate model spreads more by chance; one that hardly tells anyone apart "
    "treats all groups alike: see the score itself."
)
_SIMULTANEOUS = (
    "bootstrap over holdout rows (persons, where declared): spread ± the 95 % quantile of the "
    "largest deviation between two groups; holds for all pairs at once, so it is wide"
)
_ENOUGH = (
    f"Groups have at least {MIN_EVENTS} events and {MIN_EVENTS} non-events in the holdout "
    f"(calibration slope: {MIN_FOR_SLOPE})."
)
_ENOUGH_CLASSES = f"Groups have at least {MIN_EVENTS} holdout rows of each class."
_ENOUGH_AMOUNTS = f"Groups have at least {2 * MIN_EVENTS} holdout rows."
_ENOUGH_DURATIONS = (
    f"Groups have at least {2 * MIN_EVENTS} holdout rows, {MIN_EVENTS} of them with the event."
)
_OF_REAL = "The same of the model trained on as many real rows."
_CUT = "cut so that the share called positive in the holdout is the events’ share of train rows"


def _measure(name: str, direction: Any, question: str, **said: Any) -> MetricDescriptor:
    return MetricDescriptor(name, "fairness", direction, question, **said)


def _spread(
    name: str, question: str, *, formula: str, enough: str = _ENOUGH, **said: Any
) -> tuple[MetricDescriptor, ...]:
    """A spread over groups of the model trained on synthetic rows, and of that on real rows."""
    known = {
        "ideal": 0,
        "low": 0,
        "interval": _SIMULTANEOUS,
        "formula": formula,
        "misleads": _OF_MODELS,
        "cost": "O(resamples · n log n), beside the model that utility trains",
        **said,
    }
    return (
        _measure(name, "minimize", f"{question} {enough}", **known),
        _measure(f"{name}_real", "none", f"{question} {_OF_REAL}", **known),
    )


def _of_group(name: str, question: str, **said: Any) -> tuple[MetricDescriptor, ...]:
    """A number of a group under the model trained on synthetic rows, and that on real rows."""
    known = {"interval": _PERCENTILE, "cost": "O(resamples · n)", **said}
    return (
        _measure(name, "none", question, **known),
        _measure(f"{name}_real", "none", f"{question} {_OF_REAL}", **known),
    )


_PERCENTILE = "percentile bootstrap over holdout rows (persons, where declared)"
_SLOPE: dict[str, Any] = {
    "ideal": 1,
    "interval": f"{_PERCENTILE}; each resample’s slope by one Newton step",
    "source": "Cox 1958; Van Calster et al. 2019",
    "formula": "slope of the logistic regression of the event on the logit of its chance",
    "misleads": "A slope of 1 does not say that chances are right: all may be too high alike.",
    "cost": "O(resamples · n)",
    "checked": "an unpenalised logistic regression of scikit-learn; known slopes by simulation",
}

_SIZES = (
    _measure(
        "group_share",
        "none",
        "What share of the synthetic rows belongs to the group? Only groups of at least 10 train "
        "and 10 holdout rows are told.",
        low=0,
        high=1,
        interval="Wilson",
        formula="rows of the group / all rows",
        misleads="Right shares do not make right rows: see group_fidelity.",
        cost="O(n)",
        checked="planted shares",
    ),
    _measure(
        "group_share_real",
        "none",
        "What share of the train rows belongs to the group?",
        low=0,
        high=1,
        formula="rows of the group / all rows",
        misleads="The train rows' share, which the generator saw; the population's may differ.",
        cost="O(n)",
        checked="planted shares",
    ),
    _measure(
        "representation",
        "maximize",
        "How well is the group that fares worst represented? Its synthetic share / its share of "
        "train rows; 1: no group is diminished, 0: one is gone.",
        ideal=1,
        low=0,
        high=1,
        floor="noise",
        ceiling="train_copy",
        order=("train_copy", "noise"),
        formula="min over groups of group_share / group_share_real, at most 1",
        misleads="The smallest of several ratios lies below 1 by chance where groups are small. It "
        "does not see groups of fewer than 10 train or holdout rows.",
        cost="O(n)",
        checked="planted shares",
    ),
    _measure(
        "group_fidelity",
        "maximize",
        "How alike are a group's synthetic and holdout rows? Mean over the other columns of 1 − KS "
        "distance (numbers) and 1 − total variation (levels), at one size for all groups of a "
        f"column. Groups of at least {MIN_FOR_FIDELITY} holdout rows.",
        ideal=1,
        low=0,
        high=1,
        floor="noise",
        ceiling="train_copy",
        order=("train_copy", "noise"),
        formula="mean of ks_complement and tv_complement over columns, mean over draws",
        misleads="It falls with the common size, which the smallest group sets (n). Columns one by "
        "one: how they go together within the group is not seen.",
        cost="O(draws · d · n log n)",
        checked="ks_complement and tv_complement of the same rows",
    ),
    _measure(
        "group_fidelity_gap",
        "minimize",
        "How much less alike are the rows of the worst group than those of the best?",
        ideal=0,
        low=0,
        high=1,
        formula="max − min over groups of group_fidelity",
        misleads=_SPREAD,
        cost="as group_fidelity",
        checked="by its parts",
    ),
)

_EVENTS = (
    _measure(
        "calibration_slope",
        "none",
        "Are the chances that the model trained on synthetic rows gives to a group too extreme "
        "(below 1) or too timid (above 1)?",
        **_SLOPE,
    ),
    _measure(
        "calibration_slope_real",
        "none",
        f"Are the chances given to a group too extreme (below 1)? {_OF_REAL}",
        **_SLOPE,
    ),
    *_spread(
        "calibration_gap",
        "How much does the calibration slope differ between groups?",
        formula="max − min over groups of calibration_slope",
        checked="by its parts",
    ),
    *_of_group(
        "called_positive",
        "What share of a group does the model trained on synthetic rows call positive?",
        low=0,
        high=1,
        formula=f"P(called positive); {_CUT}",
        misleads="Groups whose events differ in frequency should be called differently.",
        checked="fairlearn (selection_rate)",
    ),
    *_of_group(
        "true_positive_rate",
        "What share of a group’s events does the model trained on synthetic rows call (recall)?",
        ideal=1,
        low=0,
        high=1,
        formula=f"P(called positive | event); {_CUT}",
        misleads="Rises for every group where more rows are called; see false_positive_rate.",
        checked="fairlearn (true_positive_rate)",
    ),
    *_of_group(
        "false_positive_rate",
        "What share of a group’s non-events does the model trained on synthetic rows call?",
        ideal=0,
        low=0,
        high=1,
        formula=f"P(called positive | no event); {_CUT}",
        misleads="Falls for every group where fewer rows are called; see true_positive_rate.",
        checked="fairlearn (false_positive_rate)",
    ),
    *_spread(
        "demographic_parity",
        "How much more often does the model trained on synthetic rows call the members of one "
        "group positive than those of another?",
        high=1,
        formula=f"max − min over groups of P(called positive); {_CUT}",
        source="Agarwal et al. 2018 (Fairlearn, demographic_parity_difference)",
        checked="fairlearn",
        misleads="Groups whose events differ in frequency should be called differently. "
        f"{_OF_MODELS}",
    ),
    *_spread(
        "equalised_odds",
        "How much do a group's chances to be called positive, given what is true of its members, "
        "differ from another's?",
        high=1,
        formula="max of (max − min over groups of P(called | event)) and (max − min of "
        f"P(called | no event)); {_CUT}",
        source="Hardt et al. 2016 (Fairlearn, equalized_odds_difference)",
        checked="fairlearn",
    ),
)
_LEADS = {
    "classification": _spread(
        "auroc_gap",
        "How much less well does the model trained on synthetic rows rank the events of the worst "
        "group than those of the best?",
        enough=_ENOUGH_CLASSES,
        high=1,
        formula="max − min over groups of AUROC",
        checked="scikit-learn's roc_auc_score by group; coverage by simulation",
    ),
    "regression": (
        *_spread(
            "r2_gap",
            "How much less of a group's own variance does the model trained on synthetic rows "
            "predict in the worst group than in the best?",
            enough=_ENOUGH_AMOUNTS,
            formula="max − min over groups of R²",
            checked="scikit-learn's r2_score by group (fairlearn's MetricFrame)",
            misleads="A group whose outcomes vary little has a low R² however small the errors "
            f"are: see mae_gap. {_OF_MODELS}",
        ),
        *_spread(
            "mae_gap",
            "How much further off is the model trained on synthetic rows in the worst group than "
            "in the best, in units of the target?",
            enough=_ENOUGH_AMOUNTS,
            formula="max − min over groups of the mean absolute error",
            checked="scikit-learn's mean_absolute_error by group (fairlearn's MetricFrame)",
            misleads=f"Errors are larger where outcomes vary more. {_SPREAD}",
        ),
    ),
    "survival": _spread(
        "harrell_c_gap",
        "How much less well does the model trained on synthetic rows rank the times of the worst "
        "group than those of the best?",
        enough=_ENOUGH_DURATIONS,
        high=1,
        formula="max − min over groups of Harrell's C; pairs within a group",
        checked="lifelines (concordance_index) by group",
        misleads=f"Groups whose follow-up differs in length differ in C. {_OF_MODELS}",
    ),
}
_ERRORS = (
    *_of_group(
        "mean_error",
        "Does the model trained on synthetic rows foretell too much (above 0) or too little for "
        "a group? Of chances: points of probability; of numbers: units of the target.",
        ideal=0,
        formula="mean of (prediction − outcome) over the group's holdout rows; an event counts 1",
        source="calibration in the large: Van Calster et al. 2019",
        misleads="0 also where errors cancel out: see calibration_slope, tstr.mae.",
        checked="by hand (fairlearn's MetricFrame)",
    ),
    *_spread(
        "mean_error_gap",
        "How much more does the model trained on synthetic rows foretell for one group than for "
        "another, beyond what is true?",
        enough=f"{_ENOUGH_CLASSES[:-1]}; of numbers, {2 * MIN_EVENTS} holdout rows.",
        formula="max − min over groups of mean_error",
        checked="by its parts",
        misleads=f"0 also where all groups are misjudged alike: see mean_error. {_SPREAD}",
    ),
)
_BY_TASKS: tuple[tuple[tuple[MetricDescriptor, ...], tuple[Task, ...]], ...] = (
    (_LEADS["classification"], ("classification",)),
    (_LEADS["regression"], ("regression",)),
    (_LEADS["survival"], ("survival",)),
    (_ERRORS, ("classification", "regression")),
    (_EVENTS, ("classification",)),
)

FAIRNESS = MetricCard(
    name="fairness",
    summary="Size, likeness and usefulness of synthetic rows by level of the sensitive columns.",
    implementation="synthcraft.metrics.fairness:Fairness",
    params=FairnessParams,
    measures=(*_SIZES, *(measure for measures, _ in _BY_TASKS for measure in measures)),
    measure_tasks={measure.name: tasks for measures, tasks in _BY_TASKS for measure in measures},
)
