"""Cards of the utility metrics: what models trained on synthetic rows are worth."""

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from synthcraft.catalogue import MetricCard, Params, Task
from synthcraft.records import MetricDescriptor

Models = tuple[Literal["linear", "boosting", "mlp"], ...]
LINEAR: dict[Task, str] = {
    "classification": "logistic",
    "regression": "ridge",
    "survival": "cox",
}
LEADS: dict[Task, str] = {"classification": "auroc", "regression": "r2", "survival": "harrell_c"}
# Of the levels of sensitive columns: whether they are told apart, and how far off each answer is.
GROUP_SCORES: dict[Task, tuple[str, ...]] = {
    "classification": ("auroc", "brier"),
    "regression": ("r2", "mae"),
    "survival": ("harrell_c", "integrated_brier"),
}
MIN_EVENTS = 10  # of a group's holdout rows, and as many others: below, no score of it is given


class UtilityParams(Params):
    """Parameters of ``utility``."""

    models: Models = Field(
        ("linear", "boosting"),
        min_length=1,
        description="Models trained: regularised logistic, ridge or Cox regression (linear); "
        "gradient boosting; a network of 32 hidden units (mlp; not for survival).",
    )
    iterations: int = Field(60, ge=5, le=1000, description="Boosting iterations.")
    resamples: int = Field(300, ge=100, le=10_000, description="Bootstrap resamples of intervals.")


class ImportanceParams(Params):
    """Parameters of ``importance``."""

    models: Models = Field(
        ("linear", "boosting"),
        min_length=1,
        description="Models whose features are ranked; see utility.",
    )
    iterations: int = Field(60, ge=5, le=1000, description="Boosting iterations.")
    rows: int = Field(
        1000, ge=50, le=100_000, description="Holdout rows at most, drawn by a fixed seed."
    )
    features: int = Field(
        200, ge=4, le=10_000, description="Features at most, drawn by a fixed seed."
    )
    repeats: int = Field(2, ge=1, le=50, description="Permutations of each feature, averaged.")


@dataclass(frozen=True, kw_only=True)
class _Score:
    """One way to score predictions, for one task."""

    task: Task
    asks: str
    formula: str
    ideal: float
    low: float | None
    high: float | None
    gain: bool
    misleads: str
    checked: str
    source: str = ""
    interval: bool = True


