"""Our attacks beside those of anonymeter, on the same tables: ``python benchmarks/agreement.py``.

anonymeter (Giomi et al. 2023) pins other versions than ours, so it lives in an environment of its
own, whose Python is told::

    python -m venv /tmp/anonymeter && /tmp/anonymeter/bin/pip install anonymeter
    python benchmarks/agreement.py --anonymeter /tmp/anonymeter/bin/python

Without it ours are printed alone. Tables: simulated patients; synthetic rows are the train rows,
half of them with fresh ones, and fresh rows alone. Both attack 500 targets and know the same
columns.

Seen with anonymeter 1.1.0, 1,400 train and 600 holdout rows: main and control of linkability and
attribute inference agree within their error. Where the numbers differ, and why:

- anonymeter shrinks shares towards 1/2 (the centre of Wilson's interval) and cuts the excess at 0;
- it measures nearness by Gower's distance with the range of each column, we by the encoded
  distance; of several equally near rows it takes the first, we draw one;
- it divides successful predicates by the number asked for, we by the number found;
- it corrects the control of singling out by a curve fitted between 1,000 rows and all holdout
  rows. With fewer there is nothing to fit, and fresh rows show an excess (0.12 here). We exchange
  train rows for holdout rows: 0 for fresh rows, though less certain;
- its naive guesses of a secret are aligned with the targets by row label, so most are lost and its
  guess is too low (``reindex_like`` in ``_run_attack``): ours is what a random row would tell.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

ATTACKS = 500
SIZES = {"train": 1400, "holdout": 600, "fresh": 1400}
COPIED = ("train_copy", "half_copied", "fresh_real")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--anonymeter", default="", help="Python of an environment that has it")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--peer", default="", help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.peer:
        for one in theirs(Path(told.peer)):
            print(json.dumps(one))
        return
    with tempfile.TemporaryDirectory() as folder:
        rows = list(ours(Path(folder), told.seed))
        if told.anonymeter:
            command = [told.anonymeter, __file__, "--peer", folder]
            answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            rows += [json.loads(line) for line in answer.stdout.splitlines()]
        else:
            print("Install anonymeter and name its Python to see its numbers: see the text above.")
    table = pd.DataFrame(rows).pivot_table(
        index=["attack", "synthetic"], columns="by", values=["main", "control", "excess", "guess"]
    )
    print(table.round(3).to_string())


def ours(folder: Path, seed: int) -> Iterator[dict[str, Any]]:
    """Our shares; the tables and what is known are left in the folder."""
    import numpy as np

    from synthcraft.catalogue import DATASETS, METRICS
    from synthcraft.data.load import load_from
    from synthcraft.metrics.attacks.inference import known_columns, secret_columns
    from synthcraft.metrics.attacks.linkability import file_columns
    from synthcraft.metrics.context import Real, Synthetic
    from synthcraft.metrics.evaluate import measure_metric, prepare_metric
    from synthcraft.spec.types import DatasetSpec

    spec = DatasetSpec(plugin="simulated", params={"n": sum(SIZES.values())})
    table = load_from(DATASETS.get("simulated"), spec, seed=seed)
    cuts = np.cumsum(list(SIZES.values()))[:-1]
    order = np.split(np.random.default_rng(seed).permutation(len(table)), cuts)
    train, holdout, fresh = (table.take(rows) for rows in order)
    half = len(train) // 2
    both = [train.frame.iloc[:half].astype(object), fresh.frame.iloc[half:].astype(object)]
    made = dict(
        zip(COPIED, (train.frame, pd.concat(both, ignore_index=True), fresh.frame), strict=True)
    )
    for name, frame in {"train": train.frame, "holdout": holdout.frame, **made}.items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    secrets = {secret: known_columns(train, secret) for secret in secret_columns(train)}
    about = {"categorical": train.categorical, "halves": file_columns(train), "secrets": secrets}
    (folder / "about.json").write_text(json.dumps(about))
    real = Real(train, holdout, len(train), seed)
    for attack, params in (
        ("singling_out", {"attacks": ATTACKS}),
        ("linkability", {"targets": ATTACKS}),
        ("attribute_inference", {"targets": ATTACKS}),
    ):
        prepared = prepare_metric(METRICS.get(attack), params, real)
        for name, frame in made.items():
            measures = measure_metric(prepared, Synthetic(real, train.with_frame(frame), seed))
            for about_what in {(m.model, m.column) for m in measures}:
                model, column = about_what
                if attack == "attribute_inference" and not column:
                    continue
                found = {m.role: m.value for m in measures if (m.model, m.column) == about_what}
                label = " ".join(filter(None, (attack, model, column)))
                found["guess"] = found.pop("value")
                yield {"by": "ours", "attack": label, "synthetic": name, **found}


def theirs(folder: Path) -> Iterator[dict[str, Any]]:
    """anonymeter's shares, before it shrinks them; its excess as it prints it."""
    from anonymeter.evaluators import (
        InferenceEvaluator,
        LinkabilityEvaluator,
        SinglingOutEvaluator,
    )

    warnings.simplefilter("ignore")
    about = json.loads((folder / "about.json").read_text())
    types = dict.fromkeys(about["categorical"], str)
    train, holdout = (
        pd.read_csv(folder / f"{name}.csv", dtype=types) for name in ("train", "holdout")
    )
    for name in COPIED:
        made = pd.read_csv(folder / f"{name}.csv", dtype=types)
        tables = {"ori": train, "syn": made, "control": holdout, "n_attacks": ATTACKS}
        tried = {}
        for mode in ("univariate", "multivariate"):
            attack = SinglingOutEvaluator(**tables, seed=1, max_attempts=20_000)
            tried[f"singling_out {mode}"] = (attack, attack.evaluate(mode=mode).queries())
        attack = LinkabilityEvaluator(**tables, aux_cols=about["halves"])
        tried["linkability"] = (attack.evaluate(n_jobs=1), None)
        for secret, known in about["secrets"].items():
            number = secret not in about["categorical"]
            attack = InferenceEvaluator(**tables, aux_cols=known, secret=secret, regression=number)
            tried[f"attribute_inference {secret}"] = (attack.evaluate(n_jobs=1), None)
        for label, (attack, _) in tried.items():
            found = attack.results()
            shares = (found.n_success, found.n_control, found.n_baseline)
            main, control, guess = (float(share) / ATTACKS for share in shares)
            about_what = {"by": "anonymeter", "attack": label, "synthetic": name, "guess": guess}
            yield {**about_what, "main": main, "control": control, "excess": found.risk().value}


if __name__ == "__main__":
    sys.exit(main())
