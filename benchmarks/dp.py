"""Quality of differentially private generators: workload error and TSTR, paired over seeds.

``python benchmarks/dp.py [--table nhanes] [--tools mst aim …] [--epsilons 1 3] [--seeds 3]
[--peer smartnoise=/…/python]`` fits every tool on the same train rows with the same domain and δ,
each in a process of its own that may take ``--limit`` seconds; a timeout is a row of the table.
Peers run under the Python of an environment that has them. Workload error is the mean total
variation distance between train and synthetic rows over all 3-way marginals of the coded domain
(missing is a level); TSTR is the AUROC on holdout rows of gradient boosting trained on synthetic
rows. Intervals are t intervals over seeds; ratios are geometric, paired by seed. Noise is seeded,
so these fits protect nobody.
"""

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from synthcraft.data.load import load_table
from synthcraft.data.split import apply_split, make_split
from synthcraft.privacy.domain import Domain, declared_domain
from synthcraft.spec.types import DatasetSpec, FractionsSpec

WORKER = Path(__file__).with_name("dp_tools.py")
OURS = ("independent", "mst", "aim", "dp_ar")
CLAIMED = ("dpgan", "pategan", "privbayes", "aim_synthcity")
DELTA = 1e-5
TABLES = {
    "nhanes": DatasetSpec(plugin="nhanes", target="heart_attack"),
    "simulated": DatasetSpec(plugin="simulated", params={"n": 5000}),
}


@dataclass(frozen=True)
class Cell:
    """What one fit gave; ``failed`` says why there is nothing."""

    tool: str
    epsilon: float
    seed: int
    error: float = np.nan
    auroc: float = np.nan
    seconds: float = np.nan
    failed: str = ""


def main() -> None:
    options = _options()
    peers = dict(peer.split("=", 1) for peer in options.peer)
    tools = dict.fromkeys(options.tools, sys.executable) | peers
    cells = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(options.seeds):
            truth = _prepare(options.table, seed, Path(folder))
            for epsilon, (tool, python) in itertools.product(options.epsilons, tools.items()):
                cell = _cell(tool, python, epsilon, seed, truth, options.limit)
                print(cell, file=sys.stderr, flush=True)
                cells.append(cell)
    for line in _table(cells):
        print(line)
    for line in _ratios(cells, [p for p in peers if "aim" in p or "mst" in p]):
        print(line)


def _options() -> argparse.Namespace:
    this = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    this.add_argument("--table", choices=TABLES, default="nhanes")
    this.add_argument("--tools", nargs="*", default=[*OURS, *CLAIMED])
    this.add_argument("--epsilons", nargs="+", type=float, default=[1.0, 3.0])
    this.add_argument("--seeds", type=int, default=3)
    this.add_argument("--limit", type=float, default=600, help="seconds that a fit may take")
    this.add_argument("--peer", nargs="*", default=[], help="NAME=PYTHON, see dp_tools.py")
    return this.parse_args()


@dataclass(frozen=True)
class Truth:
    """The coded train and holdout rows of one seed, and where a tool finds them."""

    folder: Path
    domain: Domain
    target: int
    positive: int
    train: np.ndarray[Any, Any]
    holdout: np.ndarray[Any, Any]


def _prepare(name: str, seed: int, folder: Path) -> Truth:
    dataset = TABLES[name]
    table = load_table(dataset, seed=0)
    table = replace(table, columns=tuple(_binned(column) for column in table.columns))
    split = make_split(table, FractionsSpec(holdout=0.3), seed=seed, index=0)
    parts = apply_split(table, split)
    domain = declared_domain(parts.train.columns)
    train, holdout = domain.encode(parts.train.frame), domain.encode(parts.holdout.frame)
    target = table.names.index(table.target)
    positive = domain.attributes[target].levels.index(str(table.positive))
    about = {
        "dataset": dataset.model_dump(mode="json"),
        "seed": seed,
        "sizes": domain.sizes,
        "names": table.names,
    }
    (folder / "about.json").write_text(json.dumps(about))
    np.savez(folder / "train.npz", codes=train)
    return Truth(folder, domain, target, positive, train, holdout)


def _binned(column: Any) -> Any:
    """Where the data's plug-in declares neither bins nor a range: 20 bins of what it shows."""
    if not column.numeric or column.bins is not None:
        return column
    return replace(column, bins=20)


