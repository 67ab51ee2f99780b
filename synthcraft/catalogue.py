"""What can be named in a spec: cards of datasets, generators, metrics and selectors.

A card says what a plug-in is and can do without loading its code: ``list``, ``describe``, the JSON
Schema and validation need nothing heavier than pydantic. ``implementation`` is loaded by whoever
runs it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from synthcraft.records import MetricDescriptor
from synthcraft.registry import Registry, load_object

Task = Literal["classification", "regression", "survival"]
TASKS: tuple[Task, ...] = ("classification", "regression", "survival")


class Params(BaseModel):
    """Base of every plug-in's parameters: typed, closed, every field described."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class NoParams(Params):
    """For plug-ins that take no parameters."""


class SelectorParams(Params):
    """Parameters of every selector: at which training efforts an arm can be pulled."""

    rungs: tuple[Annotated[float, Field(gt=0, le=1)], ...] = Field(
        (1.0,),
        min_length=1,
        description="Training efforts as shares of the declared one, the last of them 1; "
        "generators without an effort parameter, and private ones, have the full effort only.",
    )

    @field_validator("rungs")
    @classmethod
    def _rise_to_one(cls, rungs: tuple[float, ...]) -> tuple[float, ...]:
        if list(rungs) != sorted(set(rungs)) or rungs[-1] != 1:
            told = f"got {list(rungs)}, but rungs must rise and end with 1, as in [0.11, 0.33, 1]"
            raise ValueError(told)
        return rungs


@dataclass(frozen=True, kw_only=True)
class Card:
    """What every plug-in tells about itself."""

    name: str
    summary: str
    implementation: str
    params: type[Params] = NoParams
    source: str = ""

    def load(self) -> Any:
        """The implementation that the card names."""
        return load_object(self.implementation)


@dataclass(frozen=True, kw_only=True)
class DatasetCard(Card):
    """A dataset: ``implementation`` is ``load(params, *, seed) -> Source`` (data/source)."""

    defaults: dict[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class GeneratorCard(Card):
    """A generator: ``implementation`` is a Generator class (generators/base).

    ``conditional``: samples given declared column values (tested by conditional accuracy).
    ``missing``: models missing values itself. ``dp``: "none", "claimed" (an ε of its library that
    we do not vouch for) or "accounted" (ours); then the class is also called with ``release=``
    (privacy/release), there is one arm for each ε, and ``spend`` names ``spend(params, release) ->
    Spend``: what a fit costs, told before it starts. ``stochastic`` is False where a seed changes
    nothing. ``effort`` names the parameter that scales with training effort. ``preload`` lists the
    modules that a worker imports before it forks. ``caveat`` is printed wherever the name is.
    ``given`` rows were made elsewhere: it can only be judged where the data declare their parts.
    """

    family: str
    tasks: tuple[Task, ...] = TASKS
    conditional: bool = False
    missing: bool = False
    dp: Literal["none", "claimed", "accounted"] = "none"
    spend: str = ""
    stochastic: bool = True
    reference: bool = False
    given: bool = False
    effort: str = ""
    preload: tuple[str, ...] = ()
    caveat: str = ""


@dataclass(frozen=True, kw_only=True)
class MetricCard(Card):
    """A metric plug-in: ``implementation`` is a Metric (metrics/context).

    One plug-in may yield several measures (TSTR of two models and three scores); ``measures``
    describes each of them by its dotted name. ``measure_tasks`` restricts a measure to some of the
    tasks (AUROC to classification). The metrics with ``default`` are the suite of a spec that
    names none. What a metric ``without_holdout`` measures of synthetic rows (roles value and main)
    does not depend on holdout rows, and is measured also where there are none.
    """

    tasks: tuple[Task, ...] = TASKS
    default: bool = True
    without_holdout: bool = False
    measures: tuple[MetricDescriptor, ...] = ()
    measure_tasks: Mapping[str, tuple[Task, ...]] = field(default_factory=dict)

    def measures_for(self, task: Task) -> tuple[MetricDescriptor, ...]:
        """The descriptors of the measures that exist for this task."""
        if task not in self.tasks:
            return self.measures
        return tuple(m for m in self.measures if task in self.measure_tasks.get(m.name, TASKS))


@dataclass(frozen=True, kw_only=True)
class SelectorCard(Card):
    """A selector: ``implementation`` is a Selector class (select/base).

    Of a ``policy`` it is a Policy class (select/arena): it chooses on inner splits, within a
    budget, for a declared use. It ``stops`` where it ends by itself, also without a budget.
    """

    params: type[SelectorParams] = SelectorParams
    policy: bool = False
    stops: bool = False


DATASETS: Registry[DatasetCard] = Registry(
    "dataset",
    {
        name: f"synthcraft.data.cards:{name.upper()}"
        for name in (
            *("nhanes", "nhanes_cdc", "tcga", "csv", "parquet", "xpt"),
            *("breast_cancer", "diabetes", "simulated"),
            *("gbsg2", "lung", "rossi", "kidney_transplant", "actg175"),
        )
    },
)
GENERATORS: Registry[GeneratorCard] = Registry(
    "generator",
    {
        name: f"synthcraft.generators.cards:{name.upper()}"
        for name in (
            *("train_copy", "fresh_real", "marginals", "noise"),
            *("arf", "bayesian_network", "ctgan", "adsgan", "tvae", "rtvae", "nflow", "ddpm"),
            *("dpgan", "pategan", "privbayes", "aim_synthcity"),
            *("survival_gan", "survae", "survival_ctgan", "survival_nflow", "file"),
        )
    }
    | {
        name: f"synthcraft.generators.private.cards:{name.upper()}"
        for name in ("independent", "mst", "aim", "dp_ar")
    },
)
METRICS: Registry[MetricCard] = Registry(
    "metric",
    {
        name: f"synthcraft.metrics.cards.{family}:{name.upper()}"
        for family, names in {
            "fidelity": (
                *("marginals", "correlation", "contingency", "k_marginal", "c2st", "pmse", "mmd"),
                *("sliced_wasserstein", "manifold", "curves", "kaplan_meier"),
            ),
            "omics": ("coexpression", "differential_expression", "reduction"),
            "utility": ("utility", "importance"),
            "estimand": ("estimand",),
            "privacy": (
                *("exact_match", "dcr", "dcr_share", "nndr", "authenticity", "identifiability"),
                *("mia_distance", "mia_domias", "record_risk"),
            ),
            "fairness": ("fairness",),
            "plausibility": ("plausibility",),
            "attacks": ("singling_out", "linkability", "attribute_inference"),
            "disclosure": ("replicated_uniques", "correct_attribution", "anonymity"),
        }.items()
        for name in names
    },
)
SELECTORS: Registry[SelectorCard] = Registry(
    "selector",
    {
        name: f"synthcraft.select.cards:{name.upper()}"
        for name in (
            *("exhaustive", "kg", "uniform", "successive_halving", "ucb_e", "ttts", "max_ucb"),
            *("best_on_average", "optuna_tpe"),
        )
    },
)
