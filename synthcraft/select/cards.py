"""Cards of the selectors."""

from synthcraft.catalogue import SelectorCard
from synthcraft.select.policies.params import UniformParams

EXHAUSTIVE = SelectorCard(
    name="exhaustive",
    summary="Trains every generator on every split and replicate: the design of a paper.",
    implementation="synthcraft.select.exhaustive:Exhaustive",
)

UNIFORM = SelectorCard(
    name="uniform",
    summary="Laps over the generators at full effort, the cheap ones first, within the budget.",
    implementation="synthcraft.select.policies.uniform:Uniform",
    params=UniformParams,
    policy=True,
)
