"""Of the methods section: what was measured, and by which statistics."""

from collections.abc import Iterator, Mapping, Sequence

from synthcraft.records import MetricDescriptor
from synthcraft.report.document import Document
from synthcraft.report.inference import endpoints
from synthcraft.report.paper.text import Line, Part, Points, line, listed_lines
from synthcraft.report.paper.used import (
    cite,
    has_excess,
    judging,
    measured,
    model_name,
    models,
    unanswered,
)
from synthcraft.report.pooled import Study, studies
from synthcraft.report.printed import tables
from synthcraft.report.summary import Quantity, Summary
from synthcraft.report.words import (
    capital,
    clean,
    counted,
    filled,
    listed,
    short,
    title,
)
from synthcraft.stats import LEVEL


def measures(study: Study) -> tuple[Line | Points, ...]:
    """The models and the measures that judge, by family; nothing where none was measured."""
    summary = study.first
    found = [metric for metric in measured(summary) if _is_told(metric)]
    judge = judging(summary)
    alone = [metric for metric in found if metric.name not in judge]
    judged = [metric for metric in found if metric.name in judge]
    families = tuple(
        line(
            f"{capital(family)}: ",
            _named([metric for metric in judged if metric.family == family]),
            ".",
        )
        for family in dict.fromkeys(metric.family for metric in judged)
    )
    opening = line(
        "These measures judge; the supplement of measures defines them, and what only describes:"
    )
    return (
        *_models(summary),
        *((opening, Points(families)) if families else ()),
        *(
            [line("Risks without a control, which judge nothing: ", _named(alone), ".")]
            * bool(alone)
        ),
        *_unanswered(summary),
    )


def _named(metrics: Sequence[MetricDescriptor]) -> Line:
    """Measures by their titles, with their sources."""
    told = [line(title(Quantity(m.name)), cite("measures", m.name)) for m in metrics]
    return listed_lines(told, between="; ", last="; ")


def _is_told(metric: MetricDescriptor) -> bool:
    """Whether a measure is made to judge; a gap is what two of the others differ by."""
    return metric.direction != "none" and not metric.name.startswith("gap.")


def _unanswered(summary: Summary) -> Iterator[Line | Points]:
    """What was asked and could not be answered for anybody, and why."""
    points = tuple(
        line(f"{'; '.join(title(Quantity(metric.name)) for metric in told)}: {clean(why)}.")
        for why, metrics in unanswered(summary).items()
        if (told := [metric for metric in metrics if _is_told(metric)])
    )
    if points:
        yield line("Asked for, and without a value on these data:")
        yield Points(points)


def _models(summary: Summary) -> Iterator[Line]:
    parts = [line(model_name(name), cite("models", name)) for name in models(summary)]
    if parts:
        yield line(
            "Models that measure what rows are worth (settings fixed, not tuned): ",
            listed_lines(parts),
            ".",
        )


def statistics(study: Study, *, exploratory: bool = True) -> tuple[Line | Points, ...]:
    """Means, intervals and tests of one study.

    ``exploratory`` says whether the report tells how many differences of other measures are shown.
    """
    summary = study.first
    return (
        line(
            _means(summary),
            " A value on the scale is its place between two references, 0 and 1, that the "
            "definition of its measure names.",
            _pairs(summary, exploratory=exploratory),
            *_risks(summary),
        ),
    )


def _means(summary: Summary) -> Line:
    if summary.run.plan.splits == 1:
        several = summary.run.plan.replicates > 1 or summary.run.spec.design.draws > 1
        averaged = ", averaged over seeds and synthetic tables" if several else ""
        return line(
            f"There is one split: intervals are those of the measures within it{averaged}, and "
            "nothing is told of how results vary between splits."
        )
    return line(
        f"Numbers are means over splits with {LEVEL:.0%} intervals: t with one degree of freedom "
        "less than there are splits, the variance corrected for the overlap of train parts",
        cite("methods", "corrected"),
        "; seeds of one split are averaged first, and an interval is cut at the bounds of its "
        "measure. Where splits agree, it is the interval of the measure within a split.",
    )


