"""Cards of the fidelity metrics: how alike synthetic and holdout rows are."""

from pydantic import Field

from synthcraft.catalogue import MetricCard, Params
from synthcraft.records import Direction, MetricDescriptor

_SIZE = "It moves with the common size n: compare values at one n, or calibrated ones."
_HOLDOUT = (
    "Against holdout rows sampling error remains, so that a perfect generator has the ceiling."
)


class MarginalsParams(Params):
    """Parameters of ``marginals``."""

    bins: int = Field(
        10,
        ge=2,
        le=100,
        description="Bins of jensen_shannon within the range of the train values, by quantiles.",
    )


class CorrelationParams(Params):
    """Parameters of ``correlation``."""

    columns: int = Field(
        300,
        ge=2,
        le=3000,
        description="At most this many numeric columns are paired, drawn by a fixed seed.",
    )


class ContingencyParams(Params):
    """Parameters of ``contingency``."""

    bins: int = Field(5, ge=2, le=50, description="Bins of a numeric column, by train quantiles.")
    columns: int = Field(
        60, ge=2, le=500, description="At most this many columns are paired, drawn by a fixed seed."
    )


class KMarginalParams(Params):
    """Parameters of ``k_marginal``."""

    bins: int = Field(4, ge=2, le=50, description="Bins of a numeric column, by train quantiles.")
    marginals: int = Field(
        100, ge=1, le=5000, description="At most this many triples, drawn by a fixed seed."
    )


class C2stParams(Params):
    """Parameters of ``c2st``."""

    folds: int = Field(5, ge=2, le=20, description="Folds of the cross-fitted classifier.")
    draws: int = Field(2, ge=1, le=5, description="Common-size draws that are averaged, at most.")
    iterations: int = Field(30, ge=5, le=1000, description="Boosting iterations of the classifier.")
    depth: int = Field(4, ge=1, le=10, description="Depth of its trees.")
    rate: float = Field(0.2, gt=0, le=1, description="Learning rate.")
    bins: int = Field(64, ge=8, le=256, description="Bins of a numeric column.")
    columns: int = Field(
        300, ge=1, le=10_000, description="At most this many columns are looked at by each tree."
    )


class SlicedParams(Params):
    """Parameters of ``sliced_wasserstein``."""

    projections: int = Field(
        128, ge=16, le=4096, description="Directions that the rows are projected on."
    )


class ManifoldParams(Params):
    """Parameters of ``manifold``."""

    neighbours: int = Field(
        5, ge=1, le=50, description="A row's ball reaches to this neighbour of its own kind."
    )


class CurvesParams(Params):
    """Parameters of ``curves``."""

    neighbours: int = Field(
        1, ge=1, le=50, description="A real row's ball reaches to this other real row."
    )


def _fidelity(
    name: str,
    direction: Direction,
    question: str,
    *,
    ideal: float,
    low: float | None = 0,
    high: float | None = 1,
    null: float | None = None,
    order: tuple[str, ...] = (),
    floor: str = "marginals",
    source: str,
    formula: str,
    misleads: str,
    cost: str,
    checked: str,
) -> MetricDescriptor:
    ranked = direction != "none"
    return MetricDescriptor(
        name,
        "fidelity",
        direction,
        question,
        ideal=ideal,
        low=low,
        high=high,
        null=null,
        floor=floor if ranked else "",
        ceiling="train_copy" if ranked else "",
        order=order,
        source=source,
        formula=formula,
        misleads=misleads,
        cost=cost,
        checked=checked,
    )


