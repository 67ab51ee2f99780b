"""Cards of the metrics of gene expression: co-expression and differential expression."""

from typing import Literal

from pydantic import Field

from synthcraft.catalogue import MetricCard, Params
from synthcraft.records import Direction, MetricDescriptor


class GenesParams(Params):
    """Which columns hold expression values."""

    genes: tuple[str, ...] = Field(
        (),
        description="Columns of expression values. When empty: every numeric column that is "
        "neither outcome nor time, sensitive or quasi-identifier.",
    )
    without: tuple[str, ...] = Field(
        (), description="Numeric columns that are no genes, such as age, where genes is empty."
    )


class CoexpressionParams(GenesParams):
    """Parameters of ``coexpression``."""

    density: float = Field(
        0.01, gt=0, le=0.5, description="Share of all pairs of genes that count as edges."
    )
    most: int = Field(
        5000,
        ge=3,
        le=20_000,
        description="At most this many genes are paired, drawn by a fixed seed; "
        "coexpression.genes tells which share of them that is.",
    )
    draws: int = Field(2, ge=1, le=5, description="Common-size draws that are averaged, at most.")


class DifferentialExpressionParams(GenesParams):
    """Parameters of ``differential_expression``."""

    group: str | None = Field(
        None,
        description="Categorical column whose levels are compared; the target of a classification "
        "when absent.",
    )
    levels: tuple[str, str] | None = Field(
        None,
        description="The two levels: a gene has an effect above 0 where its mean is higher in the "
        "first one. When absent: those of a column that has two, the positive one first.",
    )
    test: Literal["moderated", "welch"] = Field(
        "moderated",
        description="moderated: variances drawn towards what all genes share (limma); welch: each "
        "gene alone, variances of the groups may differ.",
    )
    fdr: float = Field(
        0.05, gt=0, lt=1, description="False discovery rate at which genes are significant."
    )


def _measure(
    name: str,
    direction: Direction,
    question: str,
    *,
    ideal: float | None,
    low: float = 0,
    high: float = 1,
    ranked: bool = False,
    source: str,
    formula: str,
    misleads: str,
    cost: str,
    checked: str,
) -> MetricDescriptor:
    return MetricDescriptor(
        name,
        "fidelity",
        direction,
        question,
        ideal=ideal,
        low=low,
        high=high,
        floor="marginals" if ranked else "",
        ceiling="train_copy" if ranked else "",
        order=("train_copy", "marginals") if ranked else (),
        source=source,
        formula=formula,
        misleads=misleads,
        cost=cost,
        checked=checked,
    )


_NOISE = (
    "Correlations of n rows have standard errors of about 1/√n, on either side: even fresh real "
    "rows are far from the ideal where n is small. Read the calibrated value."
)
_PAIRS = (
    "O(p² n) for p genes; memory 12 p² bytes (0.3 GB for 5,000), correlations once per pair and in "
    "blocks, never as p × p matrices"
)
_RHO = "ρ: Spearman's correlations of all pairs of genes, rows observed in both; the same on the "
_LOG = "logarithmic scale or any other that keeps ranks."

