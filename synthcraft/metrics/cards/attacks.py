"""Cards of the attacks: what somebody who holds the synthetic table can do to a person."""

from typing import Literal

from pydantic import Field

from synthcraft.catalogue import MetricCard, Params
from synthcraft.metrics.cards.privacy import risk
from synthcraft.records import MetricDescriptor

_GIOMI = "Giomi et al. 2023, PoPETs 2023(2):312-328"
_TARGETS = Field(
    1000, ge=50, le=100_000, description="Attacked rows of train, and of holdout, at most."
)


class SinglingOutParams(Params):
    """Parameters of ``singling_out``."""

    predicates: tuple[Literal["univariate", "multivariate"], ...] = Field(
        ("univariate", "multivariate"),
        min_length=1,
        description="Kinds of predicates: on one column, on several.",
    )
    attacks: int = Field(500, ge=50, le=10_000, description="Predicates of each kind, at most.")
    columns: int = Field(3, ge=2, le=20, description="Columns of a multivariate predicate.")
    attempts: int = Field(
        40, ge=4, le=10_000, description="Multivariate predicates tried for each one wanted."
    )


class LinkabilityParams(Params):
    """Parameters of ``linkability``."""

    targets: int = _TARGETS


class AttributeInferenceParams(Params):
    """Parameters of ``attribute_inference``."""

    targets: int = _TARGETS
    tolerance: float = Field(
        0.05, ge=0, lt=1, description="Relative error at which a number counts as guessed."
    )


def _attack(
    name: str,
    question: str,
    *,
    baseline: str,
    interval: str,
    formula: str,
    misleads: str,
    cost: str,
    checked: str,
) -> tuple[MetricDescriptor, MetricDescriptor]:
    attack = risk(
        name,
        question,
        low=None,
        interval=interval,
        source=_GIOMI,
        formula=formula,
        misleads=misleads,
        cost=cost,
        checked=checked,
    )
    guess = MetricDescriptor(
        f"{name}_baseline",
        "privacy",
        "none",
        baseline,
        low=0,
        high=1,
        source=_GIOMI,
        formula=formula.rpartition(" Baseline: ")[2],
        misleads="It is no risk: an attack that wins less has failed and tells nothing.",
        cost=cost,
        checked=checked,
    )
    return attack, guess


_INDEPENDENT = (
    "Wilson 1927 for main and control; excess: ratio of two shares of failures, from their Wilson "
    "intervals (MOVER, Donner & Zou 2012)"
)

SINGLING_OUT = MetricCard(
    name="singling_out",
    without_holdout=True,
    summary="Do descriptions that fit one synthetic row fit exactly one train row?",
    implementation="synthcraft.metrics.attacks.singling_out:SinglingOut",
    params=SinglingOutParams,
    source=_GIOMI,
    measures=_attack(
        "singling_out",
        "What share of the predicates that match exactly one synthetic row matches exactly one "
        "train row? Control: as many rows that the generator never saw, by exchanging train "
        "rows for holdout rows. Excess: (main − control) / (1 − control); 0: as fresh rows, 1: "
        "every predicate isolates a train row. By kind of predicate: on one column, on three.",
        baseline="What share of random predicates matches exactly one train row?",
        interval="Wilson 1927 for main; excess: standard error over relabelled rows",
        formula="Predicates: levels, «at least» or «at most» a number by its side of the median, "
        "missing; univariate: values of one row, extremes. Main = share with one match in train; "
        "control = main − (main − exchanged) / f, within 0 and 1; exchanged = expected main when a "
        "share f = min(1, holdout / train) of random train rows is exchanged for holdout rows. "
        "Baseline: random columns, conditions and synthetic values.",
        misleads="With a holdout smaller than train the excess is extrapolated: less certain "
        "by 1 / f, and where most rows are copied too large (at 70/30 0.32 instead of 0.28 for a "
        "half copy); 1 is exact, and fresh rows are at 0, but with 20 predicates or fewer a little "
        "below (−0.06, standard error 0.27). Many columns with many values isolate rows by "
        "chance: see the control.",
        cost="predicates × columns × rows, some 10 000 predicates tried",
        checked="closed form of the control (enumeration of all exchanges); simulation: fresh rows "
        "give 0, copies 1, partial copies what a holdout as large as train finds; anonymeter on "
        "the same tables (benchmarks/agreement.py)",
    ),
)

LINKABILITY = MetricCard(
    name="linkability",
    summary="Do synthetic rows join what two files know of the same train row?",
    implementation="synthcraft.metrics.attacks.linkability:Linkability",
    params=LinkabilityParams,
    without_holdout=True,
    source=_GIOMI,
    measures=_attack(
        "linkability",
        "For what share of train rows do both parts of the row have the same nearest synthetic "
        "row? Parts: quasi-identifiers and the other columns; two fixed random halves of the "
        "columns where none are declared. Control: as many holdout rows. Excess: (main − control) "
        "/ (1 − control); 0: as for strangers, 1: every row is linked.",
        baseline="How often would two random synthetic rows be the same one?",
        interval=_INDEPENDENT,
        formula="Main = share of targets whose nearest distinct synthetic row by the one part is "
        "also that by the other (equally near ones at random). Baseline: 1 / number of distinct "
        "synthetic rows.",
        misleads="Where few columns make a part, many synthetic rows tie and even a copy is seldom "
        "linked: compare with train_copy. Another choice of halves gives another number.",
        cost="targets × rows × encoded columns",
        checked="simulation: fresh rows give 0, copies of rows with unique parts 1; brute force "
        "on a small table; anonymeter on the same tables (benchmarks/agreement.py)",
    ),
)

ATTRIBUTE_INFERENCE = MetricCard(
    name="attribute_inference",
    summary="Does the nearest synthetic row tell a person's secret?",
    implementation="synthcraft.metrics.attacks.inference:AttributeInference",
    params=AttributeInferenceParams,
    source=_GIOMI,
    measures=_attack(
        "attribute_inference",
        "For what share of train rows does the nearest synthetic row, by what is known, have the "
        "right secret? Known: the quasi-identifiers, or all other columns; secrets: sensitive "
        "columns and the target. Control: as many holdout rows. Excess: (main − control) / (1 − "
        "control); 0: as for strangers, 1: every secret is found. Without a column: mean over "
        "secrets.",
        baseline="How often would a random synthetic row have the right secret?",
        interval=_INDEPENDENT,
        formula="Main = share of targets whose nearest synthetic row has the same level, a number "
        "within 5 % of the truth, or is missing where the secret is. Baseline: expected share "
        "for a synthetic row drawn at random.",
        misleads="A high control means that the secret follows from the other columns for "
        "anybody: that is what the data teach, not a leak; with fewer than 10 targets left, the "
        "excess does not apply. A number near 0 is hardly ever guessed.",
        cost="targets × rows × encoded columns, for each secret",
        checked="simulation: fresh rows give 0, copies 1; brute force on a small table; "
        "anonymeter on the same tables (benchmarks/agreement.py)",
    ),
)