MARGINALS = MetricCard(
    name="marginals",
    summary="Columns one by one: distributions and missing values, synthetic against holdout rows.",
    implementation="synthcraft.metrics.fidelity.marginals:Marginals",
    params=MarginalsParams,
    source="SDMetrics (KSComplement, TVComplement); Lin 1991",
    measures=(
        _fidelity(
            "ks_complement",
            "maximize",
            "How alike are the distributions of a numeric column? 1: the same, 0: no overlap. "
            "Without a column: mean over columns.",
            ideal=1,
            floor="noise",
            order=("train_copy", "noise"),
            source="SDMetrics, KSComplement",
            formula="1 − sup |F_syn − F_real| of the observed values; ties handled.",
            misleads="It sees the largest gap between distribution functions, hardly their tails. "
            + _HOLDOUT,
            cost="O(d n log n)",
            checked="scipy.stats.ks_2samp; SDMetrics KSComplement; shifted normals, closed form",
        ),
        _fidelity(
            "wasserstein_1",
            "minimize",
            "How far must the values of a numeric column be moved to become the real ones, in "
            "standard deviations of train? 0: not at all. Without a column: mean over columns.",
            ideal=0,
            high=None,
            floor="noise",
            order=("train_copy", "noise"),
            source="Villani 2009; scipy.stats.wasserstein_distance",
            formula="∫ |F_syn − F_real| dx of the observed values / standard deviation of train.",
            misleads="One value far out can make most of it, on either side. " + _HOLDOUT,
            cost="O(d n log n)",
            checked="scipy.stats.wasserstein_distance; shifted normals, closed form",
        ),
        _fidelity(
            "tv_complement",
            "maximize",
            "How alike are the shares of a categorical column's levels (missing is a level)? 1: "
            "the same, 0: no level in common. Without a column: mean over columns.",
            ideal=1,
            floor="noise",
            order=("train_copy", "noise"),
            source="SDMetrics, TVComplement",
            formula="1 − ½ Σ |p_syn − p_real| over the union of levels.",
            misleads="A rare level may vanish unseen. Many levels in few rows lower it by chance. "
            + _SIZE,
            cost="O(d n)",
            checked="SDMetrics TVComplement; by hand",
        ),
        _fidelity(
            "jensen_shannon",
            "minimize",
            "How far apart are the distributions of a column, over bins or levels? 0: the same, 1: "
            "disjoint. Without a column: mean over columns.",
            ideal=0,
            floor="noise",
            order=("train_copy", "noise"),
            source="Lin 1991; Endres & Schindelin 2003 (its root is a distance)",
            formula="√(H(m) − ½ H(p) − ½ H(q)), m = (p + q)/2, entropy H in bits; numbers in bins "
            "of train quantiles and two bins outside their range, levels with missing as one.",
            misleads="It does not see what moves within a bin, nor missing numbers. Its root makes "
            "small differences look large. " + _SIZE,
            cost="O(d n log n)",
            checked="scipy.spatial.distance.jensenshannon; disjoint supports give 1",
        ),
        _fidelity(
            "missingness",
            "minimize",
            "How far apart are the rates of missing values of a column? Without a column: mean "
            "over the columns, but for those with 1 to 9 missing values.",
            ideal=0,
            floor="",
            source="",
            formula="|share missing_syn − share missing_real|.",
            misleads="Equal rates do not mean that the same rows miss a value.",
            cost="O(d n)",
            checked="by hand",
        ),
        _fidelity(
            "missingness_pattern",
            "minimize",
            "Are the same columns missing together? Of the columns that missingness counts.",
            ideal=0,
            floor="",
            source="",
            formula="½ Σ |p_syn − p_real| over the patterns of missing columns.",
            misleads="With many columns every pattern is rare, and chance alone makes it large. "
            + _SIZE,
            cost="O(d n)",
            checked="by hand",
        ),
    ),
)

CORRELATION = MetricCard(
    name="correlation",
    summary="Rank correlations of numeric columns, synthetic against holdout rows.",
    implementation="synthcraft.metrics.fidelity.correlation:Correlation",
    params=CorrelationParams,
    source="SDMetrics (CorrelationSimilarity)",
    measures=(
        _fidelity(
            "correlation_similarity",
            "maximize",
            "Do numeric columns rise and fall together as in real rows? An undefined synthetic "
            "correlation (constant column) counts as 0.",
            ideal=1,
            order=("train_copy", "marginals"),
            source="SDMetrics, CorrelationSimilarity",
            formula="1 − mean |ρ_real − ρ_syn| / 2 over pairs; Spearman, rows observed in both.",
            misleads="Where columns hardly correlate, independent ones score near 1: read the "
            "calibrated value. It sees monotone association only.",
            cost="O(d n log n + d² n)",
            checked="scipy.stats.spearmanr; SDMetrics CorrelationSimilarity",
        ),
    ),
)

CONTINGENCY = MetricCard(
    name="contingency",
    summary="Joint tables of all pairs of columns, synthetic against holdout rows.",
    implementation="synthcraft.metrics.fidelity.tables:Contingency",
    params=ContingencyParams,
    source="SDMetrics (ContingencySimilarity)",
    measures=(
        _fidelity(
            "contingency_similarity",
            "maximize",
            "Do pairs of values occur together as often as in real rows? Mean over pairs of "
            "columns.",
            ideal=1,
            order=("train_copy", "marginals", "noise"),
            source="SDMetrics, ContingencySimilarity",
            formula="1 − ½ Σ |p_syn − p_real| over the cells of the joint table; numbers in bins "
            "of train quantiles and two bins outside their range; missing and unseen are cells.",
            misleads="Mostly marginal agreement; few pairs depend on each other. " + _SIZE,
            cost="O(n c²), c cells of all columns together",
            checked="SDMetrics ContingencySimilarity; total variation of pairs by hand",
        ),
    ),
)

