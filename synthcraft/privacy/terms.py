"""From a spec's privacy block to the terms of each fit, and what the fit will spend."""

from typing import cast

from synthcraft.catalogue import GENERATORS
from synthcraft.privacy.release import Release
from synthcraft.records import Arm, Spend
from synthcraft.registry import load_object
from synthcraft.spec.types import PrivacySpec, Spec


def delta_of(privacy: PrivacySpec) -> float:
    """δ of one release: as declared, else min(1e-5, 1 / (10 rows)) of the declared rows.

    >>> delta_of(PrivacySpec(rows=50_000)), delta_of(PrivacySpec(rows=500, delta=1e-6))
    (2e-06, 1e-06)
    """
    if privacy.delta is not None:
        return privacy.delta
    return min(1e-5, 0.1 / _declared(privacy))


def declared_train_rows(spec: Spec) -> int:
    """The public number of train rows: declared rows less the holdout's share.

    Where no rows are declared, it is ``design.synthetic_rows``, which then must be.
    """
    privacy = _terms(spec)
    if privacy.rows is not None:
        return round(privacy.rows * (1 - spec.design.fractions.holdout))
    if spec.design.synthetic_rows is None:
        raise ValueError("neither privacy.rows nor design.synthetic_rows is declared")
    return spec.design.synthetic_rows


def release_of(spec: Spec, arm: Arm, *, share: float = 1.0) -> Release:
    """The terms on which each fit of a private arm sees train rows, or a ``share`` of them.

    Raises
    ------
    ValueError
        When the spec has no privacy block or the arm no ε: it is not private.
    """
    privacy = _terms(spec)
    if arm.epsilon is None:
        raise ValueError(f"the arm {arm.label} is not private")
    return Release(
        epsilon=arm.epsilon,
        delta=delta_of(privacy) if arm.delta is None else arm.delta,
        rows=round(declared_train_rows(spec) * share),
        contribution=privacy.contribution,
        domain=privacy.domain,
        domain_share=privacy.domain_share,
        seeded=privacy.noise == "seeded",
    )


def spend_of(spec: Spec, arm: Arm, *, share: float = 1.0) -> Spend:
    """What one fit of a private arm spends; a claimed ε has no curve to vouch for."""
    card, release = GENERATORS.get(arm.plugin), release_of(spec, arm, share=share)
    if card.dp == "claimed":
        return Spend(card.name, release.epsilon, release.delta, claimed=True)
    params = card.params.model_validate(arm.params)
    return cast(Spend, load_object(card.spend)(params, release))


def _terms(spec: Spec) -> PrivacySpec:
    if spec.privacy is None:
        raise ValueError("the spec has no privacy block")
    return spec.privacy


def _declared(privacy: PrivacySpec) -> int:
    if privacy.rows is None:
        raise ValueError("neither privacy.delta nor privacy.rows is declared")
    return privacy.rows
