"""One private fit of one tool, in a process of its own: ``dp_tools.py TOOL FOLDER ε δ SEED``.

Called by dp.py with the Python of the tool. It reads the coded train rows (``train.npz``,
``about.json``) and writes as many coded synthetic rows, and the seconds they took.
"""

import importlib
import json
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


def main(tool: str, folder: Path, epsilon: float, delta: float, seed: int) -> None:
    warnings.simplefilter("ignore")
    about = json.loads((folder / "about.json").read_text())
    with np.load(folder / "train.npz") as found:
        train = found["codes"]
    make = PEERS.get(tool, ours)
    start = time.perf_counter()
    codes = make(tool, train, about, epsilon, delta, seed)
    np.savez(folder / "synthetic.npz", codes=codes, seconds=time.perf_counter() - start)


def ours(
    tool: str, train: Any, about: dict[str, Any], epsilon: float, delta: float, seed: int
) -> Any:
    """A generator of SynthCraft on the same rows, its samples coded by the same domain."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    dp = importlib.import_module("dp")
    from dataclasses import replace

    from synthcraft.catalogue import GENERATORS
    from synthcraft.data.load import load_table
    from synthcraft.data.split import apply_split, make_split
    from synthcraft.privacy.domain import declared_domain
    from synthcraft.privacy.release import Release
    from synthcraft.spec.types import DatasetSpec, FractionsSpec

    table = load_table(DatasetSpec(**about["dataset"]), seed=0)
    table = replace(table, columns=tuple(dp._binned(column) for column in table.columns))
    split = make_split(table, FractionsSpec(holdout=0.3), seed=about["seed"], index=0)
    rows = apply_split(table, split).train
    card = GENERATORS.get(tool)
    for module in card.preload:
        importlib.import_module(module)
    release = Release(epsilon, delta, len(train), seeded=True)
    fitted = card.load()(params=card.params(), release=release).fit(rows, seed=seed)
    return declared_domain(rows.columns).encode(fitted.sample(len(train), seed=seed + 1))


def _frame(train: Any, about: dict[str, Any]) -> Any:
    import pandas as pd

    return pd.DataFrame(train, columns=[f"c{i}" for i in range(len(about["sizes"]))])


def smartnoise(
    tool: str, train: Any, about: dict[str, Any], epsilon: float, delta: float, seed: int
) -> Any:
    """SmartNoise's mst or aim (OpenDP, MIT), told the domain, without any preprocessing."""
    from snsynth import Synthesizer
    from snsynth.transform import TableTransformer
    from snsynth.transform.label import LabelTransformer

    class Known(LabelTransformer):  # type: ignore[misc]
        """Codes 0 to size − 1, whatever the rows hold."""

        def __init__(self, size: int) -> None:
            super().__init__(nullable=False)
            self.labels = {code: code for code in range(size)}
            self.categories = list(range(size))
            self.output_width, self._fit_complete = 1, True

    np.random.seed(seed)  # noqa: NPY002 (the tool draws from the global generator)
    frame = _frame(train, about)
    transformer = TableTransformer([Known(size) for size in about["sizes"]])
    made = Synthesizer.create(tool.split("_")[1], epsilon=epsilon, delta=delta)
    made.fit(frame, transformer=transformer, preprocessor_eps=0.0)
    return np.asarray(made.sample(len(train)), dtype=np.int64)


def dpmm(
    tool: str, train: Any, about: dict[str, Any], epsilon: float, delta: float, seed: int
) -> Any:
    """dpmm's mst or aim (Sony, Apache-2), told the domain."""
    from dpmm.models.aim import AIMGM
    from dpmm.models.mst import MSTGM

    frame = _frame(train, about)
    domain = {name: int(size) for name, size in zip(frame, about["sizes"], strict=True)}
    kind = {"aim": AIMGM, "mst": MSTGM}[tool.split("_")[1]]
    made = kind(
        epsilon=epsilon, delta=delta, domain=domain, random_state=np.random.RandomState(seed)
    )
    made.fit(frame)
    return made.generate(len(train)).to_numpy(dtype=np.int64)


PEERS: dict[str, Callable[..., Any]] = {
    "smartnoise_mst": smartnoise,
    "smartnoise_aim": smartnoise,
    "dpmm_mst": dpmm,
    "dpmm_aim": dpmm,
}

if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *map(float, sys.argv[3:5]), int(sys.argv[5]))  # type: ignore[misc]
