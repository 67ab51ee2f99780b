"""Cards of the selectors."""

from synthcraft.catalogue import SelectorCard

EXHAUSTIVE = SelectorCard(
    name="exhaustive",
    summary="Trains every generator on every split and replicate: the design of a paper.",
    implementation="synthcraft.select.exhaustive:Exhaustive",
)