K_MARGINAL = MetricCard(
    name="k_marginal",
    summary="Joint tables of three columns at a time, synthetic against holdout rows.",
    implementation="synthcraft.metrics.fidelity.tables:KMarginal",
    params=KMarginalParams,
    source="NIST SDNist (k-marginal)",
    measures=(
        _fidelity(
            "k_marginal",
            "minimize",
            "Do three values occur together as often as in real rows? 0: as often, 1: no "
            "combination in common.",
            ideal=0,
            order=("train_copy", "marginals", "noise"),
            source="NIST SDNist, k-marginal (there 1000 × (1 − total variation))",
            formula="mean of ½ Σ |p_syn − p_real| over sampled joint tables of three columns; "
            "numbers in bins of train quantiles and two bins outside their range.",
            misleads="Large tables hold few rows a cell, so that fresh rows are far from 0. "
            + _SIZE,
            cost="O(m n) for m triples",
            checked="total variation of all triples by hand; pandas value_counts",
        ),
    ),
)

C2ST = MetricCard(
    name="c2st",
    summary="Can a classifier tell synthetic from holdout rows?",
    implementation="synthcraft.metrics.fidelity.classifier:C2st",
    params=C2stParams,
    source="Lopez-Paz & Oquab 2017",
    measures=(
        _fidelity(
            "c2st",
            "maximize",
            "Can a classifier tell synthetic from real rows? 1: it cannot, 0: it always can.",
            ideal=1,
            order=("train_copy", "marginals"),
            source="Lopez-Paz & Oquab 2017",
            formula="1 − 2 · max(AUC − ½, 0), AUC cross-fitted; identical rows share a fold.",
            misleads="Artefacts that no analysis would notice (a rounding, a rare level) can bring "
            "it to 0. Blind to repetition, as identical rows share a fold: five good rows over and "
            "over score 1 (coverage tells). The classifier sees more with more rows. " + _SIZE,
            cost="O(folds · trees · d n)",
            checked="disjoint supports, twins, fresh rows, the AUC of two shifted normals",
        ),
        _fidelity(
            "c2st_auc",
            "none",
            "AUC of the classifier that tells synthetic from real rows; 0.5: it cannot. The "
            "verdict is that of c2st.",
            ideal=0.5,
            null=0.5,
            source="Lopez-Paz & Oquab 2017",
            formula="Mean AUC over the folds of gradient-boosted trees.",
            misleads="Below 0.5 is chance, not merit. " + _SIZE,
            cost="O(folds · trees · d n)",
            checked="the AUC of two shifted normals, Φ(shift / √2)",
        ),
    ),
)

PMSE = MetricCard(
    name="pmse",
    summary="Can a logistic regression on main effects tell synthetic from holdout rows?",
    implementation="synthcraft.metrics.fidelity.propensity:Propensity",
    default=False,
    source="Snoke et al. 2018",
    measures=(
        _fidelity(
            "pmse_ratio",
            "none",
            "How well does a logistic regression tell synthetic from real rows, as a multiple of "
            "what synthesis from the true model gives? Fresh real rows have 2.",
            ideal=2,
            high=None,
            source="Snoke et al. 2018 (JRSS A), analytic null",
            formula="mean (p̂ − c)² / ((k − 1)(1 − c)² c / N): N rows, share c synthetic, k "
            "parameters, no penalty.",
            misleads="The published ideal of 1 holds for rows synthesised from the model fitted to "
            "the very rows compared with; fresh rows have 1 / (1 − c) = 2. It sees first moments "
            "only: a marginal table passes.",
            cost="O(n k²)",
            checked="simulation: fresh rows 2, synthesis from the fitted model 1",
        ),
        _fidelity(
            "pmse_excess",
            "minimize",
            "By how much does the pMSE ratio exceed that of fresh rows? 0: not at all.",
            ideal=0,
            high=None,
            floor="noise",
            order=("train_copy", "noise"),
            source="Snoke et al. 2018",
            formula="max(pmse_ratio − 2, 0).",
            misleads="It grows with the number of rows at the same difference. It sees first "
            "moments only. " + _SIZE,
            cost="O(n k²)",
            checked="simulation of fresh rows",
        ),
    ),
)

