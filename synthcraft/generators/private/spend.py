"""What a fit under a release's terms costs; light to import, no mechanism."""

from synthcraft.catalogue import Params
from synthcraft.privacy.accountant import epsilon_of, zcdp_curve
from synthcraft.privacy.release import Release
from synthcraft.records import Spend


def spend(params: Params, release: Release) -> Spend:  # noqa: ARG001
    """What a fit of a marginal mechanism costs: ρ-zCDP in all, and δ of a private domain.

    >>> from synthcraft.catalogue import NoParams
    >>> told = spend(NoParams(), Release(1.0, 1e-5, 3000))
    >>> told.mechanism, round(told.epsilon, 6)
    ('zCDP', 1.0)
    """
    return spent("zCDP", zcdp_curve(release.rho), release)


def spent(mechanism: str, curve: tuple[float, ...], release: Release) -> Spend:
    """The record of a Rényi curve, whose ε is at what a private domain leaves of δ."""
    return Spend(
        mechanism=mechanism,
        epsilon=epsilon_of(curve, release.delta - release.delta_domain),
        delta=release.delta,
        curve=curve,
        delta_domain=release.delta_domain,
        domain_share=release.share,
    )
