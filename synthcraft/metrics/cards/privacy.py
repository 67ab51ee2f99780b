"""Cards of the privacy metrics by distance and membership: what is given away of train rows."""

from functools import partial

from pydantic import Field

from synthcraft.catalogue import MetricCard, Params
from synthcraft.records import MetricDescriptor


class DcrShareParams(Params):
    """Parameters of ``dcr_share``."""

    resamples: int = Field(
        500, ge=100, le=10_000, description="Bootstrap resamples of the interval."
    )
    permutations: int = Field(
        999, ge=99, le=100_000, description="Random choices of train rows of the test."
    )


_MODULE = "synthcraft.metrics.privacy"
_FRESH = "simulation: zero for fresh rows (binary, ties, unequal sizes), maximal for a copy"
_DIFFERENCE = "difference of two independent values from their own intervals (MOVER)"
_SWAPPED = (
    " The reference fresh_real is 0 by construction: its two halves are each other's control, and "
    "what remains of the check are simulations."
)
_ATTACKED = "as many holdout as train rows are attacked, at most 2,000 of each, drawn by seed"


def risk(
    name: str,
    question: str,
    *,
    formula: str,
    misleads: str,
    cost: str,
    interval: str,
    checked: str,
    low: float | None = -1,
    high: float | None = 1,
    source: str = "",
) -> MetricDescriptor:
    """A measure with main, control and excess: 0 as fresh rows, worst for a copy of train."""
    return MetricDescriptor(
        name,
        "privacy",
        "minimize",
        question,
        ideal=0,
        low=low,
        high=high,
        null=0,
        floor="null",
        ceiling="train_copy",
        order=("fresh_real", "train_copy"),
        interval=interval,
        source=source,
        formula=formula,
        misleads=misleads,
        cost=cost,
        checked=checked,
    )


EXACT_MATCH = MetricCard(
    name="exact_match",
    without_holdout=True,
    summary="Synthetic rows that are copies of train rows.",
    implementation=f"{_MODULE}.matches:ExactMatch",
    measures=(
        risk(
            "exact_match_rate",
            "What share of synthetic rows is identical to a train row? Control: the share of "
            "holdout rows that is. Excess: main − control; 0: as fresh rows, 1 − control: every "
            "row a copy.",
            formula="mean over synthetic rows of [row ∈ train]; rows are compared by the hash of "
            "their values",
            misleads="A row that differs in one digit is no match: see the distances. Where "
            "there are few columns most rows have doubles, and copies tell nothing about anyone."
            + _SWAPPED,
            cost="O(n·d)",
            interval="Wilson 1927; excess: difference of two shares, Newcombe 1998",
            checked="known copies; " + _FRESH,
        ),
    ),
)

DCR = MetricCard(
    name="dcr",
    without_holdout=True,
    summary="Distance from synthetic rows to the closest train row.",
    implementation=f"{_MODULE}.distances:Dcr",
    source="Platzer & Reutterer 2021",
    measures=tuple(
        risk(
            name,
            f"How near do synthetic rows come to train rows ({which} of the distance to the "
            "closest one)? Control: holdout rows to train rows. Excess: control − main; above "
            "0: nearer than fresh rows, control: copies.",
            low=None,
            high=None,
            formula=f"{which} of min over train rows of the Euclidean distance (per column 1 for "
            "two different levels, differences over the 5–95 % range for numbers)",
            misleads="Rows of poor fidelity lie far from everyone and pass; rows that crowd "
            "the middle lie near to someone without copying: compare dcr_share." + _SWAPPED,
            cost="O(n²·d), one shared pass in blocks",
            interval="quantiles of the holdout's and the synthetic rows' own distances (Woodruff "
            f"1952, Wilson's limits); {_DIFFERENCE}",
            checked="dense distances; coverage by simulation; " + _FRESH,
            source="Platzer & Reutterer 2021",
        )
        for name, which in (("dcr_q05", "5 % quantile"), ("dcr_median", "median"))
    ),
)

