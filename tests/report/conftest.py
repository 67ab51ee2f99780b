"""Fabricated runs: the journal that an engine would write, from made-up but plausible numbers."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthcraft.data.table import Column, Table
from synthcraft.ids import digest
from synthcraft.journal import Journal
from synthcraft.metrics.cards.fairness import FAIRNESS
from synthcraft.metrics.cards.fidelity import C2ST, CONTINGENCY, CORRELATION, MARGINALS
from synthcraft.metrics.cards.plausibility import PLAUSIBILITY
from synthcraft.metrics.cards.privacy import DCR_SHARE, EXACT_MATCH
from synthcraft.metrics.cards.utility import UTILITY
from synthcraft.metrics.summaries import summarise
from synthcraft.privacy.accountant import epsilon_of, rho_of, zcdp_curve
from synthcraft.privacy.terms import delta_of
from synthcraft.records import Arm, Measure, Plan, Record, Spend, Trial
from synthcraft.spec.privacy import arm_label
from synthcraft.spec.read import dump
from synthcraft.spec.release import declared
from synthcraft.spec.types import Spec

REFERENCES = ("train_copy", "fresh_real", "marginals", "noise")
# How good a fabricated generator is: 1 as train rows, 0 as noise; and how much it copies.
QUALITY = {
    "train_copy": 1.0,
    "fresh_real": 1.0,
    "marginals": 0.55,
    "noise": 0.0,
    "arf": 0.93,
    "bayesian_network": 0.9,
    "ddpm": 0.8,
    "tvae": 0.72,
    "ctgan": 0.68,
}
COPYING = {"train_copy": 1.0, "arf": 0.08, "ddpm": 0.03}
METRICS = (
    *(MARGINALS, CORRELATION, CONTINGENCY, C2ST, EXACT_MATCH, DCR_SHARE, UTILITY),
    *(FAIRNESS, PLAUSIBILITY),
)


@cache
def cohort(rows: int, names: tuple[str, ...], *, seed: int = 0) -> Table:
    """Correlated rows, odd columns numeric, even ones categorical, the outcome last."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=rows)
    data: dict[str, Any] = {}
    columns = []
    for place, name in enumerate(names[:-1]):
        score = common + rng.normal(size=rows)
        if place % 2:
            data[name] = np.round(50 + 10 * score, 1)
            data[name][:: 9 + place] = np.nan
            columns.append(Column(name, "numeric", decimals=1, unit="mmHg", label=name))
        else:
            levels = ("</svg>", "$x$ b", "middle & low", "d")
            data[name] = np.array(levels)[np.clip(np.digitize(score, [-1, 0, 1]), 0, 3)]
            columns.append(Column(name, "categorical", levels))
    data[names[-1]] = np.where(common + rng.normal(size=rows) > 1.2, "Yes", "No")
    columns.append(Column(names[-1], "categorical", ("No", "Yes")))
    table = Table(
        pd.DataFrame(data),
        tuple(columns),
        "classification",
        names[-1],
        "Yes",
        sensitive=(names[0],),
    )
    return table.with_frame(table.frame)


def quality_of(label: str) -> float:
    """As declared; of a private arm the better the larger its epsilon."""
    stem, _, epsilon = label.partition("@eps=")
    if not epsilon:
        return QUALITY.get(label, 0.6)
    return (0.9 if stem == "aim" else 0.8) * float(epsilon) / (float(epsilon) + 1)


