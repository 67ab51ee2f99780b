"""Cards of what the declared quasi-identifiers disclose, and of the table's own anonymity."""

from functools import partial

from pydantic import Field

from synthcraft.catalogue import MetricCard, Params
from synthcraft.metrics.cards.privacy import risk
from synthcraft.records import MetricDescriptor

_RAAB = "Raab, Nowok & Dibben 2024, arXiv:2406.16826"
_COST = "rows × quasi-identifiers, a sort"
_GROUPS = Field(
    None,
    ge=2,
    le=1000,
    description="Cut numeric quasi-identifiers into so many groups, by quantiles of train rows; "
    "they are compared as they are when absent.",
)


class ReplicatedUniquesParams(Params):
    """Parameters of ``replicated_uniques``."""

    groups: int | None = _GROUPS


class CorrectAttributionParams(Params):
    """Parameters of ``correct_attribution``."""

    groups: int | None = _GROUPS
    secret_groups: int = Field(
        20, ge=2, le=1000, description="Groups of a numeric secret, by quantiles of train rows."
    )


class AnonymityParams(Params):
    """Parameters of ``anonymity``."""

    groups: int | None = _GROUPS
    population: str | None = Field(
        None,
        description="CSV file with the quasi-identifiers of the population that the persons are "
        "from, one row per person; k_map and delta_presence need it.",
    )


_risk = partial(risk, low=None, source=_RAAB, cost=_COST)

REPLICATED_UNIQUES = MetricCard(
    name="replicated_uniques",
    summary="Train rows that are unique by the quasi-identifiers, and so in the synthetic table.",
    implementation="synthcraft.metrics.disclosure:ReplicatedUniques",
    params=ReplicatedUniquesParams,
    without_holdout=True,
    default=False,
    source=_RAAB,
    measures=(
        _risk(
            "replicated_uniques",
            "What share of train rows is unique by its quasi-identifiers, and has exactly one "
            "synthetic row with the same ones (repU)? Control: as many rows that the generator "
            "never saw, by exchanging train rows for holdout rows. Excess: (main − control) / (1 − "
            "control); 0: as fresh rows.",
            interval="Wilson 1927 for main; excess: standard error over relabelled rows",
            formula="Σ over combinations q of [train rows with q = 1 and synthetic rows with q = 1]"
            " / train rows; missing is a value. Control = main − (main − exchanged) / f, within 0 "
            "and 1; exchanged = expected main when a share f = min(1, holdout / train) of random "
            "train rows is exchanged for holdout rows.",
            misleads="Where the holdout is smaller than train and most rows are copied, the excess "
            "is too large (at 70/30 0.29 instead of 0.23 for a copy). Small categories of a few "
            "quasi-identifiers recur in any sample: see the control. A copy reaches only the share "
            "of train rows that are unique.",
            checked="tables counted by hand; enumeration of all exchanges; simulation: fresh rows "
            "give 0, partial copies what a holdout as large as train finds",
        ),
    ),
)

CORRECT_ATTRIBUTION = MetricCard(
    name="correct_attribution",
    summary="Train rows whose secret all synthetic rows with their quasi-identifiers tell rightly.",
    implementation="synthcraft.metrics.disclosure:CorrectAttribution",
    params=CorrectAttributionParams,
    without_holdout=True,
    default=False,
    source=_RAAB,
    measures=(
        _risk(
            "correct_attribution",
            "For what share of train rows do the synthetic rows with the same quasi-identifiers "
            "all have the same secret, and the right one (DiSCO)? Control: holdout rows. Excess: "
            "(main − control) / (1 − control); 0: as for strangers. Secrets: sensitive columns and "
            "the target; without a column: mean over them.",
            interval="Wilson 1927 for main and control; excess: ratio of two shares of failures, "
            "from their Wilson intervals (MOVER, Donner & Zou 2012)",
            formula="Σ over combinations q and secrets t of train rows with (q, t) where all "
            "synthetic rows with q have t / train rows; a numeric secret in 20 groups.",
            misleads="A secret that nearly everybody has is attributed rightly to strangers too: "
            "see the control. Combinations with one synthetic row always count as agreeing.",
            checked="tables counted by hand; simulation: fresh rows give 0",
        ),
    ),
)


