"""One evaluation tool on one synthetic table, timed metric by metric in this process.

``python benchmarks/peers.py TOOL FOLDER`` is called by evaluate.py, with the Python of the tool. It
prints a JSON line for each metric as it ends, so that a process that is stopped has told what it
finished, and a last line for the whole.
"""

import json
import resource
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from typing import Any

import pandas as pd

PARTS = ("train", "holdout", "synthetic", "second")
OUT = sys.stdout


def main(tool: str, folder: Path) -> None:
    about = json.loads((folder / "about.json").read_text())
    types = dict.fromkeys(about["categorical"], str)
    tables = {p: pd.read_csv(folder / f"{p}.csv", dtype=types) for p in PARTS}
    warnings.simplefilter("ignore")
    with redirect_stdout(sys.stderr):
        TOOLS[tool](tables, about)
    tell(kind="end")


def tell(**fact: Any) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    print(json.dumps({**fact, "peak_mb": round(peak)}), file=OUT, flush=True)


@contextmanager
def timed(metric: str, kind: str = "metric") -> Iterator[None]:
    """Tell the seconds of what happens inside, also of what fails."""
    cpu, wall, why = time.process_time(), time.perf_counter(), ""
    try:
        yield
    except Exception as exc:
        why = f"{type(exc).__name__}: {exc}"[:200]
    seconds = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
    tell(kind=kind, metric=metric, failed=why, **seconds)


def ours(tables: dict[str, pd.DataFrame], about: dict[str, Any]) -> None:
    """The default suite: real side once, then each metric in the suite's order.

    What metrics share is charged to the first that asks for it.
    """
    from synthcraft.catalogue import METRICS
    from synthcraft.data.load import build_table
    from synthcraft.metrics.choice import chosen_metrics
    from synthcraft.metrics.context import Synthetic
    from synthcraft.metrics.evaluate import prepare, prepare_metric
    from synthcraft.spec.types import DatasetSpec

    train = build_table(tables["train"], DatasetSpec(plugin="csv", **about["dataset"]))
    holdout = train.with_frame(tables["holdout"])
    for name in chosen_metrics({}, train.task):  # libraries load once in a run, not per table
        METRICS.get(name).load()
    with timed("real side", "real"):
        real = prepare(train, holdout, {}, n_synthetic=len(tables["synthetic"]), seed=0)
    synthetic = Synthetic(real.real, train.with_frame(tables["synthetic"]), 0)
    for prepared in real.metrics:
        _measured(prepared, synthetic, "metric")
    suite = {prepared.card.name for prepared in real.metrics}
    for name in about["same"]:
        if name not in suite and name in METRICS:
            asked = prepare_metric(METRICS.get(name), {}, real.real)
            _measured(asked, synthetic, "asked")


def _measured(prepared: Any, synthetic: Any, kind: str) -> None:
    from synthcraft.metrics.evaluate import measure_metric

    with timed(prepared.card.name, kind):
        measures = measure_metric(prepared, synthetic)
        bad = [m.reason for m in measures if m.status == "failed"]
        if bad or all(m.status != "ok" for m in measures):
            raise RuntimeError(bad[0] if bad else measures[0].reason)


def synthcity(tables: dict[str, pd.DataFrame], about: dict[str, Any]) -> None:
    """``Metrics.evaluate`` as it is called, its evaluators clocked one by one."""
    import synthcraft.generators.standins as standins

    # The stand-ins let it be imported; its metrics themselves are the real ones.
    standins.ABSENT = tuple(name for name in standins.ABSENT if name != "synthcity.metrics")
    sys.meta_path.insert(0, standins.StandInFinder())
    from synthcity.metrics import eval as evaluation
    from synthcity.plugins.core.dataloader import GenericDataLoader

    wanted: dict[str, list[str]] = {}
    for name in about["synthcity"]:
        family, _, metric = name.partition(".")
        wanted.setdefault(family, []).append(metric)
    for cls in evaluation.standard_metrics:
        cls.evaluate = _clocked(cls.evaluate, f"{cls.type()}.{cls.name()}")
    loaders = {p: GenericDataLoader(t, target_column=about["target"]) for p, t in tables.items()}
    with timed("all", "whole"):
        evaluation.Metrics.evaluate(
            loaders["train"],
            loaders["synthetic"],
            X_train=loaders["train"],
            X_ref_syn=loaders["second"],
            metrics=wanted,
            task_type="classification",
            workspace=Path(about["scratch"]),
            use_cache=False,
        )


def _clocked(evaluate: Callable[..., Any], name: str) -> Callable[..., Any]:
    def clocked(*args: Any, **kwargs: Any) -> Any:
        with timed(name):
            return evaluate(*args, **kwargs)
        return {}  # it failed, and was told

    return clocked


def sdmetrics(tables: dict[str, pd.DataFrame], about: dict[str, Any]) -> None:
    """Its metrics that ours have a counterpart of."""
    from sdmetrics import single_table
    from sdmetrics.reports.single_table import QualityReport

    kinds = {
        name: {"sdtype": "categorical" if name in about["categorical"] else "numerical"}
        for name in tables["train"]
    }
    metadata = {"columns": kinds}
    train, holdout, synthetic = (tables[part] for part in PARTS[:3])
    pair = {"real_data": holdout, "synthetic_data": synthetic, "metadata": metadata}
    for name in ("KSComplement", "TVComplement", "CorrelationSimilarity", "ContingencySimilarity"):
        with timed(name):
            getattr(single_table, name).compute(**pair)
    with timed("QualityReport"):
        QualityReport().generate(holdout, synthetic, metadata, verbose=False)
    with timed("LogisticDetection"):
        single_table.LogisticDetection.compute(**pair)
    with timed("BinaryLogisticRegression"):
        positive = {part: _zero_one(tables[part], about) for part in ("holdout", "synthetic")}
        single_table.BinaryLogisticRegression.compute(
            positive["holdout"], positive["synthetic"], metadata, target=about["target"]
        )
    with timed("NewRowSynthesis"):
        single_table.NewRowSynthesis.compute(train, synthetic, metadata)
    with timed("DCROverfittingProtection"):
        single_table.DCROverfittingProtection.compute(train, synthetic, holdout, metadata, None)


def _zero_one(table: pd.DataFrame, about: dict[str, Any]) -> pd.DataFrame:
    return table.assign(**{about["target"]: table[about["target"]] == about["dataset"]["positive"]})


def syntheval(tables: dict[str, pd.DataFrame], about: dict[str, Any]) -> None:
    """Its full preset, metric by metric."""
    import syntheval as package
    from syntheval import SynthEval

    preset = Path(package.__file__).parent / "presets" / "full_eval.json"
    train, holdout, synthetic = (tables[part] for part in PARTS[:3])
    judge = SynthEval(
        train,
        holdout_dataframe=holdout,
        cat_cols=about["categorical"],
        verbose=False,
        enable_plots=False,
        console="off",
    )
    for name, options in json.loads(preset.read_text()).items():
        with timed(name):
            judge.evaluate(synthetic, analysis_target=about["target"], **{name: options})


TOOLS: dict[str, Callable[[dict[str, pd.DataFrame], dict[str, Any]], None]] = {
    "ours": ours,
    "synthcity": synthcity,
    "sdmetrics": sdmetrics,
    "syntheval": syntheval,
}

if __name__ == "__main__":
    with suppress(BrokenPipeError):
        main(sys.argv[1], Path(sys.argv[2]))
