"""Of the methods section: analyses and limits that the spec declared."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from synthcraft.report.paper.text import Line, Points, line
from synthcraft.report.paper.used import cite, valued
from synthcraft.report.policy import asked, changed, released, unreleased
from synthcraft.report.pooled import Study
from synthcraft.report.summary import Summary
from synthcraft.report.words import clean, listed, short
from synthcraft.stats import LEVEL

ESTIMAND = "estimand"
_OF_TASK = {"classification": "logistic", "regression": "linear", "survival": "cox"}
_FORMS = {
    "logistic": "logistic regression of {outcome}",
    "linear": "linear regression (least squares) of {outcome}",
    "cox": "Cox regression of {outcome}",
}


# Analyses ---------------------------------------------------------------------------------------


def analyses(study: Study) -> tuple[Line | Points, ...]:
    """The analyses that synthetic rows ought to reproduce; nothing where none was done."""
    summary = study.first
    there = {quantity.metric for quantity in valued(summary)}
    if f"{ESTIMAND}.synthetic" not in there:
        return ()
    asked_for = _estimands(summary)
    declared = {name: one for params in asked_for for name, one in params["analyses"].items()}
    rules = dict.fromkeys(str(params["combine"]) for params in asked_for)
    crude = {"model": _OF_TASK.get(str(summary.run.table.get("task"))), "adjusted": False}
    points = tuple(
        line(f"{short(name)}: {_analysis(summary, analysis)}.")
        for name, analysis in (declared or {"crude": crude}).items()
    )
    weighted = f"{ESTIMAND}.weighted" in there
    return (
        line(
            "The same analyses were done on train rows and on synthetic rows, of rows complete in "
            "what each names. Errors on synthetic rows allow for the synthesis",
            cite("methods", *rules),
            line(
                "; train rows were also analysed with their survey weights",
                cite("measures", f"{ESTIMAND}.weighted"),
            )
            if weighted
            else "",
            ".",
        ),
        Points(points),
    )


def _estimands(summary: Summary) -> Sequence[Mapping[str, Any]]:
    """The parameters of each metric that does analyses, with what stands for those left out."""
    plain: dict[str, Any] = {"analyses": {}, "combine": "raab"}
    declared = [
        {**plain, **one.params}
        for one in summary.run.spec.metrics.values()
        if one.plugin == ESTIMAND
    ]
    return declared or [plain]


def _analysis(summary: Summary, analysis: Mapping[str, Any]) -> str:
    """One analysis in words: its model, outcome and terms."""
    model, table = analysis["model"], summary.run.table
    column = str(analysis.get("outcome") or table.get("target"))
    level = analysis.get("level") or (
        table.get("positive") if column == table.get("target") else ""
    )
    categorical = table.get("columns", {}).get(column, {}).get("type") == "categorical"
    outcome = f"{short(column)} ({short(str(level))})" if level and categorical else short(column)
    if model == "mean":
        return f"{'share' if level and categorical else 'mean'} of {outcome}"
    terms = [short(str(name)) for name in analysis.get("terms") or ()]
    on = listed(terms) if terms else "every other column"
    alone = "" if analysis.get("adjusted", True) else ", each on its own"
    return f"{_FORMS[model].format(outcome=outcome)} on {on}{alone}"


# Release policy ---------------------------------------------------------------------------------


def policy(study: Study) -> tuple[Line | Points, ...]:
    """The limits that a release must keep, and of which arm; nothing where none were declared."""
    summary = study.first
    declared = summary.run.spec.release_policy
    if declared is None:
        gone = changed(summary)
        told = "The run was started with limits for a release, which its spec no longer has."
        return (line(told),) if gone else ()
    when = (
        "Limits that a release must keep were changed or declared after the run was started, and "
        "count as kept for none"
        if changed(summary)
        else "Limits that a release must keep were declared before any result"
    )
    arm = released(summary)
    what = (
        f"the first table of {short(arm.label)}"
        if arm
        else f"none, as {clean(unreleased(summary))}"
    )
    return (
        line(
            f"{when}. What would be released: {what}. “Upper bound” and “lower bound” are the ends "
            f"of the {LEVEL:.0%} interval; what cannot be told is not kept."
        ),
        Points(tuple(_limits(summary))),
    )


def _limits(summary: Summary) -> Iterator[Line]:
    declared = summary.run.spec.release_policy
    for label, limit in (declared.limits if declared else {}).items():
        yield line(f"{short(label)}: {asked(summary, limit)}.")
