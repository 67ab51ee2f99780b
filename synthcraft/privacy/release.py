"""One release: what a single fit of a private generator may spend, and on what ground."""

import secrets
from dataclasses import dataclass
from typing import Literal

import numpy as np

from synthcraft.privacy.accountant import rho_of

DomainOrigin = Literal["declared", "private", "from_data"]


@dataclass(frozen=True)
class Release:
    """Terms under which one fit sees train rows and its samples may leave.

    ``rows`` is the declared number of train rows (never the exact one), ``contribution`` the most
    rows of one person, ``domain_share`` the share of the budget (ρ) and of δ that a private domain
    may cost. ``seeded`` noise is for tests and benchmarks: it makes ε void.
    """

    epsilon: float
    delta: float
    rows: int
    contribution: int = 1
    domain: DomainOrigin = "declared"
    domain_share: float = 0.1
    seeded: bool = False

    def stream(self, seed: int) -> np.random.Generator:
        """Random numbers from the operating system's entropy, or from ``seed`` where seeded."""
        return np.random.default_rng(seed if self.seeded else secrets.randbits(256))

    @property
    def share(self) -> float:
        """The share of ρ and of δ that the domain costs: 0 unless it is private."""
        return self.domain_share if self.domain == "private" else 0.0

    @property
    def delta_domain(self) -> float:
        """The part of δ that a private domain costs."""
        return self.delta * self.share

    @property
    def rho(self) -> float:
        """The whole budget as ρ of zero-concentrated differential privacy.

        >>> Release(1.0, 1e-5, 1000).rho > Release(1.0, 1e-5, 1000, domain="private").rho > 0
        True
        """
        return rho_of(self.epsilon, self.delta - self.delta_domain)

    @property
    def rho_domain(self) -> float:
        """The part of ρ that a private domain costs."""
        return self.rho * self.share

    @property
    def rho_model(self) -> float:
        """The part of ρ that is left for learning."""
        return self.rho - self.rho_domain
