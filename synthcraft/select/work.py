"""How much work training an arm is, by its parameters: what seconds are foretold from."""

from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml

from synthcraft.catalogue import GENERATORS

# Weights of a network whose arithmetic takes as long as the rest of a training step, which does
# not depend on them: a step of tvae on one core took 0.012 s with 64 units in 1 layer, 0.015 s
# with 128 in 2 and 0.12 s with 500 in 3.
WEIGHTS = 150_000
BATCH = 200  # rows of a usual batch
ROWS = 350  # train rows of a usual recorded table
# Steps grow in proportion to rows, seconds of all arms by a lower power (prior.SLOPES): the rest.
MORE_STEPS = 0.3


def work(plugin: str, params: Mapping[str, Any], *, rows: float = ROWS) -> float:
    """Training effort × cost of a step: meaningful in ratios between arms of one plugin only.

    The effort is what the generator's card names (passes over the rows, trees, steps). A pass has
    as many steps as there are batches, and a step costs more in a large network. It is 1 where a
    generator has no effort. ``rows`` count as far as they matter more than to other generators.

    >>> work("ctgan", {"n_iter": 600}) / work("ctgan", {"n_iter": 300})
    2.0
    >>> work("mst", {})
    1.0
    """
    card = GENERATORS.get(plugin)
    if not card.effort:
        return 1.0
    full = card.params.model_construct(**params).model_dump()
    steps = float(full[card.effort]) * BATCH / float(full.get("batch_size", BATCH))
    if "batch_size" in full:
        steps *= (rows / ROWS) ** MORE_STEPS
    networks = 1.0 + float(full.get("discriminator_n_iter", 0))
    return steps * networks * (1 + _weights(full) / WEIGHTS)


def _weights(params: Mapping[str, Any]) -> float:
    """Weights between the hidden layers of all networks."""
    units = [name for name in params if name.endswith("n_units_hidden")]
    layers = [params.get(name.replace("n_units", "n_layers"), 1) for name in units]
    return float(sum(deep * params[name] ** 2 for deep, name in zip(layers, units, strict=True)))


@lru_cache(maxsize=1)
def recorded() -> Mapping[str, float]:
    """The work of the shipped arms, by plugin (one with several has the same for all).

    >>> recorded()["arf"]
    20.0
    """
    both = [*arms("arms.yaml").values(), *arms("timed.yaml").values()]
    return {arm["plugin"]: work(arm["plugin"], arm.get("params", {})) for arm in both}


def arms(name: str = "arms.yaml") -> dict[str, dict[str, Any]]:
    """The generators of the shipped table by label, as a spec names them.

    Those of ``timed.yaml`` were recorded for their seconds alone.
    """
    file = resources.files("synthcraft.select").joinpath("recorded", name)
    found: dict[str, dict[str, Any]] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return found
