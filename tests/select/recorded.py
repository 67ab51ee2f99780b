"""A made-up world of recorded runs: arms of several families with learning curves and costs."""

from typing import Any

import numpy as np

RUNGS = (0.11, 0.33, 1.0)
KINDS = ("tree", "graph", "gan", "gan", "vae", "vae", "flow", "diffusion")


def recorded(
    *, datasets: int = 4, splits: int = 6, noise: float = 0.015, seed: int = 0
) -> list[dict[str, Any]]:
    """Rows of a recorded table: arms' means + families' and arms' fits to a table + noise.

    Effects of family and arm on a table have SD 0.05 and 0.035; the first two arms are cheap.
    """
    stream = np.random.default_rng(seed)
    arms = len(KINDS)
    base = stream.uniform(0.45, 0.75, size=(arms, 3))
    slow = stream.uniform(0.02, 0.2, size=arms)
    cost = np.array([0.5, 1, *stream.uniform(3, 60, size=arms - 2)])
    rows: list[dict[str, Any]] = []
    for number in range(datasets):
        n, d = int(stream.integers(300, 1000)), int(stream.integers(6, 20))
        context = {
            "rows": n,
            "columns": d,
            "share_categorical": 0.5,
            "max_levels": 5,
            "missing": 0.0,
            "prevalence": 0.4,
            "correlation": 0.2,
        }
        general = stream.normal(0, 0.05, size=3)
        of_kind = {kind: stream.normal(0, 0.05, size=3) for kind in KINDS}
        of_split = stream.normal(0, noise, size=(splits, 3))
        for arm, kind in enumerate(KINDS):
            own = base[arm] + general + of_kind[kind] + stream.normal(0, 0.035, size=3)
            for rung in RUNGS:
                for split in range(splits):
                    lost = slow[arm] * (1 - rung) * np.array([1, 1, 0])
                    worth = own - lost + of_split[split] + stream.normal(0, noise, size=3)
                    fidelity, utility, privacy = np.clip(worth, 0, 1)
                    seconds = cost[arm] * (n / 500) * rung * np.exp(stream.normal(0, 0.1))
                    rows.append(
                        {
                            "dataset": f"table{number}",
                            "task": "classification",
                            **context,
                            "arm": f"arm{arm}",
                            "plugin": f"arm{arm}",
                            "kind": kind,
                            "rung": rung,
                            "split": split,
                            "replicate": 0,
                            "fidelity": fidelity,
                            "utility": utility,
                            "privacy": privacy,
                            "dcr_share": 0.01,
                            "exact_match_rate": 0.0,
                            "fit_seconds": seconds,
                            "sample_seconds": 0.0,
                            "evaluate_seconds": 0.1,
                            "peak_mb": 100,
                            "status": "ok",
                        }
                    )
    return rows
