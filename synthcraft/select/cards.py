"""Cards of the selectors."""

from synthcraft.catalogue import SelectorCard
from synthcraft.select.params import KgParams
from synthcraft.select.policies.params import (
    BaselineParams,
    HalvingParams,
    MaxUcbParams,
    TpeParams,
    TttsParams,
    UcbEParams,
    UniformParams,
)

EXHAUSTIVE = SelectorCard(
    name="exhaustive",
    summary="Trains every generator on every split and replicate: the design of a paper.",
    implementation="synthcraft.select.exhaustive:Exhaustive",
)
KG = SelectorCard(
    name="kg",
    summary="Trains next what promises most per second, by the knowledge gradient on a belief "
    "that recorded runs have taught; stops when more is not worth it.",
    implementation="synthcraft.select.kg:Kg",
    params=KgParams,
    source="Frazier, Powell and Dayanik (2009), INFORMS Journal on Computing 21(4):599-613",
    policy=True,
    stops=True,
)
UNIFORM = SelectorCard(
    name="uniform",
    summary="Laps over the generators at full effort, the cheap ones first, within the budget.",
    implementation="synthcraft.select.policies.uniform:Uniform",
    params=UniformParams,
    policy=True,
)
SUCCESSIVE_HALVING = SelectorCard(
    name="successive_halving",
    summary="Rounds of rising effort; each keeps the better part of the generators.",
    implementation="synthcraft.select.policies.successive_halving:SuccessiveHalving",
    params=HalvingParams,
    source="Karnin, Koren and Somekh (2013), ICML 28(3):1238-1246",
    policy=True,
)
UCB_E = SelectorCard(
    name="ucb_e",
    summary="Trains next whose upper confidence bound is highest.",
    implementation="synthcraft.select.policies.ucb_e:UcbE",
    params=UcbEParams,
    source="Audibert, Bubeck and Munos (2010), COLT 23:41-53",
    policy=True,
)
TTTS = SelectorCard(
    name="ttts",
    summary="Draws the leader or its challenger from the belief of kg: top-two Thompson sampling.",
    implementation="synthcraft.select.policies.ttts:Ttts",
    params=TttsParams,
    source="Russo (2020), Operations Research 68(6):1625-1647",
    policy=True,
)
MAX_UCB = SelectorCard(
    name="max_ucb",
    summary="Trains next whose best pull so far, with a bonus for few pulls, is highest.",
    implementation="synthcraft.select.policies.max_ucb:MaxUcb",
    params=MaxUcbParams,
    policy=True,
)
BEST_ON_AVERAGE = SelectorCard(
    name="best_on_average",
    summary="Takes the generator that was best on recorded tables; nothing is trained to choose.",
    implementation="synthcraft.select.policies.best_on_average:BestOnAverage",
    params=BaselineParams,
    policy=True,
    stops=True,
)
OPTUNA_TPE = SelectorCard(
    name="optuna_tpe",
    summary="Lets Optuna's tree-structured Parzen estimator choose the next generator.",
    implementation="synthcraft.select.policies.optuna_tpe:OptunaTpe",
    params=TpeParams,
    source="Bergstra, Bardenet, Bengio and Kegl (2011), NeurIPS 24:2546-2554",
    policy=True,
)