DCR_SHARE = MetricCard(
    name="dcr_share",
    summary="Are synthetic rows nearer to train rows than to rows the generator never saw?",
    implementation=f"{_MODULE}.share:DcrShare",
    params=DcrShareParams,
    source="Platzer & Reutterer 2021",
    measures=(
        risk(
            "dcr_share",
            "What share of synthetic rows is nearer to train than to holdout rows (ties shared "
            "out)? Control: what is expected of fresh rows. Excess: (main − control) / (1 − "
            "control); 0: as fresh, 1: all nearer.",
            low=None,
            formula="mean over synthetic rows of t/(t + h), t train and h holdout rows at the "
            "smallest distance; control: train rows / real rows",
            misleads="Half of the rows may be copies and half far away: it is a mean. It asks "
            "about nearness to train as a whole, not whether any one person can be found.",
            cost="O(n²·d), one shared pass in blocks",
            interval="bootstrap of real rows (persons, where declared) with the synthetic rows "
            "nearest to them, train and holdout apart; where one attracts none, Wilson's of as "
            "many real rows",
            checked="ties counted by the dense matrix; coverage by simulation; " + _FRESH,
            source="Platzer & Reutterer 2021",
        ),
        MetricDescriptor(
            "dcr_share_p",
            "privacy",
            "none",
            "How often would train rows chosen at random among the real ones have as many "
            "synthetic rows nearest to them as the train rows have? Small: no chance.",
            ideal=1,
            low=0,
            high=1,
            formula="(1 + number of random choices with at least the seen share) / (1 + number of "
            "choices); whole persons are chosen, where declared; one-sided",
            misleads="Small p values say that an excess is there, not that it is large. A mean "
            "of p values over splits is none: with several splits the report gives none, and "
            "results.csv one for each.",
            averaged=False,
            cost="O(n log n) after dcr_share",
            checked="simulation: uniform for fresh rows, smallest for a copy",
            source="Platzer & Reutterer 2021",
        ),
    ),
)

NNDR = MetricCard(
    name="nndr",
    without_holdout=True,
    summary="Is the closest train row much closer than the second closest?",
    implementation=f"{_MODULE}.distances:Nndr",
    source="Platzer & Reutterer 2021",
    measures=(
        risk(
            "nndr",
            "Median ratio of the distances to the closest and second closest distinct train "
            "row; near 0: rows sit on single persons. Control: holdout rows. Excess: control − "
            "main.",
            formula="median over synthetic rows of d₁/d₂, over distinct train rows",
            misleads="In many dimensions all distances are alike and the ratio is near 1 for "
            "anything but copies." + _SWAPPED,
            cost="O(n²·d), one shared pass in blocks",
            interval=f"quantile by Woodruff 1952; {_DIFFERENCE}",
            checked="dense distances; coverage by simulation; " + _FRESH,
            source="Platzer & Reutterer 2021",
        ),
    ),
)

AUTHENTICITY = MetricCard(
    name="authenticity",
    without_holdout=True,
    summary="Are synthetic rows more than noisy copies of their nearest train row?",
    implementation=f"{_MODULE}.authenticity:Authenticity",
    source="Alaa et al. 2022",
    measures=(
        risk(
            "authenticity",
            "What share of synthetic rows lies further from its nearest train row than any other "
            "train row does? Control: that share of holdout rows, a third (one column) to three "
            "quarters (many). Excess: control − main; 0: as fresh rows, control: copies.",
            formula="mean over synthetic rows s of [d(s, t) > min over other train rows u of "
            "d(t, u)], t: the train row nearest to s; ties are not authentic",
            misleads="Rows of poor fidelity lie far from everyone and are authentic. Most "
            "published code indexes the wrong rows and gives other numbers under this name."
            + _SWAPPED,
            cost="O(n²·d), one shared pass in blocks",
            interval=f"Wilson 1927; excess: {_DIFFERENCE}, Newcombe 1998",
            checked="1/3 for fresh rows on a line (Cox 1981); dense distances; copies of ten "
            "patients lower it; " + _FRESH,
            source="Alaa et al. 2022",
        ),
    ),
)