MMD = MetricCard(
    name="mmd",
    summary="Kernel distance between the distributions of encoded rows.",
    implementation="synthcraft.metrics.fidelity.kernel:Mmd",
    source="Gretton et al. 2012",
    measures=(
        _fidelity(
            "mmd2",
            "minimize",
            "How far apart are the distributions of rows, seen through a Gaussian kernel? 0: the "
            "same; slightly below 0 by chance.",
            ideal=0,
            low=None,
            high=2,
            null=0,
            order=("train_copy", "marginals", "noise"),
            source="Gretton et al. 2012, Lemma 6",
            formula="Σ_{i≠j} k(x_i, x_j)/(n(n−1)) + Σ_{i≠j} k(y_i, y_j)/(n(n−1)) − "
            "2 Σ k(x_i, y_j)/n², k(a, b) = exp(−|a − b|²/(2 s²)), s = median distance of train "
            "rows (of 1 000 at most), encoded.",
            misleads="One bandwidth sees one scale: fine structure and tails go unseen. Values are "
            "small; read the calibrated one.",
            cost="O(d n²), blocked",
            checked="Gaussians, closed form; a dense float64 computation; N(0,1) against N(0,3)",
        ),
    ),
)

SLICED_WASSERSTEIN = MetricCard(
    name="sliced_wasserstein",
    summary="Wasserstein distance over many one-dimensional projections of encoded rows.",
    implementation="synthcraft.metrics.fidelity.sliced:SlicedWasserstein",
    params=SlicedParams,
    default=False,
    source="Bonneel et al. 2015",
    measures=(
        _fidelity(
            "sliced_wasserstein_2",
            "minimize",
            "How far must rows be moved to become the real ones, on average over directions of the "
            "encoded space? 0: not at all.",
            ideal=0,
            high=None,
            order=("train_copy", "marginals", "noise"),
            source="Bonneel et al. 2015",
            formula="√(mean over fixed random directions of W₂² of the projected rows).",
            misleads="One coordinate far out can make most of it. In many dimensions most "
            "directions look normal. " + _SIZE,
            cost="O(p (d n + n log n)) for p projections",
            checked="shifted and scaled Gaussians, closed form",
        ),
    ),
)

MANIFOLD = MetricCard(
    name="manifold",
    summary="Balls around rows: are synthetic rows realistic, and do they cover the real ones?",
    implementation="synthcraft.metrics.fidelity.manifold:Manifold",
    params=ManifoldParams,
    source="Naeem et al. 2020; Kynkäänniemi et al. 2019",
    measures=(
        _fidelity(
            "precision",
            "maximize",
            "What share of synthetic rows lies near a real row?",
            ideal=1,
            order=("train_copy", "marginals"),
            source="Kynkäänniemi et al. 2019",
            formula="Share of synthetic rows within the ball of any real row; a ball reaches to "
            "the k-th nearest other row, border included.",
            misleads="One outlying real row has a ball that holds anything. Copies score 1. "
            + _SIZE,
            cost="O(d n²), blocked",
            checked="the prdc package; balls by hand",
        ),
        _fidelity(
            "recall",
            "maximize",
            "What share of real rows lies near a synthetic row?",
            ideal=1,
            order=("train_copy", "marginals"),
            source="Kynkäänniemi et al. 2019",
            formula="Share of real rows within the ball of any synthetic row.",
            misleads="Scattered synthetic rows have large balls, and cover what they do not "
            "resemble, so that noise can exceed fresh rows: read coverage. " + _SIZE,
            cost="O(d n²), blocked",
            checked="the prdc package; balls by hand",
        ),
        _fidelity(
            "density",
            "none",
            "In how many balls of real rows does a synthetic row lie, of the k that a real row "
            "lies in? 1: as dense as real rows; above: crowded where real rows are dense.",
            ideal=1,
            high=None,
            source="Naeem et al. 2020",
            formula="Σ (real balls that hold the synthetic row) / (k n).",
            misleads="Above 1 is no merit: in many dimensions rows drawn to the middle lie in more "
            "balls. The verdict is that "
            "of density_score. Ties (discrete columns) raise it: read the ceiling.",
            cost="O(d n²), blocked",
            checked="the prdc package; balls by hand",
        ),
        _fidelity(
            "density_score",
            "maximize",
            "How far is density from that of real rows? 0: no difference.",
            ideal=0,
            low=None,
            high=0,
            order=("train_copy", "marginals"),
            source="Naeem et al. 2020",
            formula="−|density − 1|.",
            misleads="With tied rows fresh rows do not have density 1: read the calibrated value.",
            cost="O(d n²), blocked",
            checked="from density",
        ),
        _fidelity(
            "coverage",
            "maximize",
            "What share of real rows has a synthetic row near it?",
            ideal=1,
            order=("train_copy", "marginals", "noise"),
            source="Naeem et al. 2020",
            formula="Share of real rows whose ball holds any synthetic row.",
            misleads="Size decides: where n real balls meet m synthetic rows, fresh rows have "
            "about 1 − (n / (n + m))^k, 0.97 at n = m and k = 5, not 1. " + _SIZE,
            cost="O(d n²), blocked",
            checked="the prdc package; its expectation for fresh rows, closed form",
        ),
    ),
)

