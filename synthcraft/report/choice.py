"""Which quantities stand for a family: in the overview, its table, and for its verdict."""

from collections.abc import Iterator

from synthcraft.objective import ENDPOINTS
from synthcraft.report.summary import Quantity, Summary
from synthcraft.stats import over_splits

OVERVIEW: tuple[str, ...] = (
    *("ks_complement", "tv_complement", "contingency_similarity", "c2st"),
    *("tstr.auroc", "tstr.r2", "tstr.harrell_c"),
    *("dcr_share", "rule_violations_excess"),
)
ATTACKS = ("singling_out", "linkability", "attribute_inference")
LEADS: dict[str, tuple[str, ...]] = {
    "fidelity": (
        *("ks_complement", "tv_complement", "correlation_similarity", "contingency_similarity"),
        *("k_marginal", "c2st", "coverage", "km_divergence"),
    ),
    "utility": (
        *("tstr.auroc", "tstr.brier", "tstr.ece", "tstr.r2", "tstr.rmse"),
        *("tstr.harrell_c", "tstr.integrated_brier"),
    ),
    "privacy": ("exact_match_rate", "dcr_share", "mia_distance", "mia_domias", *ATTACKS),
}
PRIMARY: dict[str, tuple[str, ...]] = {
    **ENDPOINTS,
    # Real rows break rules too.
    "plausibility": ("rule_violations_excess", "rule_violations", "range_violations"),
}
DECIDING = tuple(ENDPOINTS)  # families with an endpoint
FAMILIES = (*DECIDING, "fairness", "plausibility")


def overview(summary: Summary) -> tuple[Quantity, ...]:
    """The key quantities, family by family; a family without a known one gives its first."""
    return tuple(quantity for family in FAMILIES for quantity in _keys(summary, family))


def _keys(summary: Summary, family: str) -> Iterator[Quantity]:
    headline = [q for q in summary.family(family) if is_headline(summary, q)]
    known = [q for q in headline if q.metric in OVERVIEW]
    yield from sorted(known, key=lambda q: OVERVIEW.index(q.metric)) or headline[:1]


def is_headline(summary: Summary, quantity: Quantity) -> bool:
    """Whether a quantity has a direction and is not one side of an excess."""
    metric = summary.descriptors[quantity.metric]
    return quantity.role in ("value", "excess") and metric.direction != "none"


def leading(summary: Summary, family: str) -> tuple[Quantity, ...]:
    """Every quantity with a value that may lead a verdict and is not known to be uninformative.

    First comes the endpoint that the spec declares, if it does.
    """
    headline = [q for q in summary.family(family) if is_headline(summary, q)]
    names = dict.fromkeys((*_declared(summary, family), *PRIMARY.get(family, ())))
    ordered = [q for name in names for q in headline if q.metric == name]
    usable = (q for q in ordered or headline if summary.ranked(q))
    return tuple(q for q in usable if summary.informative(q) != "no")


def _declared(summary: Summary, family: str) -> tuple[str, ...]:
    objective = summary.run.spec.objective
    name = getattr(objective.endpoints, family, None) if objective else None
    return (name,) if name else ()


def primary(summary: Summary, family: str) -> Quantity | None:
    """The quantity that a family's verdict rests on; None when none is informative here.

    Where the spec declares the endpoint, no other takes its place. Among models of a utility score
    it is the one that does best when trained on real rows.
    """
    usable = leading(summary, family)
    names = _declared(summary, family) or tuple(q.metric for q in usable[:1])
    same = [q for q in usable if q.metric in names]
    return max(same, key=lambda q: _on_real_rows(summary, q), default=None)


def _on_real_rows(summary: Summary, quantity: Quantity) -> float:
    arm = summary.contenders[0].arm.id
    _, ceiling = summary.anchors(arm, quantity)
    return over_splits(ceiling, ratio=summary.ratio).mean if ceiling else 0.0