IDENTIFIABILITY = MetricCard(
    name="identifiability",
    summary="Train rows with a synthetic row nearer to them than any other train row.",
    implementation=f"{_MODULE}.identifiability:Identifiability",
    source="Yoon et al. 2020",
    measures=(
        risk(
            "identifiability",
            "What share of train rows has a synthetic row nearer than the nearest other train "
            "row, rare values weighing more? Control: the same of holdout rows. Excess: main − "
            "control; 0: as fresh rows, 1 − control: a synthetic twin for everyone.",
            formula="mean over train rows i of [d(i, synthetic) < d(i, train without i)], "
            "coordinates divided by their column's entropy (numbers in train deciles); control: "
            "d(j, synthetic) < d(j, train without a random row); without a person's rows, where "
            f"declared; {_ATTACKED}",
            misleads="Main alone grows with the number of synthetic rows and is about ½ for "
            "fresh ones. A nearly constant column has a weight that outshines all others.",
            cost="O(4,000·n·d)",
            interval="Wilson 1927, train rows linked by nearest neighbours together; excess: "
            f"{_DIFFERENCE}, Newcombe 1998",
            checked="dense distances; expectation s/(s + n − 1) for fresh rows; " + _FRESH,
            source="Yoon et al. 2020",
        ),
    ),
)


def _membership(name: str, asks: str, score: str, misleads: str, source: str) -> MetricCard:
    membership = partial(
        risk,
        cost="O(4,000·n·d), shared by all membership attacks",
        source=source,
        misleads=misleads,
    )
    return MetricCard(
        name=name,
        summary=f"Membership inference: {asks}",
        implementation=f"{_MODULE}.membership:{name.title().replace('_', '')}",
        source=source,
        measures=(
            membership(
                name,
                f"Can train rows be told from rows that were never seen, {asks} Main: AUC. "
                "Excess: 2·AUC − 1; 0: by guessing only, 1: always. By group: within it.",
                formula=f"AUC of the score {score}; {_ATTACKED}",
                interval="variance of DeLong et al. 1988 (persons together: Obuchowski 1997; "
                "persons and mutual neighbours crossed: Cameron et al. 2011), limits of Wilson "
                "with as many rows (Mee 1990)",
                checked="closed form for known densities; scikit-learn's AUC; coverage by "
                "simulation; " + _FRESH,
            ),
            membership(
                f"{name}_tpr",
                "What share of train rows is found out while 1 % of the others is wrongly "
                "accused? Excess: (main − 0.01) / 0.99. Needs 1,000 attacked holdout rows.",
                low=-0.02,
                formula="true positives at the score that 1 % of attacked holdout rows exceed, "
                "ties in proportion",
                interval="Wilson's limits of the share and of the 1 %, added up (MOVER)",
                checked="closed form for known densities; coverage by simulation; " + _FRESH,
            ),
        ),
    )


MIA_DISTANCE = _membership(
    "mia_distance",
    "by the distance to the nearest synthetic row?",
    "−distance to the nearest synthetic row",
    "A weak attack: a low AUC is no proof of privacy. An average hides few well-known rows: see "
    "the share found out at 1 % false accusations.",
    "Chen et al. 2020; Carlini et al. 2022",
)
MIA_DOMIAS = _membership(
    "mia_domias",
    "by where synthetic rows are denser than real ones?",
    "d(row, nearest reference row) / d(row, nearest synthetic row): the ratio of first-neighbour "
    "densities; each half of the holdout is the reference for the other",
    "The attacker has real rows of the same kind as reference; with few the density ratio is noise "
    "and the AUC near ½. Where even a copy of train stays under 0.6 it is not measured.",
    "van Breugel et al. 2023; Carlini et al. 2022",
)
RECORD_RISK = MetricCard(
    name="record_risk",
    summary="How the risk of being found out spreads over train rows.",
    implementation=f"{_MODULE}.membership:RecordRisk",
    source="Carlini et al. 2022",
    measures=tuple(
        risk(
            f"record_risk_q{percent}",
            f"How exposed is {which}? The share of never-seen rows that look less like a member "
            f"(mia_distance). Control: {percent / 100:g}, as without any risk. Excess: (main − "
            "control) / (1 − control); 1: above all of them.",
            low=None,
            formula=f"1 − false positive rate at which {100 - percent} % of attacked train rows "
            "are found out; never told of fewer than 10 rows",
            misleads="It is about the attack by distance only. It tells how many stand out, and "
            "never who.",
            cost="O(n log n) after mia_distance",
            interval="Wilson's limits of both shares, added up (MOVER)",
            checked="closed form for known densities; " + _FRESH,
            source="Carlini et al. 2022",
        )
        for percent, which in (
            (50, "the middle train row"),
            (90, "the train row that one in ten exceeds"),
            (99, "the train row that one in a hundred exceeds"),
        )
    ),
)
