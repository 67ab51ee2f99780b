"""Cards of the utility metrics: what analyses of synthetic rows are worth."""

from typing import Literal

from pydantic import Field

from synthcraft.catalogue import MetricCard, Params, Task
from synthcraft.records import Direction, MetricDescriptor


class UtilityParams(Params):
    """Parameters of ``utility``."""

    models: tuple[Literal["linear", "boosting"], ...] = Field(
        ("linear", "boosting"),
        min_length=1,
        description="Models trained: regularised logistic or ridge regression; gradient boosting.",
    )
    iterations: int = Field(60, ge=5, le=1000, description="Boosting iterations.")
    resamples: int = Field(300, ge=100, le=10_000, description="Bootstrap resamples of intervals.")


_BOOTSTRAP = "percentile bootstrap over holdout rows (persons, where declared), stratified by class"
_SCORES: dict[str, tuple[Direction, str, float, float | None, float | None]] = {
    "auroc": ("maximize", "are events ranked above non-events (macro over classes)", 1, 0, 1),
    "auprc": ("maximize", "are the top-ranked rows events (macro over classes)", 1, 0, 1),
    "brier": ("minimize", "how far are predicted probabilities from outcomes, squared", 0, 0, 2),
    "rmse": (
        "minimize",
        "how far are predictions from outcomes, in units of the target",
        0,
        0,
        None,
    ),
    "r2": ("maximize", "what share of the outcome's variance is predicted", 1, None, 1),
}
_SCORE_TASKS: dict[str, tuple[Task, ...]] = {
    "auroc": ("classification",),
    "auprc": ("classification",),
    "brier": ("classification",),
    "rmse": ("regression",),
    "r2": ("regression",),
}


def _utility(score: str) -> tuple[MetricDescriptor, ...]:
    direction, asks, ideal, low, high = _SCORES[score]
    trained = {
        "tstr": "Trained on synthetic rows, tested on holdout rows",
        "trtr": "Trained on as many real train rows, tested on holdout rows",
        "floor": "Predicting the train rows' class shares or mean, tested on holdout rows",
    }
    scores = tuple(
        MetricDescriptor(
            f"{kind}.{score}",
            "utility",
            direction if kind == "tstr" else "none",
            f"{text}: {asks}?",
            ideal=ideal,
            low=low,
            high=high,
            floor="prevalence" if kind == "tstr" else "",
            ceiling="trtr" if kind == "tstr" else "",
            order=("train_copy", "noise") if kind == "tstr" else (),
            interval="" if kind == "floor" else _BOOTSTRAP,
            source="Esteban et al. 2017" if kind == "tstr" else "",
        )
        for kind, text in trained.items()
    )
    gap = MetricDescriptor(
        f"gap.{score}",
        "utility",
        "minimize",
        f"What does training on synthetic instead of real rows cost in {score}? Above 0: "
        "synthetic rows are worse (TRTR − TSTR, turned round where smaller is better).",
        ideal=0,
        null=0,
        interval="paired " + _BOOTSTRAP,
    )
    return (*scores, gap)


UTILITY = MetricCard(
    name="utility",
    summary="Models trained on synthetic or on real rows, tested on the same holdout rows.",
    implementation="synthcraft.metrics.utility:Utility",
    params=UtilityParams,
    tasks=("classification", "regression"),
    measures=tuple(descriptor for score in _SCORES for descriptor in _utility(score)),
    measure_tasks={
        descriptor.name: tasks
        for score, tasks in _SCORE_TASKS.items()
        for descriptor in _utility(score)
    },
)