def measures(table: Table, label: str, *, n: int, rng: np.random.Generator) -> tuple[Measure, ...]:
    quality, copying = quality_of(label), COPYING.get(label, 0.0)
    jitter = lambda: float(rng.normal(0, 0.006))  # noqa: E731
    out = []
    for metric in ("ks_complement", "tv_complement", "correlation_similarity"):
        out.append(Measure(metric, 0.5 + 0.46 * quality + jitter(), n=n, reference="holdout"))
    out.append(Measure("contingency_similarity", 0.3 + 0.6 * quality + jitter(), n=n))
    out.append(Measure("c2st", max(0.0, 1.8 * quality - 0.85 + jitter()), n=n))
    out.append(Measure("wasserstein_1", 0.8 - 0.7 * quality, n=n, reference="holdout"))
    out.append(Measure("c2st_auc", 0.9 - 0.4 * quality, n=n, reference="holdout"))
    for column in table.columns:
        metric = "ks_complement" if column.numeric else "tv_complement"
        out.append(Measure(metric, 0.5 + 0.46 * quality + jitter(), n=n, column=column.name))
    for model, real in (("logistic", 0.80), ("boosting", 0.82)):
        value = 0.5 + (real - 0.5) * (0.3 + 0.7 * quality) + jitter()
        out.append(Measure("tstr.auroc", value, value - 0.04, value + 0.04, 0.95, n, model))
        out.append(Measure("trtr.auroc", real, real - 0.04, real + 0.04, 0.95, n, model))
        out.append(Measure("gap.auroc", real - value, -0.03, 0.05, 0.95, n, model))
        for level in table.column(table.sensitive[0]).levels:
            few = level == "d"
            out.append(
                Measure(
                    "tstr.auroc",
                    None if few else value - 0.02,
                    n=n // 4,
                    model=model,
                    group=f"{table.sensitive[0]}={level}",
                    status="not_applicable" if few else "ok",
                    reason="too few: 3 events" if few else "",
                )
            )
    out.append(Measure("floor.auroc", 0.5, n=n, model="prevalence"))
    for metric, control in (("exact_match_rate", 0.01), ("dcr_share", 0.7)):
        excess = copying + jitter()
        out.append(Measure(metric, control + excess * (1 - control), n=n, role="main"))
        out.append(Measure(metric, control, n=n, role="control"))
        out.append(Measure(metric, excess, n=n, role="excess"))
    out.append(Measure("dcr_share_p", 0.5, n=n, reference="train"))
    return (*out, *by_group(table, quality, n=n), *of_rules(quality, n=n))


def by_group(table: Table, quality: float, *, n: int) -> Iterator[Measure]:
    sensitive = table.sensitive[0]
    for place, level in enumerate(table.column(sensitive).levels):
        group = f"{sensitive}={level}"
        yield Measure("group_share", 0.2 + 0.02 * place, n=n, group=group)
        yield Measure("group_share_real", 0.25, n=n, group=group, reference="train")
    yield Measure("demographic_parity", 0.3 - 0.2 * quality, n=n, column=sensitive)
    yield Measure("demographic_parity_real", 0.123, n=n, column=sensitive)
    few = "too few: needs two groups of 50 events and non-events in the holdout"
    yield Measure("calibration_gap", column=sensitive, status="not_applicable", reason=few)


def of_rules(quality: float, *, n: int) -> Iterator[Measure]:
    for rule in ("adults", ""):
        yield Measure("rule_violations", 0.2 - 0.2 * quality, n=n, column=rule)
        yield Measure("rule_violations_real", 0.0456, n=n, column=rule, reference="holdout")
        yield Measure("rule_violations_excess", 0.1544 - 0.2 * quality, n=n, column=rule)


def spec_of(names: Sequence[str], **changes: Any) -> Spec:
    base = {
        "name": "fabricated",
        "question": "Which generator keeps the risk of a heart attack learnable?",
        "dataset": {"plugin": "nhanes", "target": names[-1], "sensitive": [names[0]]},
        "generators": {
            label: {"plugin": label, "params": {"n_iter": 50} if label == "ctgan" else {}}
            for label in ("arf", "bayesian_network", "ddpm", "tvae", "ctgan")
        },
    }
    return Spec.model_validate(base | changes)


