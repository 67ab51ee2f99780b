"""What each metric is and what its extremes mean; loading this needs no numpy.

Where a measure has the roles main, control and excess, its direction, ideal, null and bounds are
those of the excess: what remains of a risk once fresh real rows have been taken as the yardstick.
"""

from typing import Literal

from pydantic import Field

from synthcraft.catalogue import MetricCard, Params, Task
from synthcraft.records import Direction, MetricDescriptor


class ContingencyParams(Params):
    """Parameters of ``contingency``."""

    bins: int = Field(5, ge=2, le=50, description="Bins of a numeric column, by train quantiles.")
    columns: int = Field(
        60, ge=2, le=500, description="At most this many columns are paired, drawn by a fixed seed."
    )


class C2stParams(Params):
    """Parameters of ``c2st``."""

    folds: int = Field(5, ge=2, le=20, description="Folds of the cross-fitted classifier.")
    draws: int = Field(3, ge=1, le=5, description="Common-size draws that are averaged.")
    iterations: int = Field(60, ge=5, le=1000, description="Boosting iterations of the classifier.")


class DcrShareParams(Params):
    """Parameters of ``dcr_share``."""

    resamples: int = Field(
        500, ge=100, le=10_000, description="Bootstrap resamples of the interval."
    )


class UtilityParams(Params):
    """Parameters of ``utility``."""

    models: tuple[Literal["linear", "boosting"], ...] = Field(
        ("linear", "boosting"),
        min_length=1,
        description="Models trained: regularised logistic or ridge regression; gradient boosting.",
    )
    iterations: int = Field(60, ge=5, le=1000, description="Boosting iterations.")
    resamples: int = Field(300, ge=100, le=10_000, description="Bootstrap resamples of intervals.")


def _univariate(name: str, question: str, source: str) -> MetricDescriptor:
    return MetricDescriptor(
        name,
        "fidelity",
        "maximize",
        question,
        ideal=1,
        low=0,
        high=1,
        floor="noise",
        ceiling="train_copy",
        order=("train_copy", "noise"),
        source=source,
    )


MARGINALS = MetricCard(
    name="marginals",
    summary="Columns one by one: distributions and missing values, synthetic against holdout rows.",
    implementation="synthcraft.metrics.fidelity:Marginals",
    source="SDMetrics (KSComplement, TVComplement)",
    measures=(
        _univariate(
            "ks_complement",
            "How alike are the distributions of a numeric column? 1 − Kolmogorov–Smirnov "
            "distance of the observed values; 1: the same, 0: no overlap. Without a column: "
            "mean over columns.",
            "SDMetrics, KSComplement",
        ),
        _univariate(
            "tv_complement",
            "How alike are the shares of a categorical column's levels (missing is a level)? 1 "
            "− total variation; 1: the same, 0: no level in common. Without a column: mean over "
            "columns.",
            "SDMetrics, TVComplement",
        ),
        MetricDescriptor(
            "missingness",
            "fidelity",
            "minimize",
            "How far apart are the rates of missing values of a column? Without a column: mean "
            "over the columns, but for those with 1 to 9 missing values.",
            ideal=0,
            low=0,
            high=1,
        ),
        MetricDescriptor(
            "missingness_pattern",
            "fidelity",
            "minimize",
            "Are the same columns missing together? Total variation between shares of patterns "
            "(of the columns that missingness counts).",
            ideal=0,
            low=0,
            high=1,
            ceiling="train_copy",
        ),
    ),
)

CORRELATION = MetricCard(
    name="correlation",
    summary="Rank correlations of numeric columns, synthetic against holdout rows.",
    implementation="synthcraft.metrics.fidelity:Correlation",
    source="SDMetrics (CorrelationSimilarity)",
    measures=(
        MetricDescriptor(
            "correlation_similarity",
            "fidelity",
            "maximize",
            "Do numeric columns rise and fall together as in real rows? 1 − mean difference of "
            "Spearman correlations / 2 over all pairs; an undefined synthetic correlation "
            "(constant column) counts as 0.",
            ideal=1,
            low=0,
            high=1,
            floor="marginals",
            ceiling="train_copy",
            order=("train_copy", "marginals"),
            source="SDMetrics, CorrelationSimilarity",
        ),
    ),
)

