"""The adapter over synthcity: one class per plug-in, sharing everything but a few lines.

synthcity is imported inside functions only, so that it is loaded in worker processes alone.
Its constraint and duplicate filters are off (``strict=False``): they turn a column of 5 % into one
of 40 %. What else must be put right is in ``corrections``; how columns are coded, in ``coding``.
"""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from synthcraft.catalogue import Params
from synthcraft.data.table import Table
from synthcraft.generators import params as parameters
from synthcraft.generators.coding import Coding, learn_coding
from synthcraft.generators.corrections import corrected
from synthcraft.generators.fitted import MemoryOnly
from synthcraft.generators.forest import forge_where
from synthcraft.generators.randomness import preserved, seeded


@dataclass(frozen=True)
class SynthcityGenerator:
    """What all adapted plug-ins share; subclasses name the plug-in and say what is different."""

    params: Params
    device: str = "cpu"

    module: ClassVar[str]
    inner: ClassVar[str] = ""

    def fit(self, train: Table, *, seed: int) -> "SynthcityFitted":
        """A fitted plug-in; DataError for columns that look like identifiers."""
        coding = self.coding(train)
        plugin_class = load(self.module)
        import torch

        if self.inner:  # loaded before the corrections, which reach loaded modules only
            load(self.inner)
        with TemporaryDirectory() as workspace, seeded(seed), corrected(coding.discrete):
            plugin = plugin_class(
                **self.arguments(train), workspace=Path(workspace), device=torch.device(self.device)
            )
            plugin.fit(self.loader(train, coding))
            for stage in stages(plugin):
                stage.strict = False
        return SynthcityFitted(plugin, coding)

    def coding(self, train: Table) -> Coding:
        """How the train table is coded for this plug-in."""
        return learn_coding(train)

    def arguments(self, train: Table) -> dict[str, Any]:  # noqa: ARG002
        """The plug-in's own arguments."""
        return {**self.params.model_dump(), "strict": False}

    def loader(self, train: Table, coding: Coding) -> Any:
        """The coded rows as the plug-in wants them."""
        from synthcity.plugins.core.dataloader import GenericDataLoader

        coded = coding.encode(train.frame)
        return GenericDataLoader(coded, target_column=coding.coded(train.target) or None)


@dataclass(frozen=True)
class SynthcityFitted(MemoryOnly):
    """A fitted plug-in and the coding of its columns."""

    plugin: Any = field(repr=False)
    coding: Coding = field(repr=False)

    def sample(self, n: int, *, seed: int) -> pd.DataFrame:
        """``n`` synthetic rows in canonical form."""
        with seeded(seed), corrected(self.coding.discrete):
            coded = self.plugin.generate(count=n).dataframe()
        if len(coded) != n:
            raise ValueError(f"the generator gave {len(coded)} of {n} rows")
        return self.coding.decode(coded.reset_index(drop=True), np.random.default_rng([seed, 1]))


def load(module: str) -> Any:
    """The plug-in class of one synthcity module; imports that one only."""
    importlib.import_module("synthcraft.generators.preload")
    with preserved():
        return importlib.import_module(f"synthcity.plugins.{module}").plugin


def stages(plugin: Any) -> list[Any]:
    """The plug-in and, for the survival pipelines, the plug-ins inside it."""
    from synthcity.plugins.core.plugin import Plugin

    inner = [getattr(plugin, "model", None), getattr(plugin, "generator", None)]
    return [plugin, *(s for part in inner if isinstance(part, Plugin) for s in stages(part))]


class Arf(SynthcityGenerator):
    """Adversarial random forest."""

    module = "generic.plugin_arf"

    def fit(self, train: Table, *, seed: int) -> "FittedArf":
        """A fitted forest."""
        fitted = super().fit(train, seed=seed)
        return FittedArf(fitted.plugin, fitted.coding)

    def arguments(self, train: Table) -> dict[str, Any]:
        """The plug-in's own arguments, without its prints."""
        return {**super().arguments(train), "verbose": False}