NAMES = (
    *("<script>alert(1)</script>", "sbp", "$\\frac{a}{b}$", "total & HDL"),
    *("a very long column name that goes on and on and on and does not want to end", "bmi"),
    *("ethnicity\x07\u202e", "age", "heart_attack"),
)


DP = {"independent": "accounted", "mst": "accounted", "aim": "accounted", "dpgan": "claimed"}


def arms_of(spec: Spec) -> Iterator[Arm]:
    for label, g in spec.generators.items():
        if spec.privacy is None or g.plugin not in DP:
            yield Arm(label, g.plugin, g.params)
            continue
        for epsilon in spec.privacy.epsilons:
            name, delta = arm_label(label, epsilon), delta_of(spec.privacy)
            yield Arm(name, g.plugin, g.params, epsilon=epsilon, delta=delta)


def spends_of(spec: Spec, plan: Plan, trial: Trial) -> tuple[Spend, ...]:
    """What a fit would spend, by the formula of Gaussian measurements."""
    arm = plan.arm(trial.arm)
    if arm.epsilon is None:
        return ()
    if DP[arm.plugin] == "claimed":
        return (Spend(arm.plugin, arm.epsilon, arm.delta, claimed=True),)
    curve = zcdp_curve(rho_of(arm.epsilon, arm.delta))
    return (Spend("zCDP", epsilon_of(curve, arm.delta), arm.delta, curve),)


def fabricate(
    directory: Path,
    *,
    names: Sequence[str] = NAMES,
    rows: int = 900,
    fail: Sequence[str] = (),
    stop_after: int | None = None,
    shuffle: int = 0,
    **changes: Any,
) -> Path:
    """Write a run directory; ``fail`` names generators of which every trial fails."""
    directory.mkdir(parents=True)
    spec = spec_of(names, **changes)
    table = cohort(rows, tuple(names), seed=spec.seed)
    plan = Plan(
        spec_id=spec.id,
        fingerprint=digest({"rows": rows, "seed": spec.seed}),
        arms=tuple(arms_of(spec)),
        references=tuple(Arm(name, name) for name in REFERENCES),
        impossible={"survival_gan": "survival_gan does not support the task classification"},
        splits=spec.design.splits,
        replicates=spec.design.replicates,
        metrics=tuple(d for card in METRICS for d in card.measures_for("classification")),
    )
    (directory / "spec.yaml").write_text(dump(spec), encoding="utf-8")
    holdout = held_out(rows)
    trials = [
        Trial(arm.id, split, replicate, "reference" if arm in plan.references else "report")
        for replicate in range(plan.replicates)
        for split in range(plan.splits)
        for arm in (*plan.references, *plan.arms)
        if replicate == 0 or arm in plan.arms
    ]
    with Journal(directory) as journal:
        journal.append("header", header(spec, plan, table))
        sizes = [
            {"index": k, "train": rows - holdout, "holdout": holdout} for k in range(plan.splits)
        ]
        journal.append("splits", {"splits": sizes})
        asked = [trial.to_json() for trial in trials if trial.stage == "report"]
        journal.append("round", {"before": 0, "trials": asked, "why": {}})
        for trial in trials:
            if spends := spends_of(spec, plan, trial):
                plain = {"trial": trial.to_json(), "spends": [s.to_json() for s in spends]}
                journal.append("start", plain)
        records = [
            replace(
                failed(trial) if trial.arm in fail else found(trial, rows, tuple(names), spec.seed),
                spends=spends_of(spec, plan, trial),
            )
            for trial in trials
        ]
        order = np.random.default_rng(shuffle).permutation(len(records)) if shuffle else None
        records = records if order is None else [records[k] for k in order]
        for made in records[:stop_after]:
            journal.append("record", made.to_json())
        if stop_after is None:
            journal.append("end", {})
    return directory


def held_out(rows: int) -> int:
    return int(0.3 * rows)


def failed(trial: Trial) -> Record:
    why = "ValueError: <b>loss</b> is $nan$ | stopped"
    return Record(trial, "failed", "fit", why, seconds={"fit": 1.5}, peak_mb=300)


