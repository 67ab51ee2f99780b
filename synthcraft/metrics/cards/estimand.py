"""Card of the estimand metric: whether analyses of synthetic rows find what real ones do."""

from typing import Literal

from pydantic import Field

from synthcraft.catalogue import MetricCard, Params
from synthcraft.records import Direction, MetricDescriptor


class Analysis(Params):
    """One analysis that is done on real and on synthetic rows alike."""

    model: Literal["logistic", "linear", "cox", "mean"] = Field(
        description="logistic: log odds of a level; linear: least squares of a number; cox: log "
        "hazard; mean: mean of a number, or share of a level."
    )
    outcome: str | None = Field(
        None, description="Column that is explained; dataset.target when absent."
    )
    level: str | None = Field(
        None,
        description="Level of the outcome that counts (logistic, cox, mean of a categorical "
        "column); dataset.positive when absent.",
    )
    time: str | None = Field(
        None, description="Column of follow-up time (cox); dataset.time when absent."
    )
    terms: tuple[str, ...] = Field(
        (), description="Columns that explain it; every feature when empty. A mean has none."
    )
    adjusted: bool = Field(
        default=True, description="All terms in one model; otherwise a model for each."
    )


class EstimandParams(Params):
    """Parameters of ``estimand``."""

    analyses: dict[str, Analysis] = Field(
        default_factory=dict,
        description="Analyses by label, such as main: {model: logistic, terms: [age, sex]}. When "
        "empty: 'crude', the target against each feature on its own.",
    )
    combine: Literal["raab", "reiter"] = Field(
        "raab",
        description="How several synthetic tables (design.draws) become one interval. raab: rows "
        "made by a model fitted to the real ones; reiter: partially synthetic rows, at least two "
        "tables.",
    )


_RULES = (
    "raab: variance v̄·(k/n + 1/m) (Raab et al. 2016, simple synthesis); reiter: v̄ + b/m on "
    "(m−1)(1 + v̄·m/b)² degrees of freedom (Reiter 2003)"
)
_WHERE = (
    "q: coefficients of m tables of k complete rows, v: their squared errors, b: variance of q "
    "between tables; n: complete train rows"
)


def _measure(
    name: str,
    direction: Direction,
    question: str,
    formula: str,
    *,
    ideal: float | None,
    misleads: str,
    low: float | None = None,
    high: float | None = None,
    ranked: bool = False,
    interval: str = "",
    source: str = "",
) -> MetricDescriptor:
    return MetricDescriptor(
        f"estimand.{name}",
        "utility",
        direction,
        question,
        ideal=ideal,
        low=low,
        high=high,
        floor="marginals" if ranked else "",
        ceiling="train_copy" if ranked else "",
        order=("train_copy", "marginals") if ranked else (),
        interval=interval,
        source=source,
        formula=formula,
        misleads=misleads,
        cost="n·d² for each analysis; real side once per split",
        checked="lifelines, scikit-survival, scikit-learn and numpy's least squares (coefficients "
        "and errors); formulas by hand; coverage of both rules by simulation",
    )


_OVERALL = "Without a column: mean over coefficients, if all of them can be estimated."
ESTIMAND = MetricCard(
    name="estimand",
    summary="Whether declared analyses of synthetic rows give the results of real ones.",
    implementation="synthcraft.metrics.estimand.compare:Estimand",
    params=EstimandParams,
    default=False,
    measures=(
        _measure(
            "real",
            "none",
            "What does the analysis find on train rows, which the generator saw?",
            "Coefficient (column: its term) in units of the data; categorical terms against their "
            "commonest level.",
            ideal=0,
            misleads="An estimate itself: the interval does not know of clusters (persons with "
            "several rows). Levels with fewer than 10 rows (or events, or non-events) are pooled.",
            interval="Wald, 95 %",
        ),
        _measure(
            "weighted",
            "none",
            "What does the analysis find on train rows with survey weights (dataset.weight), which "
            "synthetic rows do not have?",
            "Solves Σ w·(y − ŷ)·x = 0 (of a mean: Σ w·y / Σ w; of a Cox model: the weighted "
            "partial likelihood); error linearised, of clusters within strata.",
            ideal=0,
            misleads="How far it lies from estimand.real is what no synthesis of unweighted rows "
            "can give. Without dataset.strata and dataset.cluster the interval takes rows for "
            "independent.",
            interval="Wald, 95 %",
            source="Binder 1983; Lohr 2021, Sampling",
        ),
        _measure(
            "synthetic",
            "none",
            "What does the analysis find on synthetic rows?",
            "Mean of q. " + _WHERE,
            ideal=0,
            misleads="The rule supposes that the synthesis is right; a biased one is covered by no "
            "interval: see estimand.shift.",
            interval=_RULES,
            source="Raab et al. 2016; Reiter 2003",
        ),
        _measure(
            "naive_error",
            "none",
            "What standard error does somebody compute who takes synthetic rows for real ones?",
            "√ mean of v. " + _WHERE,
            ideal=0,
            misleads="Falls with the number of synthetic rows, though they hold no more "
            "information than the real ones.",
        ),
        _measure(
            "bias",
            "none",
            "How far is the synthetic estimate from the real one, in the coefficient's units?",
            "Mean of q − real estimate.",
            ideal=0,
            misleads="Units differ between coefficients: see estimand.shift.",
        ),
        _measure(
            "shift",
            "minimize",
            "How far is the synthetic estimate from the real one, in the real one's standard "
            "errors? " + _OVERALL,
            "|mean of q − real estimate| / real standard error.",
            ideal=0,
            low=0,
            misleads="Grows with the size of the real data for the same bias; about 0.8 for one "
            "table from a right model, by chance, and 1.1 for fresh real rows.",
            ranked=True,
            source="Karr et al. 2006",
        ),
        _measure(
            "overlap",
            "maximize",
            "How much of each other's interval do the real and the synthetic one cover? 1: the "
            "same interval, below 0: apart. " + _OVERALL,
            "½ (overlap / real width + overlap / synthetic width); 95 % intervals, the synthetic "
            "one with variance v̄·k/n, as if it had as many rows.",
            ideal=1,
            high=1,
            misleads="Wide intervals of small data overlap whatever the bias; about 0.8 for one "
            "table from a right model.",
            ranked=True,
            source="Karr et al. 2006; as synthpop, below 0 where intervals are apart",
        ),
        _measure(
            "sign",
            "maximize",
            "Does the synthetic estimate have the real one's sign? " + _OVERALL,
            "1 where mean of q and the real estimate have one sign, else 0.",
            ideal=1,
            low=0,
            high=1,
            misleads="A coin for coefficients near 0; of a mean it tells nothing.",
        ),
        _measure(
            "significance",
            "maximize",
            "Is the conclusion the same: a significant increase, decrease, or neither? " + _OVERALL,
            "1 where the intervals of estimand.real and estimand.synthetic both hold 0, or both "
            "lie on the same side of it; else 0.",
            ideal=1,
            low=0,
            high=1,
            misleads="Few synthetic tables widen the interval, so that true effects are missed: "
            "raise design.draws.",
        ),
    ),
)
