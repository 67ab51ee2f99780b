"""The capability table of all generators: one card each, light to read."""

from typing import Any

from synthcraft.catalogue import GeneratorCard, Params, Task
from synthcraft.generators import params
from synthcraft.privacy.words import CLAIMED

PRELOAD = "synthcraft.generators.preload"
# torch's optimizers import this late, at their first step: 900 modules, once for each trial
OPTIMIZER = "torch._dynamo"
SURVIVAL: tuple[Task, ...] = ("survival",)


def _reference(name: str, cls: str, summary: str, **more: Any) -> GeneratorCard:
    return GeneratorCard(
        name=name,
        family="reference",
        summary=summary,
        implementation=f"synthcraft.generators.baselines:{cls}",
        missing=True,
        reference=True,
        **more,
    )


def _synthcity(
    name: str,
    cls: str,
    kind: str,
    summary: str,
    schema: type[Params],
    *,
    also: tuple[str, ...] = (OPTIMIZER,),
    **more: Any,
) -> GeneratorCard:
    return GeneratorCard(
        name=name,
        summary=summary,
        implementation=f"synthcraft.generators.synthcity:{cls}",
        params=schema,
        missing=True,
        preload=(PRELOAD, *also, f"synthcity.plugins.{kind}.plugin_{name}"),
        **more,
    )


def _claimed(
    name: str,
    cls: str,
    summary: str,
    schema: type[Params],
    *,
    also: tuple[str, ...] = (OPTIMIZER,),
    **more: Any,
) -> GeneratorCard:
    plugin = name.removesuffix("_synthcity")
    claim = (
        f"Its epsilon is {CLAIMED}, and of one row, not of one person: it uses all rows of "
        "everybody, whatever privacy.contribution says."
    )
    return GeneratorCard(
        name=name,
        summary=summary,
        implementation=f"synthcraft.generators.claimed:{cls}",
        params=schema,
        missing=True,
        dp="claimed",
        spend="synthcraft.generators.claimed:spend",
        preload=(PRELOAD, *also, f"synthcity.plugins.privacy.plugin_{plugin}"),
        caveat=f"{claim} {more.pop('caveat')}",
        **more,
    )


TRAIN_COPY = _reference(
    "train_copy",
    "TrainCopy",
    "Hands out train rows: the worst privacy, the best everything else.",
    conditional=True,
)
FRESH_REAL = _reference(
    "fresh_real",
    "FreshReal",
    "Real rows that no generator saw, handed out by the engine: what perfect synthetic data get.",
)
MARGINALS = _reference(
    "marginals",
    "Marginals",
    "Columns drawn independently: perfect marginals, no relations.",
    conditional=True,
)
NOISE = _reference(
    "noise",
    "Noise",
    "Uniform draws over each column's range or levels: the floor of every scale.",
    conditional=True,
)

ARF = _synthcity(
    "arf",
    "Arf",
    "generic",
    "Adversarial random forest: leaf-wise densities of a forest that tells real from synthetic.",
    params.ArfParams,
    also=(),
    family="forest",
    conditional=True,
    effort="num_trees",
    source="Watson et al., AISTATS 2023, arXiv:2205.09435",
    caveat="arfpy's algorithm, computed with our arrays instead of its data frames.",
)
BAYESIAN_NETWORK = _synthcity(
    "bayesian_network",
    "BayesianNetwork",
    "generic",
    "Bayesian network over categories and binned numbers.",
    params.BayesianNetworkParams,
    also=(),
    family="graph",
    source="Ankan and Panda, pgmpy, SciPy 2015; Chow and Liu, IEEE Trans. Inf. Theory 1968",
)
# Not conditional, whatever the name says: given the vector of a group of 10 % of the rows, ctgan
# made that group in 12 % of its rows and adsgan in 10 % (800 simulated rows, 100 passes).
CTGAN = _synthcity(
    "ctgan",
    "Ctgan",
    "generic",
    "Conditional tabular GAN, as synthcity builds it.",
    params.GanParams,
    family="gan",
    effort="n_iter",
    source="Xu et al., NeurIPS 2019, arXiv:1907.00503",
    caveat="synthcity's variant of CTGAN, with our correction of its conditions: each train row "
    "is trained with one of its own categories as condition (synthcity pairs most rows with "
    "another row's). Unlike the paper, categories are drawn by their frequency, not its logarithm.",
)
ADSGAN = _synthcity(
    "adsgan",
    "Adsgan",
    "privacy",
    "GAN that is punished for rows close to train rows.",
    params.AdsganParams,
    family="gan",
    effort="n_iter",
    source="Yoon et al., IEEE J. Biomed. Health Inform. 2020",
    caveat="Its penalty on closeness is a heuristic, not differential privacy. Conditions are "
    "corrected as for ctgan.",
)
TVAE = _synthcity(
    "tvae",
    "Tvae",
    "generic",
    "Tabular variational autoencoder.",
    params.TvaeParams,
    family="vae",
    effort="n_iter",
    source="Xu et al., NeurIPS 2019, arXiv:1907.00503",
    caveat="synthcity's variant of TVAE: it also conditions on categories, corrected as for ctgan.",
)
RTVAE = _synthcity(
    "rtvae",
    "Rtvae",
    "generic",
    "Tabular variational autoencoder with a loss that outliers sway less.",
    params.RtvaeParams,
    family="vae",
    effort="n_iter",
    source="Akrami et al., Knowledge-Based Systems 2022",
    caveat="synthcity's variant of TVAE: it also conditions on categories, corrected as for ctgan.",
)
NFLOW = _synthcity(
    "nflow",
    "Nflow",
    "generic",
    "Normalizing flow.",
    params.NflowParams,
    family="flow",
    effort="n_iter",
    source="Durkan et al., NeurIPS 2019, arXiv:1906.04032",
)
DDPM = _synthcity(
    "ddpm",
    "Ddpm",
    "generic",
    "Tabular diffusion; a class target is drawn from its train frequencies and conditioned on.",
    params.DdpmParams,
    family="diffusion",
    effort="n_iter",
    source="Kotelnikov et al., ICML 2023, arXiv:2209.15421",
    caveat="synthcity's variant of TabDDPM, with our correction of its network's input: categories "
    "enter as 0 and -1, not as log probabilities of 0 and -69.",
)