@dataclass(frozen=True)
class FittedArf(SynthcityFitted):
    """A fitted forest, which can be asked for rows of some levels."""

    def sample_where(self, n: int, where: Mapping[str, str], *, seed: int) -> pd.DataFrame:
        """``n`` synthetic rows of these levels in canonical form; Impossible if it has none."""
        codes = self.coding.where(where)
        with seeded(seed):
            coded = forge_where(self.plugin.model.model, n, codes)
        return self.coding.decode(coded, np.random.default_rng([seed, 1]))


class Binned(SynthcityGenerator):
    """A plug-in for categories, so numbers are cut into ``bins``: ours, unknown to the plug-in."""

    params: parameters.BinnedParams

    def coding(self, train: Table) -> Coding:
        """Categories and, where they are asked for, bins."""
        return learn_coding(train, bins=self.params.bins)

    def arguments(self, train: Table) -> dict[str, Any]:
        """The plug-in's own arguments."""
        return {k: v for k, v in super().arguments(train).items() if k != "bins"}


class BayesianNetwork(Binned):
    """Bayesian network."""

    module = "generic.plugin_bayesian_network"


class Ctgan(SynthcityGenerator):
    """Conditional tabular GAN."""

    module = "generic.plugin_ctgan"


class Adsgan(SynthcityGenerator):
    """GAN with a penalty on closeness to train rows."""

    module = "privacy.plugin_adsgan"


class Tvae(SynthcityGenerator):
    """Tabular variational autoencoder; synthcity evaluates it every ``n_iter_print`` passes."""

    params: parameters.VaeParams
    module = "generic.plugin_tvae"

    def arguments(self, train: Table) -> dict[str, Any]:
        """The plug-in's own arguments; it is not stopped early."""
        return {**super().arguments(train), **unstopped(self.params.n_iter)}


class Rtvae(Tvae):
    """Tabular variational autoencoder with a robust loss."""

    module = "generic.plugin_rtvae"


class Nflow(SynthcityGenerator):
    """Normalizing flow."""

    module = "generic.plugin_nflow"


class Ddpm(SynthcityGenerator):
    """Tabular diffusion; a class target is what it conditions on."""

    params: parameters.DdpmParams
    module = "generic.plugin_ddpm"

    def arguments(self, train: Table) -> dict[str, Any]:
        """The plug-in's own arguments, its network's among them."""
        plain = super().arguments(train)
        network = ("n_layers_hidden", "n_units_hidden", "dropout")
        plain["model_params"] = {name: plain.pop(name) for name in network}
        return {**plain, "is_classification": train.task == "classification"}


class SurvivalGenerator(SynthcityGenerator):
    """A survival pipeline: its table has positive times and an event that is 0 or 1."""

    def loader(self, train: Table, coding: Coding) -> Any:
        """The coded rows with their event and time."""
        from synthcity.plugins.core.dataloader import SurvivalAnalysisDataLoader

        time = coding.coded(train.time or "")
        coded = coding.encode(train.frame)
        positive = coded[time].where(coded[time] > 0)
        coded[time] = positive.fillna(positive.min() / 2)
        return SurvivalAnalysisDataLoader(
            coded, target_column=coding.coded(train.target), time_to_event_column=time
        )


class SurvivalGan(SurvivalGenerator):
    """SurvivalGAN."""

    module = "survival_analysis.plugin_survival_gan"
    inner = "privacy.plugin_adsgan"


class Survae(SurvivalGenerator):
    """A tvae with a model of survival times."""

    params: parameters.SurvaeParams
    module = "survival_analysis.plugin_survae"
    inner = "generic.plugin_tvae"

    def arguments(self, train: Table) -> dict[str, Any]:
        """The plug-in's own arguments; it is not stopped early."""
        return {**super().arguments(train), **unstopped(self.params.n_iter)}


class SurvivalCtgan(SurvivalGenerator):
    """A ctgan with a model of survival times."""

    module = "survival_analysis.plugin_survival_ctgan"
    inner = "generic.plugin_ctgan"


class SurvivalNflow(SurvivalGenerator):
    """A normalizing flow with a model of survival times."""

    module = "survival_analysis.plugin_survival_nflow"
    inner = "generic.plugin_nflow"


def unstopped(n_iter: int) -> dict[str, int]:
    """Arguments under which a synthcity VAE runs all its passes and evaluates only the first."""
    return {"n_iter_min": n_iter, "n_iter_print": n_iter, "patience": n_iter}