CONTINGENCY = MetricCard(
    name="contingency",
    summary="Joint tables of all pairs of columns, synthetic against holdout rows.",
    implementation="synthcraft.metrics.fidelity:Contingency",
    params=ContingencyParams,
    source="SDMetrics (ContingencySimilarity)",
    measures=(
        MetricDescriptor(
            "contingency_similarity",
            "fidelity",
            "maximize",
            "Do pairs of values occur together as often as in real rows? 1 − total variation of "
            "the joint table, mean over pairs of columns (numbers binned by train quantiles).",
            ideal=1,
            low=0,
            high=1,
            floor="marginals",
            ceiling="train_copy",
            order=("train_copy", "marginals", "noise"),
            source="SDMetrics, ContingencySimilarity",
        ),
    ),
)

C2ST = MetricCard(
    name="c2st",
    summary="Can a classifier tell synthetic from holdout rows?",
    implementation="synthcraft.metrics.fidelity:C2st",
    params=C2stParams,
    source="Lopez-Paz & Oquab 2017",
    measures=(
        MetricDescriptor(
            "c2st",
            "fidelity",
            "maximize",
            "Can a classifier tell synthetic from real rows? 1 − 2·max(AUC − ½, 0); 1: it "
            "cannot, 0: it always can.",
            ideal=1,
            low=0,
            high=1,
            floor="marginals",
            ceiling="train_copy",
            order=("train_copy", "marginals"),
            source="Lopez-Paz & Oquab 2017",
        ),
        MetricDescriptor(
            "c2st_auc",
            "fidelity",
            "none",
            "AUC of the classifier that tells synthetic from real rows; 0.5: it cannot. The "
            "verdict is that of c2st.",
            ideal=0.5,
            low=0,
            high=1,
            null=0.5,
            source="Lopez-Paz & Oquab 2017",
        ),
    ),
)


def _risk(
    name: str,
    question: str,
    *,
    low: float | None = None,
    high: float | None = None,
    interval: str = "",
    source: str = "",
) -> MetricDescriptor:
    return MetricDescriptor(
        name,
        "privacy",
        "minimize",
        question,
        ideal=0,
        low=low,
        high=high,
        null=0,
        floor="null",
        ceiling="train_copy",
        order=("fresh_real", "train_copy"),
        interval=interval,
        source=source,
    )


EXACT_MATCH = MetricCard(
    name="exact_match",
    summary="Synthetic rows that are copies of train rows.",
    implementation="synthcraft.metrics.privacy:ExactMatch",
    measures=(
        _risk(
            "exact_match_rate",
            "What share of synthetic rows is identical to a train row? Control: the share of "
            "holdout rows that is. Excess: (main − control) / (1 − control); 0: as fresh rows, "
            "1: every row a copy.",
            high=1,
            interval="Wilson 1927; excess: difference of two shares, Newcombe 1998",
        ),
    ),
)

DCR = MetricCard(
    name="dcr",
    summary="Distance from synthetic rows to the closest train row.",
    implementation="synthcraft.metrics.privacy:Dcr",
    source="Platzer & Reutterer 2021",
    measures=tuple(
        _risk(
            name,
            f"How near do synthetic rows come to train rows ({which} of the distance to the "
            "closest one)? Control: holdout rows to train rows. Excess: control − main; above "
            "0: nearer than fresh rows.",
            source="Platzer & Reutterer 2021",
        )
        for name, which in (("dcr_q05", "5 % quantile"), ("dcr_median", "median"))
    ),
)

DCR_SHARE = MetricCard(
    name="dcr_share",
    summary="Are synthetic rows nearer to train rows than to rows the generator never saw?",
    implementation="synthcraft.metrics.privacy:DcrShare",
    params=DcrShareParams,
    source="Platzer & Reutterer 2021",
    measures=(
        _risk(
            "dcr_share",
            "What share of synthetic rows is nearer to train than to holdout rows (ties shared "
            "out)? Control: what is expected of fresh rows. Excess: (main − control) / (1 − "
            "control); 0: as fresh, 1: all nearer.",
            high=1,
            interval="bootstrap of real rows with the synthetic rows nearest to them, train and "
            "holdout apart",
            source="Platzer & Reutterer 2021",
        ),
    ),
)

NNDR = MetricCard(
    name="nndr",
    summary="Is the closest train row much closer than the second closest?",
    implementation="synthcraft.metrics.privacy:Nndr",
    source="Platzer & Reutterer 2021",
    measures=(
        _risk(
            "nndr",
            "Median ratio of the distances to the closest and second closest distinct train "
            "row; near 0: rows sit on single persons. Control: holdout rows. Excess: control − "
            "main.",
            low=-1,
            high=1,
            source="Platzer & Reutterer 2021",
        ),
    ),
)

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
