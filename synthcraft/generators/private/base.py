"""What our private generators share: terms, domain, bounded contributions; then each learns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd

from synthcraft.catalogue import Params
from synthcraft.data.table import Table
from synthcraft.generators.base import Impossible
from synthcraft.privacy.domain import Codes, Domain, bounded, settle
from synthcraft.privacy.release import Release


class Sampler(Protocol):
    """A learnt distribution over a domain's codes: drawing from it spends nothing."""

    def draw(self, n: int, rng: np.random.Generator) -> Codes:
        """``n`` rows of codes."""
        ...


@runtime_checkable
class ConditionalSampler(Sampler, Protocol):
    """A learnt distribution that can be drawn from given the codes of some columns."""

    def draw_where(self, n: int, where: Mapping[int, int], rng: np.random.Generator) -> Codes:
        """``n`` rows of codes that have these ones, by column; Impossible if it has none."""
        ...


@dataclass(frozen=True)
class PrivateGenerator:
    """A mechanism: ``fit`` spends the release's whole budget once, ``sample`` spends nothing.

    Nothing but ``learn`` and ``settle`` sees the rows, and both only through noise.
    """

    params: Params
    release: Release
    device: str = "cpu"

    def fit(self, train: Table, *, seed: int) -> "FittedPrivate":
        """Learn under the release's terms."""
        rng = self.release.stream(seed)
        rows = bounded(train, self.release.contribution)
        domain = settle(rows, self.release, rng)
        sampler = self.learn_table(rows, domain, rng)
        if isinstance(sampler, ConditionalSampler):
            return FittedConditional(self.release, domain, sampler)
        return FittedPrivate(self.release, domain, sampler)

    def learn_table(self, rows: Table, domain: Domain, rng: np.random.Generator) -> Sampler:
        """Learn from the codes alone; whoever must tell persons apart takes the table instead."""
        return self.learn(domain.encode(rows.frame), domain, rng)

    def learn(self, codes: Codes, domain: Domain, rng: np.random.Generator) -> Sampler:
        """Spend ``release.rho_model`` on the codes."""
        raise NotImplementedError


@dataclass(frozen=True)
class FittedPrivate:
    """A learnt distribution and its domain; it holds no real row."""

    release: Release
    domain: Domain
    sampler: Sampler

    def sample(self, n: int, *, seed: int) -> pd.DataFrame:
        """``n`` synthetic rows; the same for the same seed only where noise is seeded."""
        rng = self.release.stream(seed)
        return self.domain.decode(self.sampler.draw(n, rng), rng)


@dataclass(frozen=True)
class FittedConditional(FittedPrivate):
    """A learnt distribution that can be asked for rows of some levels."""

    sampler: ConditionalSampler

    def sample_where(self, n: int, where: Mapping[str, str], *, seed: int) -> pd.DataFrame:
        """``n`` synthetic rows of these levels; Impossible where the domain has no such level."""
        rng = self.release.stream(seed)
        codes = dict(self._code(name, level) for name, level in where.items())
        return self.domain.decode(self.sampler.draw_where(n, codes, rng), rng)

    def _code(self, name: str, level: str) -> tuple[int, int]:
        """The place of a column and the code of its level."""
        known = {a.column.name: (i, a) for i, a in enumerate(self.domain.attributes)}
        place, attribute = known[name]
        if level not in attribute.levels:
            raise Impossible(f"the domain of {name} does not have this level")
        return place, attribute.levels.index(level)