CURVES = MetricCard(
    name="curves",
    summary="α-precision and β-recall in the encoded space: typical and outlying rows apart.",
    implementation="synthcraft.metrics.fidelity.curves:Curves",
    params=CurvesParams,
    default=False,
    source="Alaa et al. 2022",
    measures=(
        _fidelity(
            "alpha_precision_naive",
            "maximize",
            "Do synthetic rows lie as near to the centre of the real ones as those do? 1: as "
            "near, at every level.",
            ideal=1,
            floor="noise",
            order=("train_copy", "noise"),
            source="Alaa et al. 2022, without its one-class embedding",
            formula="1 − 2 ∫ |P(α) − α| dα, P(α) = share of synthetic rows within the ball around "
            "the real mean that holds a share α of real rows.",
            misleads="Only distance from the centre counts: rows as far out in another direction "
            "pass. The paper's metric embeds rows first; this is another one.",
            cost="O(d n + n log n)",
            checked="uniform balls, closed form",
        ),
        _fidelity(
            "beta_recall_naive",
            "maximize",
            "Do typical synthetic rows cover as many real rows as they should? The ceiling is what "
            "fresh rows have, about 0.5, not 1.",
            ideal=1,
            order=("train_copy", "marginals"),
            source="Alaa et al. 2022, without its one-class embedding",
            formula="1 − 2 ∫ |R(β) − β| dβ, R(β) = share of real rows whose ball (to the k-th "
            "other real row) holds a row of the β-support: synthetic rows in the ball around their "
            "mean that holds a share β of them.",
            misleads="With k = 1 half of all balls of fresh rows are empty: the ideal of 1 is out "
            "of reach but for copies of the very rows compared with. " + _SIZE,
            cost="O(d n²), blocked",
            checked="a dense computation by hand; its value for fresh rows, closed form",
        ),
    ),
)

KAPLAN_MEIER = MetricCard(
    name="kaplan_meier",
    summary="Survival curves, synthetic against holdout rows.",
    implementation="synthcraft.metrics.fidelity.survival:KaplanMeier",
    tasks=("survival",),
    source="Norcliffe et al. 2023",
    measures=(
        _fidelity(
            "km_divergence",
            "minimize",
            "How far apart are the survival curves, on average over the real follow-up?",
            ideal=0,
            floor="noise",
            order=("train_copy", "noise"),
            source="Norcliffe et al. 2023",
            formula="(1/T) ∫₀ᵀ |S_syn(t) − S_real(t)| dt, Kaplan–Meier; T = mean of the ten "
            "longest real times; a curve stays where it is after its last time.",
            misleads="It says nothing of covariates: each group's curve may be wrong. Where few "
            "remain at risk the curves are uncertain, but count as much. " + _SIZE,
            cost="O(n log n)",
            checked="exponential survival, closed form; lifelines KaplanMeierFitter",
        ),
        _fidelity(
            "optimism",
            "none",
            "Do synthetic persons live longer than real ones? Above 0: longer, below: shorter.",
            ideal=0,
            low=-1,
            null=0,
            source="Norcliffe et al. 2023",
            formula="(1/T) ∫₀ᵀ (S_syn(t) − S_real(t)) dt.",
            misleads="Crossing curves cancel: read km_divergence.",
            cost="O(n log n)",
            checked="exponential survival, closed form",
        ),
        _fidelity(
            "short_sightedness",
            "none",
            "Does synthetic follow-up end too early? Above 0: earlier than real, below: later.",
            ideal=0,
            low=None,
            null=0,
            source="Norcliffe et al. 2023",
            formula="(T − T_syn) / T; T = mean of the ten longest times (the paper takes the "
            "longest: one person's).",
            misleads="It sees the end of follow-up only, whatever the curves.",
            cost="O(n log n)",
            checked="by hand",
        ),
    ),
)