def _described(
    name: str,
    question: str,
    *,
    low: float = 0,
    high: float | None = None,
    ideal: float | None = None,
    source: str,
    formula: str,
    misleads: str,
    checked: str,
) -> MetricDescriptor:
    return MetricDescriptor(
        name,
        "privacy",
        "none",
        question + " Descriptive only.",
        ideal=ideal,
        low=low,
        high=high,
        source=source,
        formula=formula,
        misleads=misleads,
        cost=_COST,
        checked=checked,
    )


_NOBODY = (
    "A synthetic row is no person: a small class is nobody's risk, a large one protects no train "
    "row. A copy of a k-anonymous table is k-anonymous."
)

ANONYMITY = MetricCard(
    name="anonymity",
    summary="How synthetic rows hide among each other, or in a population, by quasi-identifiers.",
    implementation="synthcraft.metrics.anonymity:Anonymity",
    params=AnonymityParams,
    without_holdout=True,
    default=False,
    measures=(
        _described(
            "k_anonymity",
            "How many synthetic rows has the smallest class with the same quasi-identifiers?",
            low=1,
            source="Sweeney 2002, IJUFKS 10(5):557-570",
            formula="Smallest number of synthetic rows with one combination of values.",
            misleads=_NOBODY,
            checked="Sweeney's table",
        ),
        _described(
            "l_diversity",
            "How many distinct secrets has the class with the fewest? Without a column: the worst "
            "secret.",
            low=1,
            source="Machanavajjhala et al. 2007, ACM TKDD 1(1):3",
            formula="Smallest number of distinct values of the secret in a class.",
            misleads=_NOBODY,
            checked="Machanavajjhala's table",
        ),
        _described(
            "l_diversity_entropy",
            "How many equally common secrets would have the entropy of the least diverse class? "
            "Without a column: the worst secret.",
            low=1,
            source="Machanavajjhala et al. 2007, ACM TKDD 1(1):3",
            formula="exp of the smallest entropy of the secret in a class.",
            misleads=_NOBODY,
            checked="closed form on Machanavajjhala's table",
        ),
        _described(
            "t_closeness",
            "How far are the secrets of a class from those of the whole table, at most? 0: as in "
            "the whole table. Without a column: the worst secret.",
            ideal=0,
            high=1,
            source="Li, Li & Venkatasubramanian 2007, ICDE",
            formula="Largest earth mover's distance of a class's secrets to all; numbers by rank "
            "(in at most 1,000 groups), neighbours 1 / (m − 1) apart; levels all at distance 1.",
            misleads=_NOBODY,
            checked="Li's salary and disease table",
        ),
        _described(
            "k_map",
            "How many persons of the population share the quasi-identifiers of a synthetic row, at "
            "least? From 1 to 9 is not told.",
            source="Sweeney 2002, IJUFKS 10(5):557-570",
            formula="Smallest number of population rows over the combinations of synthetic rows.",
            misleads="0 is a combination that nobody has. The number is only as good as the file.",
            checked="tables counted by hand",
        ),
        _described(
            "delta_presence",
            "With what chance is somebody of the population in the table, were its rows persons, "
            "at most?",
            high=1,
            source="Nergiz, Atzori & Clifton 2007, SIGMOD",
            formula="Largest synthetic rows / population rows of one combination, at most 1; "
            "combinations that the population lacks are left out.",
            misleads="Synthetic rows are no sample of the population: a bound on nobody's presence "
            "is given.",
            checked="tables counted by hand",
        ),
    ),
)
