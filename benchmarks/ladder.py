"""Which metrics rank tables of known quality as they must: ``python benchmarks/ladder.py``.

Five rungs, from worst for privacy to worst for fidelity: a copy of the train rows, a table half of
which is copied and half fresh, fresh real rows, independent columns, and noise. Tables: adults of
NHANES, the simulated cohort, 120 tumours (small n), 90 people with 300 correlated numbers (p much
larger than n), and a trial with survival times. Every metric of the catalogue is measured on five
splits. Printed are the means, whether the report would call the metric informative on that table,
and, where it would not, what is missing: the span between the ends of its scale in standard errors,
or the declared order.
"""

import argparse
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from lifelines.datasets import load_gbsg2

from synthcraft.catalogue import METRICS
from synthcraft.data.describe import describe_table, fingerprint
from synthcraft.data.load import load_table
from synthcraft.data.split import apply_split, make_split
from synthcraft.data.table import Column, Table, conform
from synthcraft.engine.trial import RealTask, TrialTask, compute_real, run_trial
from synthcraft.metrics.evaluate import evaluate
from synthcraft.plan import make_plan, reference_trials
from synthcraft.records import Measure, Phase, Plan, Record, Trial
from synthcraft.report.summary import Quantity, Summary
from synthcraft.results import Run, SplitSize
from synthcraft.spec.types import FractionsSpec, Spec
from synthcraft.spec.validate import parse
from synthcraft.stats import in_order, paired

SPLITS = 5
RUNGS = ("train_copy", "half_copied", "fresh_real", "marginals", "noise")
COHORTS: dict[str, dict[str, Any]] = {
    "nhanes": {
        "plugin": "nhanes",
        "params": {"sample": 2000},
        "target": "heart_attack",
        "sensitive": ["ethnicity"],
        "quasi_identifiers": ["age", "sex", "ethnicity", "education"],
    },
    "simulated": {
        "plugin": "simulated",
        "params": {"n": 1500},
        "quasi_identifiers": ["age", "group"],
    },
    "tumours": {"plugin": "breast_cancer"},
}
MADE_HERE = {"plugin": "breast_cancer"}  # what the spec names where the rows come from this script


def spec_of(name: str, metrics: Mapping[str, Any]) -> Spec:
    """The spec of one table; its only generator stands for the half-copied rung."""
    return parse(
        {
            "name": name,
            "dataset": COHORTS.get(name, MADE_HERE),
            "design": {"splits": SPLITS},
            "generators": {"half_copied": {"plugin": "arf"}},
            "metrics": metrics,
        }
    )


def table_of(name: str) -> Table:
    """The rows of one table."""
    if name in TABLES:
        return TABLES[name]()
    table = load_table(spec_of(name, {}).dataset, seed=0)
    if name == "tumours":
        return table.take(np.random.default_rng(0).permutation(len(table))[:120])
    return table


def wide(n: int = 90, genes: int = 300) -> Table:
    """People with many numbers that ten hidden factors drive; the first one decides the class."""
    rng = np.random.default_rng(0)
    factors = rng.normal(size=(n, 10))
    numbers = factors @ rng.normal(size=(10, genes)) + rng.normal(size=(n, genes))
    frame = pd.DataFrame(numbers, columns=[f"gene {i}" for i in range(genes)])
    frame["subtype"] = np.where(factors[:, 0] + rng.normal(0, 0.5, n) > 0, "a", "b")
    columns = tuple(
        Column(name, "categorical", ("a", "b")) if name == "subtype" else Column(name, "numeric")
        for name in frame
    )
    return Table(conform(frame, columns), columns, "classification", "subtype", "a")


def breast_cancer_trial() -> Table:
    """The German Breast Cancer Study Group 2: 686 women until recurrence or death."""
    frame = load_gbsg2().rename(columns={"cens": "event"})
    frame["event"] = frame["event"].map({0: "no", 1: "yes"})
    levels = {name: tuple(sorted(frame[name].unique())) for name in frame.select_dtypes("object")}
    columns = tuple(
        Column(name, "categorical", levels[name]) if name in levels else Column(name, "numeric")
        for name in frame
    )
    return Table(conform(frame, columns), columns, "survival", "event", "yes", time="time")


TABLES = {"wide": wide, "survival": breast_cancer_trial}


