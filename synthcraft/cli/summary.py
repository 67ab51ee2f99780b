"""The few lines that a run prints at its end; the report has everything."""

from collections.abc import Sequence
from statistics import fmean

from synthcraft.cli.text import table
from synthcraft.records import Arm, Measure, MetricDescriptor
from synthcraft.results import Run, reason

# The measures that may stand for their family on the terminal, at most one of each family.
HEADLINES = ("c2st", "tstr.auroc", "tstr.r2", "dcr_share")
MODEL = "boosting"


def summarise(run: Run) -> str:
    """A table of generators by one measure per family, the best marked, and what failed."""
    headlines = [metric for metric in run.plan.metrics if metric.name in HEADLINES]
    arms = (*run.plan.arms, *run.plan.references)
    header = ("generator", *(f"{m.family}: {m.name} {_arrow(m)}" for m in headlines), "trials")
    several = len(run.plan.arms) > 1
    best = {m.name: _best(run, run.plan.arms, m) if several else "" for m in headlines}
    rows = [
        (
            _label(run, arm),
            *(_cell(mean(run, arm, m), is_best=arm.id == best[m.name]) for m in headlines),
            _trials(run, arm),
        )
        for arm in arms
    ]
    notes = ["(…) reference generators" + ("; * best of the others" if several else "")]
    notes += [_failure(run, arm) for arm in arms]
    notes += [f"{label} was left out: {why}" for label, why in run.plan.impossible.items()]
    return "\n".join([table(rows, header=header), *filter(None, notes)])


def mean(run: Run, arm: Arm, metric: MetricDescriptor) -> float | None:
    """The mean of a headline measure over the trials of an arm; None when it has none."""
    values = [
        measure.value
        for record in run.of(arm.id)
        for measure in record.measures
        if _stands_for(measure, metric) and measure.value is not None
    ]
    return fmean(values) if values else None


def _stands_for(measure: Measure, metric: MetricDescriptor) -> bool:
    """Whether it is the measure of the whole table (risks: what exceeds that of fresh rows)."""
    return (
        measure.metric == metric.name
        and not (measure.column or measure.group)
        and measure.model in ("", MODEL)
        and measure.role in ("value", "excess")
    )


def _best(run: Run, arms: Sequence[Arm], metric: MetricDescriptor) -> str:
    """The id of the arm with the best mean."""
    sign = -1 if metric.direction == "minimize" else 1
    means = {arm.id: mean(run, arm, metric) for arm in arms}
    known = {arm: sign * value for arm, value in means.items() if value is not None}
    return max(known, key=lambda arm: known[arm]) if known else ""


def _arrow(metric: MetricDescriptor) -> str:
    return {"maximize": "↑", "minimize": "↓"}.get(metric.direction, "")


def _label(run: Run, arm: Arm) -> str:
    return f"({arm.id})" if arm in run.plan.references else arm.id


def _cell(value: float | None, *, is_best: bool) -> str:
    return "–" if value is None else f"{value:.3f}{' *' if is_best else ''}"


def _trials(run: Run, arm: Arm) -> str:
    records = run.of(arm.id)
    return f"{sum(record.status == 'ok' for record in records)} of {len(records)} ok"


def _failure(run: Run, arm: Arm) -> str:
    failed = [record for record in run.of(arm.id) if record.status != "ok"]
    return f"{arm.id} {failed[0].status} ({reason(failed[0])})" if failed else ""