def _pairs(summary: Summary, *, exploratory: bool) -> Line:
    """How generators are compared; nothing where no two can be."""
    ranked = (summary.ranked(quantity) for quantity in endpoints(summary).values())
    if summary.run.plan.splits == 1 or not any(len(found) > 1 for found in ranked):
        return ()
    return line(
        " Generators are compared by paired differences over splits; p values are adjusted for "
        "all pairs by Holm’s method",
        cite("methods", "holm"),
        ".",
        line(
            f" All other measures are exploratory, at a false discovery rate of {1 - LEVEL:.0%}",
            cite("methods", "discovery"),
            ".",
        )
        if exploratory
        else (),
    )


def _risks(summary: Summary) -> Iterator[str]:
    if has_excess(summary):
        yield (
            " The excess of a risk sets it against its control, the same attack on holdout rows; "
            "the definition of its measure tells how."
        )


def deciding(studied: Mapping[str, Study]) -> Iterator[Part]:
    """The endpoint of each family; of several studies, by study."""
    told: dict[str, list[str]] = {}
    for called, study in studied.items():
        found = endpoints(study.first)
        text = "; ".join(f"{family}: {title(quantity)}" for family, quantity in found.items())
        if text:
            told.setdefault(text, []).append(called)
    if not told:
        return
    declared = any(study.first.run.spec.objective for study in studied.values())
    first = "the first of a fixed list that tells good from bad on these data"
    how = f"the one that the spec declares or else {first}" if declared else first
    opening = line(f"One measure decides in each family: {how}.")
    if len(told) == 1:
        yield Part("Endpoints", (opening, line(f"{capital(next(iter(told)))}.")))
    else:
        points = tuple(line(f"{listed(names)}: {text}.") for text, names in told.items())
        yield Part("Endpoints", (opening, Points(points)))


def objective(study: Study) -> tuple[Line | Points, ...]:
    """How one score is made of the measures; nothing where the spec declares no use."""
    declared = study.first.run.spec.objective
    if declared is None:
        return ()
    weights = [f"{family} {weight:g}" for family, weight in declared.weights]
    limits = [
        f"{short(limit.measure)} "
        + listed(
            filled(
                "" if limit.at_most is None else f"at most {limit.at_most:g}",
                "" if limit.at_least is None else f"at least {limit.at_least:g}",
            )
        )
        for limit in declared.constraints.values()
    ]
    margin = declared.non_inferiority
    use = f" ({clean(declared.use)})" if declared.use else ""
    told = filled(
        f"For the declared use{use}, endpoints make one score in 0 to 1, weighed by "
        f"{listed(weights)}.",
        f"A score is 0 where a limit is not kept: {listed(limits)}." if limits else "",
        f"A loss of utility against real rows of up to {margin:g} is taken to be acceptable."
        if margin
        else "",
    )
    return (line(" ".join(told)),)


def across(summaries: Sequence[Summary], document: Document) -> Iterator[Part]:
    """What the report of several runs, or of several seeds, computes beside."""
    there = {table.id for table in tables(document)}
    body: list[Line] = []
    if any(name.startswith("standings-") for name in there):
        body.append(
            line(
                f"Over {counted(len(studies(summaries)), 'dataset')}, generators are ranked by "
                "the endpoint of each; one without a result has the worst rank. Ranks are compared "
                "by Friedman’s test and pairs by Wilcoxon’s signed-rank test with Holm’s "
                "adjustment, where the number of datasets allows significance",
                cite("methods", "ranks", "holm"),
                "; shares have Wilson’s interval",
                cite("methods", "shares"),
                ", and the probability of the best mean rank is by the Bayesian bootstrap",
                cite("methods", "best"),
                ".",
            )
        )
    if any(name.startswith("variance") for name in there):
        body.append(
            line(
                "Variance is attributed to datasets, splits and seeds by Henderson’s method III, "
                "with modified large-sample intervals",
                cite("methods", "variance"),
                ".",
            )
        )
    if body:
        yield Part("Statistics over runs and seeds", tuple(body))
