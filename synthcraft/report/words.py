"""How numbers, names and lists are put into words."""

import re
import unicodedata
from collections.abc import Sequence
from urllib.parse import unquote

from synthcraft.records import MetricDescriptor
from synthcraft.report.summary import Contender, Quantity, Score
from synthcraft.stats import Estimate

LONGEST = 48  # characters of a name in a table or figure

_TITLES = {
    "ks_complement": "Numeric columns",
    "tv_complement": "Categorical columns",
    "wasserstein_1": "Numeric columns, earth mover’s distance",
    "jensen_shannon": "Columns, Jensen–Shannon distance",
    "missingness": "Missing-value rates",
    "missingness_pattern": "Missing-value patterns",
    "correlation_similarity": "Rank correlations",
    "contingency_similarity": "Pairs of columns",
    "k_marginal": "Triples of columns",
    "c2st": "Hard to tell apart",
    "c2st_auc": "Classifier’s AUC, synthetic or real",
    "pmse_ratio": "Propensity score ratio",
    "pmse_excess": "Propensity score, excess",
    "mmd2": "Kernel distance",
    "sliced_wasserstein_2": "Sliced earth mover’s distance",
    "precision": "Realistic rows (precision)",
    "recall": "Real rows covered (recall)",
    "density": "Density",
    "density_score": "Density, off 1",
    "coverage": "Coverage",
    "alpha_precision_naive": "α-precision (naive)",
    "beta_recall_naive": "β-recall (naive)",
    "km_divergence": "Survival curves",
    "optimism": "Survival, optimism",
    "short_sightedness": "Survival, short-sightedness",
    "coexpression.concordance": "Co-expression, concordance of correlations",
    "coexpression.difference": "Co-expression, mean difference of correlations",
    "coexpression.edges": "Co-expression, shared strongest pairs",
    "coexpression.genes": "Co-expression, share of genes compared",
    "de.effects": "Differential expression, concordance of effects",
    "de.overlap": "Differential expression, overlap of significant genes",
    "de.direction": "Differential expression, same direction",
    "de.false_discoveries": "Differential expression, false discoveries",
    "de.significant": "Significant genes, synthetic rows",
    "de.significant_real": "Significant genes, holdout rows",
    "reduction.columns": "Reduction, columns",
    "reduction.components": "Reduction, components",
    "reduction.variance_kept": "Reduction, variance kept",
    "reduction.error": "Reduction, error in standard deviations",
    "reduction.concordance": "Reduction alone, concordance of correlations",
    "reduction.difference": "Reduction alone, mean difference of correlations",
    "reduction.edges": "Reduction alone, shared strongest pairs",
    "reduction.effects": "Reduction alone, concordance of effects",
    "reduction.overlap": "Reduction alone, overlap of significant genes",
    "estimand.real": "Analysis of train rows",
    "estimand.weighted": "Analysis of train rows, weighted",
    "estimand.synthetic": "Analysis of synthetic rows",
    "estimand.naive_error": "Analyses, naive standard error",
    "estimand.bias": "Analyses, difference in their units",
    "estimand.shift": "Analyses, difference in standard errors",
    "estimand.overlap": "Analyses, overlap of intervals",
    "estimand.sign": "Analyses, same sign",
    "estimand.significance": "Analyses, same conclusion",
    "importance_agreement": "Features’ importance",
    "choice_regret": "Lost by the wrong choice of model",
    "exact_match_rate": "Copied rows",
    "dcr_q05": "Nearest train row, 5 % quantile",
    "dcr_median": "Nearest train row, median",
    "dcr_share": "Nearer to train rows",
    "dcr_share_p": "Nearer to train rows, p",
    "nndr": "Nearest to second nearest",
    "authenticity": "Authenticity",
    "identifiability": "Identifiable train rows",
    "mia_distance": "Membership, by distance",
    "mia_distance_tpr": "Membership, by distance, at 1 % false",
    "mia_domias": "Membership, by density",
    "mia_domias_tpr": "Membership, by density, at 1 % false",
    "record_risk_q50": "Exposure of the middle row",
    "record_risk_q90": "Exposure, 90 % quantile",
    "record_risk_q99": "Exposure, 99 % quantile",
    "singling_out": "Singling out",
    "singling_out_baseline": "Singling out by guessing",
    "linkability": "Linking two files",
    "linkability_baseline": "Linking by guessing",
    "attribute_inference": "Inferring a secret",
    "attribute_inference_baseline": "Inferring by guessing",
    "replicated_uniques": "Replicated uniques",
    "correct_attribution": "Correct attribution",
    "k_anonymity": "k-anonymity",
    "l_diversity": "l-diversity",
    "l_diversity_entropy": "l-diversity, entropy",
    "t_closeness": "t-closeness",
    "k_map": "k-map",
    "delta_presence": "δ-presence",
    "group_share": "Share of rows",
    "group_share_real": "Share of train rows",
    "representation": "Worst represented group",
    "group_fidelity": "Likeness within the group",
    "group_fidelity_gap": "Likeness, best − worst group",
    "auroc_gap": "AUROC, best − worst group",
    "calibration_slope": "Calibration slope",
    "calibration_gap": "Calibration slope, highest − lowest group",
    "r2_gap": "R², best − worst group",
    "mae_gap": "MAE, worst − best group",
    "harrell_c_gap": "Harrell’s C, best − worst group",
    "mean_error": "Mean error, foretold − true",
    "mean_error_gap": "Mean error, highest − lowest group",
    "called_positive": "Share called positive",
    "true_positive_rate": "Recall at the cut",
    "false_positive_rate": "False positives at the cut",
    "demographic_parity": "Demographic parity difference",
    "equalised_odds": "Equalised odds difference",
    "rule_violations": "Rows that break a rule",
    "rule_violations_real": "Holdout rows that break a rule",
    "rule_violations_excess": "Broken rules, excess",
    "range_violations": "Values out of range",
}
_KINDS = {
    "tstr": "trained on synthetic rows",
    "tstr_full": "trained on all synthetic rows",
    "trtr": "trained on real rows",
    "gap": "lost by training on synthetic rows",
    "floor": "without any feature",
    "augmented": "trained with added rows",
}
_SCORES = {
    "auroc": "AUROC",
    "auprc": "AUPRC",
    "brier": "Brier",
    "log_loss": "Log-loss",
    "ece": "Calibration error",
    "recall": "Recall",
    "rmse": "RMSE",
    "mae": "MAE",
    "r2": "R²",
    "harrell_c": "Harrell’s C",
    "uno_c": "Uno’s C",
    "integrated_brier": "Integrated Brier",
    "slope": "Calibration slope",
    "slope_error": "Calibration slope, off 1",
    "intercept": "Calibration intercept",
    "recall_at_specificity": "Recall at the specificity",
    "net_benefit": "Net benefit",
    "equalised_odds": "Equalised odds difference",
    "targets": "Score of the target groups",
    "rows": "Rows",
    "drawn": "Rows drawn for each row kept",
}
_MODELS = {
    "boosting": "gradient boosting",
    "logistic": "logistic",
    "ridge": "ridge",
    "cox": "Cox",
    "mlp": "network",
}
_PERSONS = ("Harrell", "Uno", "Brier")  # their names keep a capital
WAYS = {"maximize": "higher is better ↑", "minimize": "lower is better ↓", "none": ""}