def ladder(name: str, metrics: Iterable[str] = ()) -> Summary:
    """What a report would know of the five rungs on this table (all metrics when none is named)."""
    table = table_of(name)
    suited = [card.name for card in METRICS if table.task in card.tasks]
    spec = spec_of(name, {one: {"plugin": one} for one in metrics or suited})
    plan = make_plan(spec, task=table.task, fingerprint=fingerprint(table))
    records: list[Record] = []
    sizes: list[SplitSize] = []
    for index in range(SPLITS):
        split = make_split(table, spec.design.fractions, seed=spec.seed, index=index)
        parts = apply_split(table, split)
        sizes.append(SplitSize(index, len(parts.train), len(parts.holdout)))
        task = RealTask(
            parts.train, parts.holdout, spec.metrics, n_synthetic=len(parts.train), seed=index
        )
        records += references(task, plan, index)
        records.append(Record(Trial("half_copied", index, 0, "report"), "ok", measures=half(task)))
    return Summary(
        Run(
            spec=spec,
            spec_text="",
            plan=plan,
            table=describe_table(table),
            said=(),
            provenance={},
            header={},
            resumed=(),
            splits=tuple(sizes),
            inner=(),
            rounds=(),
            records=tuple(records),
            missing=(),
            starts=(),
            selection=None,
            audits=(),
            complete=True,
            last=0,
        )
    )


def references(task: RealTask, plan: Plan, index: int) -> Iterator[Record]:
    """The record of each reference generator on one split, as a run makes it."""
    real = compute_real(task, silent)
    for trial in reference_trials(plan):
        if trial.split == index:
            yield run_trial(
                TrialTask(
                    trial=trial,
                    arm=plan.arm(trial.arm),
                    real=real,
                    metrics=task.metrics,
                    n_synthetic=task.n_synthetic,
                    fit_seed=index,
                    sample_seeds=(index,),
                    metric_seed=index,
                    device="cpu",
                    keep=None,
                ),
                silent,
            )


def half(task: RealTask) -> tuple[Measure, ...]:
    """Measures of half of the holdout with as many copied rows; the other half is the control."""
    halves = make_split(task.holdout, FractionsSpec(holdout=0.5), seed=task.seed, index=0)
    fresh, control = task.holdout.take(halves.train), task.holdout.take(halves.holdout)
    copied = task.train.take(range(min(len(fresh), len(task.train))))
    both = pd.concat([part.frame.astype(object) for part in (copied, fresh)], ignore_index=True)
    real = replace(task, holdout=control, n_synthetic=len(both))
    return evaluate(compute_real(real, silent), both, seed=task.seed)


def silent(_: Phase) -> None:
    """Tells nobody which phase a trial is in."""


def told(summary: Summary) -> Iterator[tuple[str, ...]]:
    """A row per overall quantity: its mean on each rung, and what the report makes of it."""
    for quantity in summary.quantities:
        metric = summary.descriptors[quantity.metric]
        overall = not (quantity.column or quantity.group) and quantity.role in ("value", "excess")
        if not overall or metric.direction == "none" or not metric.ceiling:
            continue
        means = [summary.score(arm, quantity).estimate for arm in RUNGS]
        yield (
            " ".join(part for part in (quantity.metric, quantity.model) if part),
            *("–" if mean is None else f"{mean.mean:.3f}" for mean in means),
            summary.informative(quantity),
            why(summary, quantity),
        )


def why(summary: Summary, quantity: Quantity) -> str:
    """What keeps a quantity from being informative."""
    metric = summary.descriptors[quantity.metric]
    if summary.informative(quantity) == "yes":
        return ""
    scores = [summary.score(arm, quantity) for arm in metric.order]
    missing = next((score.why for score in scores if score.estimate is None), "")
    if missing:
        return missing
    means = [score.estimate.mean for score in scores if score.estimate]
    if not in_order(means, falling=metric.direction == "maximize"):
        return f"not in the order {' > '.join(metric.order)}"
    floor, ceiling = summary.anchors("half_copied", quantity)
    if not floor.keys() & ceiling.keys():
        return "no scale"
    span = paired(ceiling, floor, ratio=summary.ratio)
    return f"span of {abs(span.mean) / (span.error or 1):.1f} standard errors, needs 4"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tables", nargs="*", default=[*COHORTS, *TABLES], metavar="TABLE")
    parser.add_argument("--metrics", nargs="*", default=[])
    arguments = parser.parse_args()
    for name in arguments.tables:
        start = time.process_time()
        summary = ladder(name, arguments.metrics)
        sizes = summary.run.splits[0]
        seconds = time.process_time() - start
        print(f"\n{name}: {sizes.train} train rows, {sizes.holdout} held out, {seconds:.0f} CPU s")
        print(f"{'measure':34}" + "".join(f"{rung:>12}" for rung in RUNGS) + "  informative")
        for measure, *values, verdict, reason in told(summary):
            print(f"{measure:34}" + "".join(f"{v:>12}" for v in values) + f"  {verdict:8}{reason}")


if __name__ == "__main__":
    main()
