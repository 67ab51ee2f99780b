"""Cards of the fidelity metrics: how alike synthetic and holdout rows are."""

from pydantic import Field

from synthcraft.catalogue import MetricCard, Params
from synthcraft.records import MetricDescriptor


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