DPGAN = _claimed(
    "dpgan",
    "Dpgan",
    "GAN whose discriminator takes clipped, noisy steps (DP-SGD), as synthcity builds it.",
    params.DpganParams,
    family="gan",
    effort="n_iter",
    source="Xie et al., arXiv:1802.06739",
    caveat="Ranges, categories and clusters are read off the real rows without noise; batches are "
    "not drawn as its accounting assumes; several discriminator steps are counted as one. The "
    "noisy step also overwrites what the fake rows teach the discriminator.",
)
PATEGAN = _claimed(
    "pategan",
    "Pategan",
    "GAN with teachers that vote on its rows with noise, as synthcity builds it.",
    params.PateganParams,
    family="gan",
    effort="n_iter",
    source="Jordon et al., ICLR 2019",
    caveat="Its discriminator is trained on the real rows themselves without any noise, for at "
    "least one whole round at every epsilon; the spec's delta is dropped; some noisy votes are "
    "never counted.",
)
PRIVBAYES = _claimed(
    "privbayes",
    "Privbayes",
    "Bayesian network with noisy counts, as synthcity builds it.",
    params.PrivbayesParams,
    also=(),
    family="graph",
    source="Zhang et al., ACM Trans. Database Syst. 2017",
    caveat="The noise on its counts is too small by a factor of the number of rows, and cells "
    "that no real row has get none; without bins it hands out real numbers. Slow on tables of "
    "many columns.",
)
AIM_SYNTHCITY = _claimed(
    "aim_synthcity",
    "AimSynthcity",
    "AIM (noisy marginals, chosen one after the other), as synthcity builds it.",
    params.AimSynthcityParams,
    also=(),
    family="marginal",
    source="McKenna et al., VLDB 2022, arXiv:2201.12677",
    caveat="Every synthetic sample spends the whole epsilon again, and one sample may take several "
    "runs, each of minutes; levels and bins are read off the real rows without noise.",
)

SURVIVAL_GAN = _synthcity(
    "survival_gan",
    "SurvivalGan",
    "survival_analysis",
    "adsgan conditioned on time and censoring, with a model of survival times.",
    params.SurvivalGanParams,
    also=(OPTIMIZER, "synthcity.plugins.privacy.plugin_adsgan"),
    family="gan",
    tasks=SURVIVAL,
    effort="n_iter",
    source="Norcliffe et al., AISTATS 2023, arXiv:2302.12749",
)
SURVAE = _synthcity(
    "survae",
    "Survae",
    "survival_analysis",
    "tvae with a model of survival times.",
    params.SurvaeParams,
    also=(OPTIMIZER, "synthcity.plugins.generic.plugin_tvae"),
    family="vae",
    tasks=SURVIVAL,
    effort="n_iter",
    source="Norcliffe et al., AISTATS 2023, arXiv:2302.12749",
)
SURVIVAL_CTGAN = _synthcity(
    "survival_ctgan",
    "SurvivalCtgan",
    "survival_analysis",
    "ctgan with a model of survival times.",
    params.SurvivalCtganParams,
    also=(OPTIMIZER, "synthcity.plugins.generic.plugin_ctgan"),
    family="gan",
    tasks=SURVIVAL,
    effort="n_iter",
    source="Norcliffe et al., AISTATS 2023, arXiv:2302.12749",
    caveat=CTGAN.caveat,
)
SURVIVAL_NFLOW = _synthcity(
    "survival_nflow",
    "SurvivalNflow",
    "survival_analysis",
    "Normalizing flow with a model of survival times.",
    params.SurvivalNflowParams,
    also=(OPTIMIZER, "synthcity.plugins.generic.plugin_nflow"),
    family="flow",
    tasks=SURVIVAL,
    effort="n_iter",
    source="Norcliffe et al., AISTATS 2023, arXiv:2302.12749",
)

FILE = GeneratorCard(
    name="file",
    family="given",
    summary="Synthetic rows from files that were made elsewhere.",
    implementation="synthcraft.generators.file:File",
    params=params.GivenParams,
    missing=True,
    stochastic=False,
    given=True,
    preload=("synthcraft.generators.file",),
    caveat="Made elsewhere: which real rows its maker used is what the author of the spec says.",
)