def number(value: float) -> str:
    """Three decimals for ordinary sizes, four below 0.001; a true minus sign.

    >>> number(0.12345), number(-2.0), number(12345.6), number(0.00012), number(-1e-17)
    ('0.123', '−2.000', '12,346', '0.0001', '0.000')
    """
    size = abs(value)
    if size < 0.00005:
        return "0.000"
    if size >= 1000:
        text = f"{value:,.0f}"
    elif size >= 100:
        text = f"{value:.1f}"
    elif size >= 0.001:
        text = f"{value:.3f}"
    else:
        text = f"{value:.4f}"
    return text.replace("-", "−")


def signed(value: float) -> str:
    """A difference, with its sign.

    >>> signed(0.0312), signed(-0.004), signed(0.0)
    ('+0.031', '−0.004', '0.000')
    """
    text = number(value)
    return text if value <= 0 or text == number(0) else f"+{text}"


def interval(estimate: Estimate) -> str:
    """The interval in words, "" where there is none.

    >>> interval(Estimate(0.5, 0.1, 0.4, 0.6, 3, 3))
    '0.400 to 0.600'
    """
    if estimate.low is None or estimate.high is None:
        return ""
    return f"{number(estimate.low)} to {number(estimate.high)}"


def listed(items: Sequence[str], joint: str = "and") -> str:
    """Items as a phrase.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {joint} {items[-1]}"


def filled(*texts: str) -> tuple[str, ...]:
    """The texts that say something.

    >>> filled("a", "", "b")
    ('a', 'b')
    """
    return tuple(text for text in texts if text)


def counted(number_of: int, noun: str) -> str:
    """A count with its noun.

    >>> counted(1, "split"), counted(5265, "row")
    ('1 split', '5,265 rows')
    """
    return f"{number_of:,} {noun}{'' if number_of == 1 else 's'}"


def unsuccessful(contender: Contender) -> str:
    """How many trials did not succeed, and why the first of them; "" where all did.

    >>> from synthcraft.records import Arm
    >>> failed = ("failed in fit: x", "timeout in fit: y")
    >>> unsuccessful(Contender(Arm("a", "a"), False, 3, 1, 0, failed, {}, None))
    '2 of 3 trials did not succeed: failed in fit: x (and 1 more)'
    """
    bad = contender.ended - contender.succeeded
    if not bad:
        return ""
    more = f" (and {bad - 1} more)" if bad > 1 else ""
    ended = counted(contender.ended, "trial")
    return f"{bad} of {ended} did not succeed: {short(contender.failures[0], 300)}{more}"


def coverage(score: Score) -> str:
    """On how many of the planned splits (or trials) a mean rests; "" where on all.

    >>> half = Estimate(0.5, None, None, None, splits=1, values=1)
    >>> coverage(Score(half, None, None, counted=1, asked=2, planned=2))
    '1 of 2 splits'
    """
    if score.estimate is None or score.complete:
        return ""
    if score.estimate.splits < score.planned:
        return f"{score.estimate.splits} of {score.planned} splits"
    return f"{score.counted} of {score.asked} trials"


def scored(score: Score) -> str:
    """A score's mean with its interval (and whether splits gave it) and coverage, for a sentence.

    >>> half = Estimate(0.5, 0.1, 0.4, 0.6, splits=2, values=2)
    >>> scored(Score(half, None, None, counted=2, asked=2, planned=2))
    '0.500 (95% interval 0.400 to 0.600)'
    >>> scored(Score(half, None, None, counted=2, asked=2, planned=2, within=True))
    '0.500 (95% interval within a split 0.400 to 0.600)'
    """
    estimate = score.estimate
    if estimate is None:
        return "no value"
    bounds = interval(estimate)
    where = " within a split" if score.within else ""
    notes = filled(
        f"{estimate.level:.0%} interval{where} {bounds}" if bounds else "", coverage(score)
    )
    return number(estimate.mean) + (f" ({'; '.join(notes)})" if notes else "")


def capital(text: str) -> str:
    """The text as a sentence begins.

    >>> capital("sex: female")
    'Sex: female'
    """
    return text[:1].upper() + text[1:]


def times(number_of: int) -> str:
    """How often.

    >>> times(1), times(3)
    ('once', '3 times')
    """
    return {1: "once", 2: "twice"}.get(number_of, f"{number_of:,} times")


def span(rows: tuple[int, int] | None) -> str:
    """Row counts: one number, or from smallest to largest."""
    if rows is None:
        return ""
    low, high = rows
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def clean(text: str) -> str:
    """Text without control or direction-changing characters, which mislead readers."""
    kept = (
        c if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn") else " " for c in text
    )
    return re.sub(r"\s+", " ", "".join(kept)).strip()


def short(text: str, longest: int = LONGEST) -> str:
    """A name that fits its place.

    >>> short("a very long name", 8)
    'a very …'
    """
    text = clean(text)
    return text if len(text) <= longest else text[: longest - 1] + "…"


def group_name(group: str) -> str:
    """A group in words, from its escaped key.

    >>> group_name("ethnicity=Asian&a%3Db=5%25")
    'ethnicity: Asian, a=b: 5%'
    """
    pairs = (pair.split("=", 1) for pair in group.split("&"))
    return ", ".join(": ".join(unquote(part) for part in pair) for pair in pairs)


def title(quantity: Quantity) -> str:
    """A readable name of a quantity.

    >>> title(Quantity("tstr.auroc", "boosting"))
    'AUROC, trained on synthetic rows (gradient boosting)'
    """
    name, kind, model = heading(quantity)
    text = f"{name}, {kind}" if kind else name
    return f"{text} ({model})" if model else text


def heading(quantity: Quantity) -> tuple[str, str, str]:
    """What a quantity is called, how it was got, and the model; the last two may be "".

    >>> heading(Quantity("tstr.auroc", "boosting"))
    ('AUROC', 'trained on synthetic rows', 'gradient boosting')
    """
    kind, _, score = quantity.metric.partition(".")
    model = _MODELS.get(quantity.model, quantity.model)
    model = "" if model == "prevalence" else clean(model)
    if kind in _KINDS and score:
        return _SCORES.get(score, score), _KINDS[kind], model
    return _TITLES.get(quantity.metric, clean(quantity.metric)), "", model


def within(quantity: Quantity) -> str:
    """A quantity's title as it stands within a sentence: acronyms and names keep their capital.

    >>> within(Quantity("dcr_share")), within(Quantity("tstr.r2"))
    ('nearer to train rows', 'R², trained on synthetic rows')
    """
    name = title(quantity)
    own = name[:2].isupper() or name.startswith(("R²", *_PERSONS))
    return name if own else name[0].lower() + name[1:]


def direction(metric: MetricDescriptor, quantity: Quantity) -> str:
    """Which way is better; nothing for the two sides of an excess."""
    return "" if quantity.role in ("main", "control") else WAYS[metric.direction]
