"""Capability cards of our private generators: ε that this project accounts for."""

from synthcraft.catalogue import GeneratorCard
from synthcraft.generators.private import params
from synthcraft.generators.private.params import DpArParams

SPEND = "synthcraft.generators.private.spend:spend"

INDEPENDENT = GeneratorCard(
    name="independent",
    family="private marginals",
    summary="Noisy counts of each column, drawn independently: the floor of private synthesis.",
    implementation="synthcraft.generators.private.independent:Independent",
    conditional=True,
    missing=True,
    dp="accounted",
    spend=SPEND,
    preload=("synthcraft.generators.private.independent",),
    source="Bun and Steinke, TCC 2016, arXiv:1605.02065",
    caveat="No relation between columns is learnt.",
)

DP_AR = GeneratorCard(
    name="dp_ar",
    family="private network",
    summary="Autoregressive network trained by DP-SGD: each column from the columns before it.",
    implementation="synthcraft.generators.private.dpsgd:DpSgd",
    params=DpArParams,
    missing=True,
    dp="accounted",
    spend="synthcraft.generators.private.dpsgd_spend:spend",
    effort="steps",
    preload=("synthcraft.generators.private.dpsgd",),
    source="Abadi et al., CCS 2016, arXiv:1607.00133; network: Germain et al., ICML 2015, "
    "arXiv:1502.03509",
    caveat="Few people at a small epsilon teach it little but columns' shares; runs on the CPU.",
)
MST = GeneratorCard(
    name="mst",
    family="private marginals",
    summary="Noisy counts of a spanning tree of column pairs that an exponential mechanism chose.",
    implementation="synthcraft.generators.private.mst:Mst",
    params=params.MstParams,
    conditional=True,
    missing=True,
    dp="accounted",
    spend=SPEND,
    preload=("synthcraft.generators.private.mst",),
    source="McKenna, Miklau and Sheldon, J. Privacy and Confidentiality 2021, arXiv:2108.04978",
    caveat="Each column has its relation to one other learnt, no more; codes whose noisy count is "
    "under three standard deviations of the noise are merged and drawn alike.",
)
AIM = GeneratorCard(
    name="aim",
    family="private marginals",
    summary="Noisy counts of the marginals that the model so far gets most wrong, round by round.",
    implementation="synthcraft.generators.private.aim:Aim",
    params=params.AimParams,
    conditional=True,
    missing=True,
    dp="accounted",
    spend=SPEND,
    preload=("synthcraft.generators.private.aim",),
    source="McKenna, Mullins, Sheldon and Miklau, VLDB 2022, arXiv:2201.12677",
    caveat="All pairs of columns count alike; marginals that would make the model larger than "
    "max_model_mb are passed over.",
)
