"""The definitions of what was measured, for a supplement."""

from collections.abc import Sequence

from synthcraft.records import MetricDescriptor
from synthcraft.report.paper.bibliography import cited
from synthcraft.report.paper.text import Line, Part, Points, line
from synthcraft.report.paper.used import cite, measured
from synthcraft.report.summary import Quantity, Summary
from synthcraft.report.words import WAYS, capital, clean, title

ENDS = {
    "null": "no effect",
    "prevalence": "a model that uses no feature",
    "trtr": "training on real rows",
}
"""Ends of a scale that are no reference generator."""


def definitions(summaries: Sequence[Summary]) -> tuple[Part, ...]:
    """A part for each family, with every measure of any run, defined once."""
    found = {metric.name: metric for summary in summaries for metric in measured(summary)}
    families = dict.fromkeys(metric.family for metric in found.values())
    return tuple(
        Part(
            capital(family),
            (Points(tuple(_defined(m) for m in found.values() if m.family == family)),),
        )
        for family in families
    )


def _defined(metric: MetricDescriptor) -> Line:
    facts = (
        f"Formula: {_sentence(metric.formula)}" if metric.formula else "",
        f"{capital(WAYS[metric.direction]) or 'Descriptive, in no verdict'}.",
        _scale(metric),
        f"Interval within a split: {_sentence(metric.interval)}" if metric.interval else "",
        f"When it misleads: {_sentence(metric.misleads)}" if metric.misleads else "",
        _unknown(metric),
    )
    return line(
        f"{title(Quantity(metric.name))} ({metric.name})",
        cite("measures", metric.name),
        f": {_sentence(metric.question)} ",
        " ".join(fact for fact in facts if fact),
    )


def _scale(metric: MetricDescriptor) -> str:
    """What the scale's 0 and 1 stand for; "" where there is no scale."""
    if not metric.floor or not metric.ceiling:
        return ""
    least, most = (ENDS.get(end, end) for end in (metric.floor, metric.ceiling))
    return f"Scale: 0 is {least}, 1 is {most}."


def _unknown(metric: MetricDescriptor) -> str:
    """The source that the measure itself names, where we know no entry for it."""
    if cited("measures", metric.name) is not None or not metric.source:
        return ""
    return f"Its source, of which no BibTeX entry is known here: {_sentence(metric.source)}"


def _sentence(text: str) -> str:
    told = clean(text)
    return told if told.endswith((".", "?")) else f"{told}."