_AGAINST = "One against the rest with more than two classes: mean over the holdout's classes"
_SCORES: dict[str, _Score] = {
    "auroc": _Score(
        task="classification",
        asks="are events ranked above non-events",
        formula=f"P(chance of an event > chance of a non-event), ties half. {_AGAINST}.",
        ideal=1,
        low=0,
        high=1,
        gain=True,
        misleads="Blind to wrong probabilities as long as their order is right; of rare events it "
        "says little about those called.",
        checked="scikit-learn (roc_auc_score, with weights); spread of resamples: DeLong; coverage "
        "by simulation of two normals",
        source="Hanley & McNeil 1982",
    ),
    "auprc": _Score(
        task="classification",
        asks="are the top-ranked rows events",
        formula=f"Average precision: Σ (recall step · precision). {_AGAINST}.",
        ideal=1,
        low=0,
        high=1,
        gain=True,
        misleads="Its floor is the prevalence, so tables of different prevalence do not compare.",
        checked="scikit-learn (average_precision_score, with weights)",
        interval=False,
    ),
    "brier": _Score(
        task="classification",
        asks="how far are predicted probabilities from outcomes, squared",
        formula="Binary: mean (p − y)². More classes: summed over classes.",
        ideal=0,
        low=0,
        high=2,
        gain=False,
        misleads="Small for rare events whatever the model: compare with floor.brier.",
        checked="scikit-learn (brier_score_loss)",
        source="Brier 1950",
    ),
    "log_loss": _Score(
        task="classification",
        asks="how surprising are the outcomes under the predicted probabilities",
        formula="Mean of −ln p(own class), with p ← (1−λ)p + λ/K, λ = 0.001 for all trainings.",
        ideal=0,
        low=0,
        high=None,
        gain=False,
        misleads="A few confident errors dominate; a class that the synthetic rows lack costs "
        "ln(K/λ) a row.",
        checked="scikit-learn (log_loss)",
    ),
    "ece": _Score(
        task="classification",
        asks="are predicted probabilities as large as the shares of events",
        formula="Σ over 10 bins of equal size of (share of rows) · |mean chance − share of "
        "events|; more than two classes: of the foretold class. Not debiased.",
        ideal=0,
        low=0,
        high=1,
        gain=False,
        misleads="Above 0 by chance alone: a perfect model shows about 0.8 · √(10·p(1−p)/n). "
        "Predicting everybody's mean is well calibrated. Compare with trtr.ece on the same rows.",
        checked="scikit-learn (calibration_curve); closed form of a constant prediction; "
        "simulation of a perfect model",
        source="Naeini et al. 2015; equal-size bins: Nguyen & O'Connor 2015",
        interval=False,
    ),
    "recall": _Score(
        task="classification",
        asks="how many rows of a class are called so",
        formula="Share of a class's holdout rows whose most probable class it is (a column for "
        "each class); without a column: mean over the holdout's classes.",
        ideal=1,
        low=0,
        high=1,
        gain=True,
        misleads="A rare event is seldom the most probable class even for a perfect model: "
        "compare with trtr.recall.",
        checked="scikit-learn (recall_score)",
    ),
    "r2": _Score(
        task="regression",
        asks="what share of the outcome's variance is predicted",
        formula="1 − mean squared error / variance of the holdout's outcomes.",
        ideal=1,
        low=None,
        high=1,
        gain=True,
        misleads="A few extreme outcomes dominate; below 0 where the mean predicts better.",
        checked="scikit-learn (r2_score)",
    ),
    "rmse": _Score(
        task="regression",
        asks="how far are predictions from outcomes, in units of the target",
        formula="√ mean (prediction − outcome)².",
        ideal=0,
        low=0,
        high=None,
        gain=False,
        misleads="Large errors count by their square.",
        checked="scikit-learn (root_mean_squared_error)",
    ),
    "mae": _Score(
        task="regression",
        asks="how far off is a prediction on average, in units of the target",
        formula="Mean |prediction − outcome|.",
        ideal=0,
        low=0,
        high=None,
        gain=False,
        misleads="The models minimise squared errors, so that skewed outcomes look worse than "
        "need be.",
        checked="scikit-learn (mean_absolute_error)",
    ),
    "harrell_c": _Score(
        task="survival",
        asks="does the earlier of two events have the higher predicted risk",
        formula="Share of comparable pairs (the earlier time is an event) that the risk orders, "
        "ties half.",
        ideal=1,
        low=0,
        high=1,
        gain=True,
        misleads="Depends on the censoring (see uno_c); blind to wrong probabilities.",
        checked="lifelines (concordance_index) and scikit-survival (concordance_index_censored); "
        "closed form of exponential times",
        source="Harrell et al. 1996",
    ),
    "uno_c": _Score(
        task="survival",
        asks="does the earlier of two events have the higher predicted risk, had nobody been "
        "censored",
        formula="As harrell_c, each pair weighed by 1/G² at its earlier time, which must lie "
        "before the horizon; G: chance not to be censored, Kaplan–Meier on train rows; horizon: "
        "last time at which G and the share of train rows at risk are at least 0.1.",
        ideal=1,
        low=0,
        high=1,
        gain=True,
        misleads="Supposes that censoring does not depend on the features.",
        checked="scikit-survival (concordance_index_ipcw); does not move with the censoring",
        source="Uno et al. 2011",
    ),
    "integrated_brier": _Score(
        task="survival",
        asks="how far are predicted survival curves from what happened, squared",
        formula="Brier score of survival beyond t, weighed by 1/G (see uno_c), integrated over 26 "
        "times from 0 to the horizon, divided by the horizon.",
        ideal=0,
        low=0,
        high=None,
        gain=False,
        misleads="Supposes that censoring does not depend on the features; compare with "
        "floor.integrated_brier.",
        checked="scikit-survival (integrated_brier_score); closed form of exponential times",
        source="Graf et al. 1999",
    ),
}
GAINS = frozenset(name for name, score in _SCORES.items() if score.gain)
NO_INTERVAL = frozenset(name for name, score in _SCORES.items() if not score.interval)

_INTERVAL = (
    "BCa bootstrap over holdout rows (persons, where declared); the models are taken as they are"
)
_KINDS = {
    "tstr": "Trained on synthetic rows, tested on holdout rows",
    "tstr_full": "Trained on all synthetic rows, where there are more than train rows, tested on "
    "holdout rows",
    "trtr": "Trained on as many real train rows, tested on holdout rows",
    "floor": "Predicting the train rows' class shares, mean or survival curve for everybody, "
    "tested on holdout rows",
}
_COST = (
    "a linear model n·d² and {} trees n·d; scoring: {} holdout rows of 300 resamples; real side "
    "once per split"
)