COEXPRESSION = MetricCard(
    name="coexpression",
    summary="Correlations of gene with gene, synthetic against holdout rows.",
    implementation="synthcraft.metrics.fidelity.coexpression:Coexpression",
    default=False,
    params=CoexpressionParams,
    source="own definition; upper triangles compared as in Mantel 1967",
    measures=(
        _measure(
            "coexpression.concordance",
            "maximize",
            "Are the pairs of genes that are strongly correlated in real rows those that are in "
            "synthetic ones? 1: in proportion, 0: no relation.",
            ideal=1,
            low=-1,
            ranked=True,
            source="statistic of Mantel 1967 (Cancer Research 27:209-220)",
            formula=f"Pearson's correlation of ρ_syn and ρ_real. {_RHO}{_LOG}",
            misleads="It is 1 also where all correlations are too weak, or too strong, in the same "
            f"proportion: read coexpression.difference. {_NOISE}",
            cost=_PAIRS,
            checked="scipy.stats.spearmanr and numpy.corrcoef of the triangles",
        ),
        _measure(
            "coexpression.difference",
            "minimize",
            "How far are synthetic correlations from real ones, on average over pairs of genes?",
            ideal=0,
            high=2,
            ranked=True,
            source="SDMetrics, CorrelationSimilarity, which is 1 − half of it",
            formula=f"mean |ρ_syn − ρ_real| over pairs. {_RHO}{_LOG}",
            misleads="Where few pairs correlate, all correlations at 0 come close to the best. "
            f"{_NOISE}",
            cost=_PAIRS,
            checked="scipy.stats.spearmanr; correlation_similarity of the same columns",
        ),
        _measure(
            "coexpression.edges",
            "maximize",
            "Which share of the strongest correlations is the same, sign included? By chance: half "
            "of params.density.",
            ideal=1,
            ranked=True,
            source="Dice 1945 (Ecology 26:297-302), on thresholded networks",
            formula="2 |E_syn ∩ E_real| / (|E_syn| + |E_real|), E the pairs of the largest |ρ|, a "
            f"share params.density of all. {_RHO}{_LOG}",
            misleads="It says nothing of how strong they are, nor of any other pair; a module of "
            f"many genes fills the edges. {_NOISE}",
            cost=_PAIRS,
            checked="sorted pairs by hand; a planted module",
        ),
        _measure(
            "coexpression.genes",
            "none",
            "Which share of the genes is compared? Below 1: a sample drawn by a fixed seed, the "
            "same for all generators of a split (params.most).",
            ideal=None,
            source="",
            formula="genes compared / genes.",
            misleads="It tells how much was looked at, not how good it is.",
            cost="O(1)",
            checked="by hand",
        ),
    ),
)

_T = "t: each gene's statistic of params.test between the two levels"
_CALLED = (
    f"{_T}; significant: Benjamini–Hochberg at params.fdr over the genes, at the common size n, "
    "with the sign of t"
)
_POWER = (
    "Significance depends on n: a gene that the holdout does not show may be real all the same, "
    "and fresh real rows miss the ideal too. Compare with train_copy and fresh_real. "
)
_SCALE = (
    "Give expression on a logarithmic scale: t compares means, and single huge values drown them."
)
_GENES = (
    "Genes depend on each other, so that no interval over genes holds: uncertainty is that between "
    "splits. "
)
_TESTED = "scipy.stats.ttest_ind; limma's formulas by hand; simulated variances of known prior"
_DE_COST = "O(p n + p log p) for p genes"

DIFFERENTIAL_EXPRESSION = MetricCard(
    name="differential_expression",
    summary="Genes that differ between two groups, in synthetic against holdout rows.",
    implementation="synthcraft.metrics.fidelity.differential_expression:DifferentialExpression",
    default=False,
    params=DifferentialExpressionParams,
    source="Smyth 2004 (moderated t); Welch 1947; Benjamini & Hochberg 1995",
    measures=(
        _measure(
            "de.effects",
            "maximize",
            "Do genes differ between the groups in the order in which they do in real rows? 1: in "
            "the same order, 0: no relation.",
            ideal=1,
            low=-1,
            ranked=True,
            source="Smyth 2004; Welch 1947",
            formula=f"Spearman's correlation over genes of t_syn and t_real. {_T}.",
            misleads="It does not see effects that are all too large or too small. Most genes "
            f"that do not differ are in an order of chance, in fresh rows too. {_GENES}{_SCALE}",
            cost=_DE_COST,
            checked=_TESTED,
        ),
        _measure(
            "de.overlap",
            "maximize",
            "How many of the genes that are significant in either table are so in both, in the "
            "same direction?",
            ideal=1,
            ranked=True,
            source="Jaccard 1901; Benjamini & Hochberg 1995",
            formula=f"both / either. {_CALLED}.",
            misleads=f"{_POWER}{_GENES}{_SCALE}",
            cost=_DE_COST,
            checked=f"{_TESTED}; sets by hand",
        ),
        _measure(
            "de.direction",
            "maximize",
            "Of the genes that are significant in real rows, how many differ in the same direction "
            "in synthetic ones, significant or not? By chance: one half.",
            ideal=1,
            ranked=True,
            source="",
            formula=f"share with sign(t_syn) = sign(t_real). {_CALLED}.",
            misleads=f"Easily near 1, as it asks nothing of the size of effects. {_GENES}{_SCALE}",
            cost=_DE_COST,
            checked=f"{_TESTED}; sets by hand",
        ),
        _measure(
            "de.false_discoveries",
            "minimize",
            "Of the genes that are significant in synthetic rows, which share is not so in the "
            "holdout rows, or in the other direction? No claim is no false one.",
            ideal=0,
            source="",
            formula=f"1 − both / significant in synthetic rows. {_CALLED}.",
            misleads="A table without any signal claims nothing and has the ideal: read "
            f"de.significant and de.overlap beside it. {_POWER}{_GENES}{_SCALE}",
            cost=_DE_COST,
            checked=f"{_TESTED}; sets by hand",
        ),
        _measure(
            "de.significant",
            "none",
            "Which share of the genes is significant in synthetic rows?",
            ideal=None,
            source="",
            formula=f"significant / genes. {_CALLED}.",
            misleads="Higher is not better: too little spread makes everything significant.",
            cost=_DE_COST,
            checked=_TESTED,
        ),
        _measure(
            "de.significant_real",
            "none",
            "Which share of the genes is significant in holdout rows?",
            ideal=None,
            source="",
            formula=f"significant / genes. {_CALLED}.",
            misleads="What the holdout has the power to show; not how many genes differ.",
            cost=_DE_COST,
            checked=_TESTED,
        ),
    ),
)