@cache  # most tests fabricate the same trials
def found(trial: Trial, rows: int, names: tuple[str, ...], seed: int) -> Record:
    table, holdout = cohort(rows, names, seed=seed), held_out(rows)
    rng = np.random.default_rng([trial.split + 100 * trial.replicate, *trial.arm.encode()])
    order = np.random.default_rng(trial.split).permutation(len(table))
    test, train = table.take(order[:holdout]), table.take(order[holdout:])
    made = train.take(rng.integers(len(train), size=len(train)))
    blur = 1 - quality_of(trial.arm)
    frame = made.frame.copy()
    for column in table.columns:
        values = frame[column.name].to_numpy(copy=True)
        moved = rng.random(len(values)) < blur
        values[moved] = rng.permutation(values)[moved]
        if column.numeric:
            values = values + 10 * blur * rng.normal(size=len(values))
        frame[column.name] = values
    return Record(
        trial,
        "ok",
        measures=measures(table, trial.arm, n=holdout, rng=rng),
        summaries=summarise(train, test, table.with_frame(frame).frame, seed=trial.split),
        seconds={"fit": round(float(rng.uniform(1, 20)), 2), "sample": 0.3, "evaluate": 1.1},
        peak_mb=812.5,
    )


def header(spec: Spec, plan: Plan, table: Table) -> dict[str, Any]:
    return {
        "spec_id": spec.id,
        "fingerprint": plan.fingerprint,
        "plan": plan.to_json(),
        "table": {
            "rows": len(table),
            "task": table.task,
            "target": table.target,
            "positive": "Yes",
            "time": None,
            "sensitive": list(table.sensitive),
            "columns": {
                c.name: {
                    "type": c.type,
                    "label": c.label,
                    "unit": c.unit,
                    "missing": int(table.frame[c.name].isna().sum()),
                    "missing_policy": "model",
                    "levels": len(c.levels) or None,
                    "origin": "inferred",
                }
                for c in table.columns
            },
            "target_balance": {
                str(k): int(v) for k, v in table.frame[table.target].value_counts().items()
            },
            "groups": {table.sensitive[0]: {"d": "<10", "</svg>": 400}},
            "notes": ["13 rows without an outcome were left out."],
            "truth": {},
        },
        "said": ["name", "dataset.plugin", "generators.ctgan.params.n_iter"],
        **({"release_policy": policy} if (policy := declared(spec)) else {}),
        "generators": {
            "ctgan": {"effort": "n_iter", "defaults": {"n_iter": 2000}, "caveat": "not CTGAN"},
            **{name: {"dp": dp} for name, dp in DP.items()},
        },
        "provenance": {
            "started": "2026-01-02T03:04:05Z",
            "versions": {"numpy": "2.3.0", "torch": "2.13.0"},
            "synthcity_wheel": "sha256:abc",
            "python": "3.11.7",
            "platform": "Linux",
            "cpu": "some processor",
            "cores": 2,
            "memory_mb": 24000,
            "git": {"commit": "0123abc", "dirty": True},
            "command": "synthcraft run +exp=fabricated",
        },
    }


@pytest.fixture(scope="session")
def make_run() -> Callable[..., Path]:
    return fabricate


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete run of five generators, one of which always fails."""
    return fabricate(tmp_path_factory.mktemp("whole") / "run", fail=["tvae"])


@pytest.fixture(scope="session")
def private(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete run of three private generators and one that only claims to be, at four ε."""
    folder = tmp_path_factory.mktemp("private") / "run"
    return fabricate(folder, **PRIVATE)


PRIVATE: dict[str, Any] = {
    "privacy": {"epsilons": [0.5, 1, 3, 10], "rows": 1000},
    "generators": {
        name: {"plugin": name} for name in ("independent", "mst", "aim", "dpgan", "arf")
    },
}