def _cell(tool: str, python: str, epsilon: float, seed: int, truth: Truth, limit: float) -> Cell:
    out = truth.folder / "synthetic.npz"
    out.unlink(missing_ok=True)
    words = [python, str(WORKER), tool, str(truth.folder), str(epsilon), str(DELTA), str(seed)]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return Cell(tool, epsilon, seed, failed=f"over {limit:g} s")
    if not out.exists():
        return Cell(tool, epsilon, seed, failed=(done.stderr.strip().splitlines() or ["?"])[-1])
    with np.load(out) as found:
        codes, seconds = found["codes"], float(found["seconds"])
    return Cell(tool, epsilon, seed, _error(truth, codes), _auroc(truth, codes), seconds)


def _error(truth: Truth, codes: np.ndarray[Any, Any]) -> float:
    """Mean total variation distance over all 3-way marginals."""
    sizes = truth.domain.sizes
    return float(
        np.mean(
            [
                _distance(truth.train[:, list(of)], codes[:, list(of)], [sizes[i] for i in of])
                for of in itertools.combinations(range(len(sizes)), 3)
            ]
        )
    )


def _distance(one: Any, other: Any, sizes: list[int]) -> float:
    shares = [
        np.bincount(np.ravel_multi_index(rows.T, sizes), minlength=int(np.prod(sizes))) / len(rows)
        for rows in (one, other)
    ]
    return float(np.abs(shares[0] - shares[1]).sum() / 2)


def _auroc(truth: Truth, codes: np.ndarray[Any, Any]) -> float:
    """TSTR of gradient boosting on codes; rows without outcome teach nothing."""
    missing = truth.domain.sizes[truth.target] - 1
    rows = codes[codes[:, truth.target] != missing]
    labels = rows[:, truth.target] == truth.positive
    if len(set(labels.tolist())) < 2:
        return 0.5
    model = HistGradientBoostingClassifier(max_iter=60, random_state=0)
    model.fit(np.delete(rows, truth.target, axis=1), labels)
    scores = model.predict_proba(np.delete(truth.holdout, truth.target, axis=1))[:, 1]
    return float(roc_auc_score(truth.holdout[:, truth.target] == truth.positive, scores))


def _table(cells: list[Cell]) -> Iterator[str]:
    yield f"{'tool':16} {'ε':>4} {'workload error':>24} {'TSTR AUROC':>24} {'seconds':>8}  failed"
    for (tool, epsilon), group in _grouped(cells).items():
        good = [cell for cell in group if not cell.failed]
        reasons = {cell.failed for cell in group if cell.failed}
        yield (
            f"{tool:16} {epsilon:>4g} {_interval([c.error for c in good]):>24} "
            f"{_interval([c.auroc for c in good]):>24} "
            f"{np.mean([c.seconds for c in good]) if good else np.nan:>8.0f}  "
            f"{len(group) - len(good)} of {len(group)} {'; '.join(sorted(reasons))[:80]}"
        )


def _grouped(cells: list[Cell]) -> dict[tuple[str, float], list[Cell]]:
    found: dict[tuple[str, float], list[Cell]] = {}
    for cell in cells:
        found.setdefault((cell.tool, cell.epsilon), []).append(cell)
    return found


def _interval(values: list[float]) -> str:
    if len(values) < 2:
        return f"{values[0]:.3f}" if values else "–"
    half = stats.t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values))
    return f"{np.mean(values):.3f} ({np.mean(values) - half:.3f} to {np.mean(values) + half:.3f})"


def _ratios(cells: list[Cell], peers: list[str]) -> Iterator[str]:
    """Ratio of our aim's workload error to each verified peer's, with its upper 95 % bound."""
    found = {(c.tool, c.epsilon, c.seed): c.error for c in cells if not c.failed}
    for peer, epsilon in itertools.product(peers, sorted({c.epsilon for c in cells})):
        logs = [
            np.log(found["aim", epsilon, seed] / found[peer, epsilon, seed])
            for seed in sorted({c.seed for c in cells})
            if ("aim", epsilon, seed) in found and (peer, epsilon, seed) in found
        ]
        if len(logs) > 1:
            half = stats.t.ppf(0.95, len(logs) - 1) * np.std(logs, ddof=1) / np.sqrt(len(logs))
            upper = np.exp(np.mean(logs) + half)
            yield (
                f"aim / {peer} at ε = {epsilon:g}: {np.exp(np.mean(logs)):.3f}, at most {upper:.3f}"
            )


if __name__ == "__main__":
    main()