_THERE = (
    "holdout rows, reduced as train rows tell and restored with the variation that components do "
    "not explain, drawn anew for each column"
)
_LIMIT = (
    "It is what the reduction alone leaves, with the holdout rows' own components: a generator "
    "that learns components cannot be expected to do better. It tells nothing of the generator."
)
_ROUND_COST = "O(p n k) for p columns and k components"


def _loss(
    name: str,
    question: str,
    formula: str,
    misleads: str = _LIMIT,
    *,
    low: float = 0,
    high: float | None = 1,
    cost: str = _ROUND_COST,
    checked: str,
) -> MetricDescriptor:
    return MetricDescriptor(
        f"reduction.{name}",
        "fidelity",
        "none",
        question,
        low=low,
        high=high,
        formula=formula,
        misleads=misleads,
        cost=cost,
        checked=checked,
    )


REDUCTION = MetricCard(
    name="reduction",
    summary="What a reduction of many columns loses; measured by itself where a generator has one.",
    implementation="synthcraft.metrics.fidelity.reduction:ReductionLoss",
    default=False,
    params=DifferentialExpressionParams,
    source="Pearson 1901 (principal components); Liu et al. 2009 (normal scores, JMLR 10:2295)",
    measures=(
        _loss(
            "columns",
            "How many columns does the reduction stand for?",
            "numeric columns without a part, a rule, a declared type, a gap or a single value.",
            "Other columns reach the generator as they are.",
            high=None,
            cost="O(1)",
            checked="by hand",
        ),
        _loss(
            "components",
            "How many components does the generator learn in their place?",
            "generators.NAME.reduce.to, or fewer: train rows − 1, columns.",
            "More of them lose less, and are harder to learn.",
            high=None,
            cost="O(1)",
            checked="by hand",
        ),
        _loss(
            "variance_kept",
            "Which share of the variance of unseen rows do the components explain?",
            "1 − Σ(z − ẑ)² / Σz² over holdout rows and columns; z: normal scores by train rows' "
            "quantiles, standardised by train rows; ẑ: what components say of them.",
            "Much of the variance of single genes is noise, which no component explains and "
            "nobody misses.",
            checked="scikit-learn's PCA; closed form of planted factors",
        ),
        _loss(
            "error",
            "How far is each value from what components say of it, in SDs of its column?",
            "mean |x − x̂| / SD_train over holdout rows and columns; x̂: the way there and back "
            "without anything drawn.",
            "Single huge values move it.",
            high=None,
            checked="by hand",
        ),
        *(
            _loss(
                name,
                f"What would {asked} be of real rows that went through the reduction?",
                f"{asked} of {_THERE}, against the same holdout rows.",
                low=low,
                high=high,
                cost=cost,
                checked="the metric itself; a reduction that loses nothing",
            )
            for name, asked, low, high, cost in (
                ("concordance", "coexpression.concordance", -1, 1, _PAIRS),
                ("difference", "coexpression.difference", 0, 2, _PAIRS),
                ("edges", "coexpression.edges", 0, 1, _PAIRS),
                ("effects", "de.effects", -1, 1, _DE_COST),
                ("overlap", "de.overlap", 0, 1, _DE_COST),
            )
        ),
    ),
)
