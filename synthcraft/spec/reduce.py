"""What contradicts itself in a spec's reductions of very many columns."""

from collections.abc import Iterator

from synthcraft.catalogue import GENERATORS
from synthcraft.errors import Problem
from synthcraft.spec.types import Spec


def reduction_problems(spec: Spec) -> Iterator[Problem]:
    """Reductions of generators that cannot have one."""
    for label, generator in spec.generators.items():
        if generator.reduce is None:
            continue
        path, card = f"generators.{label}.reduce", GENERATORS.get(generator.plugin)
        if card.dp != "none":
            yield Problem(
                path,
                "components are learnt from the rows, and no epsilon is spent on them: "
                f"that of {generator.plugin} would be void",
                "Under differential privacy name the columns: dataset.keep.",
            )
        elif card.given:
            message = "these rows were made before the run: nothing is learnt that could be reduced"
            yield Problem(path, message, "Leave it out.")
        elif spec.augmentation is not None:
            message = "augmentation learns all columns as they are"
            yield Problem(path, message, "Leave it out, or screen the columns: dataset.screen.")
