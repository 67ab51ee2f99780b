"""Fabricated runs that were attacked, with the excesses that a test wants."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from synthcraft.metrics.cards.attacks import ATTRIBUTE_INFERENCE, LINKABILITY, SINGLING_OUT
from synthcraft.metrics.cards.disclosure import ANONYMITY, REPLICATED_UNIQUES
from synthcraft.metrics.cards.privacy import MIA_DISTANCE, RECORD_RISK
from synthcraft.records import Measure, Record
from synthcraft.report.summary import Summary
from synthcraft.results import Run

CARDS = (
    *(SINGLING_OUT, LINKABILITY, ATTRIBUTE_INFERENCE, MIA_DISTANCE, RECORD_RISK),
    *(REPLICATED_UNIQUES, ANONYMITY),
)
YARDSTICKS = {"fresh_real": (0.0, 0.001, -0.001), "train_copy": (0.9, 0.91, 0.92)}
CONTROL = 0.2

Excesses = Mapping[str, Mapping[str, Sequence[float]]]  # by metric and arm: one for each split


def sides(metric: str, excess: float, **about: Any) -> tuple[Measure, ...]:
    """Main, control and excess of an attack whose control wins one time in five."""
    main = CONTROL + excess * (1 - CONTROL)
    values = {"main": main, "control": CONTROL, "excess": excess}
    bounds = {"low": excess - 0.05, "high": excess + 0.05, "level": 0.95}
    return tuple(
        Measure(metric, value, n=200, role=role, **about, **(bounds if role == "excess" else {}))
        for role, value in values.items()
    )


def attacked(
    run: Run, excesses: Excesses, *, column: str = "", table: Mapping[str, Any] | None = None
) -> Summary:
    """The run with attacks of these excesses; yardsticks are added to each metric named.

    ``column`` is the secret that they are about, if any.
    """

    def of(record: Record) -> Record:
        if record.status != "ok":
            return record
        found: list[Measure] = []
        for metric, by_arm in excesses.items():
            known = {**YARDSTICKS, **by_arm}
            if record.trial.arm in known:
                found += sides(metric, known[record.trial.arm][record.trial.split], column=column)
        return replace(record, measures=(*record.measures, *found))

    return with_measures(replace(run, records=tuple(map(of, run.records))), table=table)


def with_measures(
    run: Run, *measures: Measure, arm: str = "", table: Mapping[str, Any] | None = None
) -> Summary:
    """The run with the attacks' descriptors, further measures of an arm, and roles of columns."""
    descriptors = tuple(d for card in CARDS for d in card.measures)
    known = {d.name for d in run.plan.metrics}
    plan = replace(
        run.plan,
        metrics=(*run.plan.metrics, *(d for d in descriptors if d.name not in known)),
    )
    records = tuple(
        replace(r, measures=(*r.measures, *measures))
        if r.trial.arm == arm and r.status == "ok"
        else r
        for r in run.records
    )
    told = {**run.table, **(table or {})}
    return Summary(replace(run, plan=plan, records=records, table=told))