def _cost(score: str) -> str:
    pairs = score in ("harrell_c", "uno_c")
    return _COST.format(60, "events × all" if pairs else "all (sorted once)")


def _trained(score: str, kind: str) -> MetricDescriptor:
    about = _SCORES[score]
    leads = kind == "tstr"
    return MetricDescriptor(
        f"{kind}.{score}",
        "utility",
        ("maximize" if about.gain else "minimize") if leads else "none",
        f"{_KINDS[kind]}: {about.asks}?",
        ideal=about.ideal,
        low=about.low,
        high=about.high,
        floor="prevalence" if leads else "",
        ceiling="trtr" if leads else "",
        order=("train_copy", "noise") if leads and score not in ("ece", "recall") else (),
        interval=_INTERVAL if about.interval and kind != "floor" else "",
        source="; ".join(filter(None, ("Esteban et al. 2017" if leads else "", about.source))),
        formula=about.formula,
        misleads=about.misleads
        + (" More rows than the real data had: no ceiling applies." if kind == "tstr_full" else ""),
        cost=_cost(score),
        checked=about.checked,
    )


def _gap(score: str) -> MetricDescriptor:
    about = _SCORES[score]
    return MetricDescriptor(
        f"gap.{score}",
        "utility",
        "minimize",
        f"What does training on synthetic instead of real rows cost in {score}? Above 0: "
        "synthetic rows are worse.",
        ideal=0,
        null=0,
        interval=f"paired {_INTERVAL}" if about.interval else "",
        formula=f"{'TRTR − TSTR' if about.gain else 'TSTR − TRTR'} of {score}, both trained on as "
        "many rows and tested on the same ones.",
        misleads="Small also where nothing can be learnt: compare trtr with floor. Below 0 by "
        "chance, or where synthetic rows are smoother than real ones.",
        cost=_cost(score),
        checked="0 for a copy of the train rows; TRTR − TSTR by hand; " + about.checked,
    )


def _measures(score: str) -> tuple[MetricDescriptor, ...]:
    return (*(_trained(score, kind) for kind in _KINDS), _gap(score))


CHOICE_REGRET = MetricDescriptor(
    "choice_regret",
    "utility",
    "minimize",
    "What is lost by choosing the model that does best after training on synthetic rows, instead "
    "of the one that does best after training on real ones?",
    ideal=0,
    low=0,
    formula="max over models of TRTR − TRTR of the model with the highest TSTR; AUROC, R² or "
    "Harrell's C.",
    misleads="0 also by luck: with two models a coin is right half of the time. Compare how far "
    "apart the trtr of the models are.",
    cost="nothing beside the scores",
    checked="by hand, from tstr and trtr",
)
UTILITY = MetricCard(
    name="utility",
    summary="Models trained on synthetic or on real rows, tested on the same holdout rows.",
    implementation="synthcraft.metrics.utility.train_test:Utility",
    params=UtilityParams,
    measures=(
        *(descriptor for score in _SCORES for descriptor in _measures(score)),
        CHOICE_REGRET,
    ),
    measure_tasks={
        descriptor.name: (about.task,)
        for score, about in _SCORES.items()
        for descriptor in _measures(score)
    },
)

IMPORTANCE = MetricCard(
    name="importance",
    summary="Whether models rely on the same features when trained on synthetic rows.",
    implementation="synthcraft.metrics.utility.importance:Importance",
    params=ImportanceParams,
    measures=(
        MetricDescriptor(
            "importance_agreement",
            "utility",
            "maximize",
            "Do a model trained on synthetic rows and one trained on real rows rely on the same "
            "features? Spearman correlation of their importances; 1: the same order.",
            ideal=1,
            low=-1,
            high=1,
            null=0,
            floor="null",
            ceiling="train_copy",
            order=("train_copy", "noise"),
            source="Breiman 2001 (permutation importance)",
            formula="Importance of a feature: AUROC, R² or Harrell's C lost on the holdout when "
            "its values are permuted, one number per feature, mean of 2 permutations, the same "
            "for both models; then Spearman's correlation over features.",
            misleads="Features that matter to neither model are ranked by noise, so that fresh "
            "real rows stay below 1; of two correlated features either may be used. Needs four "
            "features.",
            cost="2·d predictions of at most 1,000 holdout rows a model, d at most 200",
            checked="scikit-learn (permutation_importance) of the same model; planted ladder",
        ),
    ),
)
