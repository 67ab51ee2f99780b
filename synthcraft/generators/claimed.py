"""synthcity's four generators that claim differential privacy, run as they are.

Their ε and δ go to synthcity as they were promised; nobody vouches that they hold, and for each of
the four we know why they do not (its card's caveat). They are here to be measured, not trusted:
their privacy is not corrected. What ``corrections`` puts right for all of synthcity (types,
batches, pairing of conditions, no early stopping) holds for them too.
"""

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from synthcraft.catalogue import Params
from synthcraft.data.table import Table
from synthcraft.generators.synthcity import Binned, SynthcityFitted, SynthcityGenerator
from synthcraft.privacy.release import Release
from synthcraft.records import Spend


def spend(params: Params, release: Release) -> Spend:  # noqa: ARG001
    """What synthcity claims that one fit costs: a number without a curve, so it only adds up.

    >>> from synthcraft.catalogue import NoParams
    >>> told = spend(NoParams(), Release(1.0, 1e-5, 1000))
    >>> told.epsilon, told.delta, told.claimed
    (1.0, 1e-05, True)
    """
    return Spend("synthcity", release.epsilon, release.delta, claimed=True)


@dataclass(frozen=True)
class ClaimedGenerator(SynthcityGenerator):
    """A plug-in that is told ε and δ; what it counts are rows, never persons."""

    release: Release = field(kw_only=True)

    def fit(self, train: Table, *, seed: int) -> "ClaimedFitted":
        """A fitted plug-in; its noise comes from the source that the release names."""
        fitted = super().fit(train, seed=noise_seed(self.release, seed))
        return ClaimedFitted(fitted.plugin, fitted.coding, self.release)

    def arguments(self, train: Table) -> dict[str, Any]:
        """The plug-in's own arguments and the promise."""
        promise = {"epsilon": self.release.epsilon, "delta": self.release.delta}
        return {**super().arguments(train), **promise}


@dataclass(frozen=True)
class ClaimedFitted(SynthcityFitted):
    """A fitted plug-in that may draw noise again whenever it samples."""

    release: Release

    def sample(self, n: int, *, seed: int) -> pd.DataFrame:
        """``n`` synthetic rows; the same for the same seed only where noise is seeded."""
        return super().sample(n, seed=noise_seed(self.release, seed))


def noise_seed(release: Release, seed: int) -> int:
    """A start for the global streams that synthcity draws from, on the release's terms.

    >>> release = Release(1.0, 1e-5, 1000, seeded=True)
    >>> noise_seed(release, 1) == noise_seed(release, 1)
    True
    """
    return int(release.stream(seed).integers(2**63))


class Dpgan(ClaimedGenerator):
    """GAN whose discriminator is trained with DP-SGD."""

    module = "privacy.plugin_dpgan"


class Pategan(ClaimedGenerator):
    """GAN whose discriminator is told noisy votes of teachers."""

    module = "privacy.plugin_pategan"


class Privbayes(Binned, ClaimedGenerator):
    """Bayesian network with noisy counts; numbers are its categories unless cut into bins."""

    module = "privacy.plugin_privbayes"

    def arguments(self, train: Table) -> dict[str, Any]:
        """The plug-in's own arguments; it claims ε alone and takes no δ."""
        return {k: v for k, v in super().arguments(train).items() if k != "delta"}


class AimSynthcity(Binned, ClaimedGenerator):
    """AIM, which knows categories only and counts codes 0 … k-1 alone right: bins give those."""

    module = "privacy.plugin_aim"
