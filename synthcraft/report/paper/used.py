"""What a run used that a paper cites, and the citations of it."""

from collections.abc import Iterable, Iterator

from synthcraft.records import Arm, MetricDescriptor
from synthcraft.report.paper.bibliography import Cited, Kind, cited
from synthcraft.report.paper.text import Cite
from synthcraft.report.summary import Contender, Quantity, Summary
from synthcraft.report.words import heading
from synthcraft.spec.types import Spec

NOTHING = Cited()
EVERYWHERE = ("synthcraft", "numpy", "scipy", "pandas", "scikit-learn", "matplotlib")
"""Tools of every run and its report."""
REGRESSIONS = ("logistic", "ridge", "cox")


def cite(kind: Kind, *names: str) -> Cite:
    """A citation of the publications of these names; of nothing where there are none.

    >>> cite("methods", "holm", "corrected")
    Cite(keys=('holm1979', 'nadeau2003'))
    """
    found = [cited(kind, name) or NOTHING for name in names]
    return Cite(sum(found, NOTHING).cite)


def unknown(kind: Kind, name: str) -> str:
    """What the author must add, where we know no publication of a name; "" where we do.

    >>> unknown("datasets", "csv"), unknown("generators", "their_gan"), unknown("selectors", "kg")
    (' (your own file; cite its source)', ' (author to complete: its reference)', '')
    """
    found = cited(kind, name)
    if found is None:
        return " (author to complete: its reference)"
    own = found.own.rstrip(".")
    return f" ({own[0].lower()}{own[1:]})" if own and not found.cite else ""


def everybody(summary: Summary) -> tuple[Contender, ...]:
    """Generators, those that a selector left out, and references."""
    return (*summary.generators, *summary.left_out, *summary.references)


def measured(summary: Summary) -> tuple[MetricDescriptor, ...]:
    """What has a value of anybody, in the order of the plan."""
    seen = {quantity.metric for quantity in valued(summary)}
    return tuple(metric for metric in summary.run.plan.metrics if metric.name in seen)


def valued(summary: Summary) -> frozenset[Quantity]:
    """What was measured, without what had no answer wherever it was asked."""
    return frozenset(
        quantity
        for arm, found in summary.measures.items()
        for quantity in found
        if summary.samples(arm, quantity)
    )


def judging(summary: Summary) -> frozenset[str]:
    """The names of what can judge: a risk can where it could be set against its control."""
    roles = ("value", "excess")
    found = {quantity.metric for quantity in valued(summary) if quantity.role in roles}
    return frozenset(m.name for m in measured(summary) if m.direction != "none") & found


def has_excess(summary: Summary) -> bool:
    """Whether any risk could be set against its control."""
    return any(quantity.role == "excess" for quantity in valued(summary))


def unanswered(summary: Summary) -> dict[str, tuple[MetricDescriptor, ...]]:
    """What was asked and has no value of anybody, by the reason that was told first."""
    there = {metric.name for metric in measured(summary)}
    why: dict[str, str] = {}
    for found in summary.measures.values():
        for quantity, by_split in found.items():
            told = (m.reason for split in sorted(by_split) for m in by_split[split] if m.reason)
            if quantity.metric not in there:
                why.setdefault(quantity.metric, next(told, ""))
    reasons: dict[str, tuple[MetricDescriptor, ...]] = {}
    for metric in summary.run.plan.metrics:
        if metric.name in why:
            reasons[why[metric.name]] = (*reasons.get(why[metric.name], ()), metric)
    return reasons


def models(summary: Summary) -> tuple[str, ...]:
    """Models that were trained, by the names that the bibliography has for them."""
    seen = sorted({q.model for q in valued(summary) if not q.metric.startswith("estimand.")})
    task = summary.run.table.get("task")
    named = {"boosting": "boosting_survival" if task == "survival" else "boosting"}
    return tuple(name for model in seen if cited("models", name := named.get(model, model)))


def model_name(model: str) -> str:
    """What a model is called in a sentence.

    >>> model_name("boosting_survival"), model_name("mlp")
    ('gradient boosting', 'network')
    """
    if model in REGRESSIONS:
        return f"{heading(Quantity('', model))[2]} regression"
    return heading(Quantity("", model.removesuffix("_survival")))[2]


def is_smote(arm: Arm) -> bool:
    """Whether a control oversamples by SMOTE-NC."""
    return arm.plugin == "smote_nc" or arm.label.startswith("smote_nc")


def tools(summary: Summary) -> tuple[str, ...]:
    """Packages that computed something in this run, by name; the everyday ones come first."""
    spec = summary.run.spec
    found = [part for part in _sources(summary, spec) if part]
    by = dict.fromkeys(tool for part in found for tool in part.by)
    hydra = " run " in f" {summary.run.provenance.get('command') or ''} "
    return tuple(dict.fromkeys((*EVERYWHERE, *["hydra-core"] * hydra, *sorted(by))))


def _sources(summary: Summary, spec: Spec) -> Iterator[Cited | None]:
    yield cited("datasets", spec.dataset.plugin)
    yield cited("selectors", spec.selector.plugin)
    yield from _all("generators", (c.arm.plugin for c in everybody(summary)))
    yield from _all("measures", (metric.name for metric in measured(summary)))
    yield from _all("models", models(summary))
    if any(is_smote(arm) for arm in summary.run.plan.controls):
        yield cited("methods", "smote_nc")
    teachers = {c.arm.params.get("teacher_template") for c in everybody(summary)}
    if "xgboost" in teachers:
        yield Cited(by=("xgboost",))


def _all(kind: Kind, names: Iterable[str]) -> Iterator[Cited | None]:
    return (cited(kind, name) for name in dict.fromkeys(names))
