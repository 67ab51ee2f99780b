"""Capability cards of our private generators: ε that this project accounts for."""

from synthcraft.catalogue import GeneratorCard

SPEND = "synthcraft.generators.private.base:spend"

INDEPENDENT = GeneratorCard(
    name="independent",
    family="private marginals",
    summary="Noisy counts of each column, drawn independently: the floor of private synthesis.",
    implementation="synthcraft.generators.private.independent:Independent",
    missing=True,
    dp="accounted",
    spend=SPEND,
    preload=("synthcraft.generators.private.independent",),
    source="Bun and Steinke, TCC 2016, arXiv:1605.02065",
    caveat="No relation between columns is learnt.",
)
