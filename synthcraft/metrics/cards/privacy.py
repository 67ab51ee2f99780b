"""Cards of the privacy metrics: what synthetic rows give away of train rows."""

from pydantic import Field

from synthcraft.catalogue import MetricCard, Params
from synthcraft.records import MetricDescriptor


class DcrShareParams(Params):
    """Parameters of ``dcr_share``."""

    resamples: int = Field(
        500, ge=100, le=10_000, description="Bootstrap resamples of the interval."
    )


def _risk(
    name: str,
    question: str,
    *,
    low: float | None = None,
    high: float | None = None,
    interval: str = "",
    source: str = "",
) -> MetricDescriptor:
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
    )


EXACT_MATCH = MetricCard(
    name="exact_match",
    summary="Synthetic rows that are copies of train rows.",
    implementation="synthcraft.metrics.privacy:ExactMatch",
    measures=(
        _risk(
            "exact_match_rate",
            "What share of synthetic rows is identical to a train row? Control: the share of "
            "holdout rows that is. Excess: (main − control) / (1 − control); 0: as fresh rows, "
            "1: every row a copy.",
            high=1,
            interval="Wilson 1927; excess: difference of two shares, Newcombe 1998",
        ),
    ),
)

DCR = MetricCard(
    name="dcr",
    summary="Distance from synthetic rows to the closest train row.",
    implementation="synthcraft.metrics.privacy:Dcr",
    source="Platzer & Reutterer 2021",
    measures=tuple(
        _risk(
            name,
            f"How near do synthetic rows come to train rows ({which} of the distance to the "
            "closest one)? Control: holdout rows to train rows. Excess: control − main; above "
            "0: nearer than fresh rows.",
            source="Platzer & Reutterer 2021",
        )
        for name, which in (("dcr_q05", "5 % quantile"), ("dcr_median", "median"))
    ),
)

DCR_SHARE = MetricCard(
    name="dcr_share",
    summary="Are synthetic rows nearer to train rows than to rows the generator never saw?",
    implementation="synthcraft.metrics.privacy:DcrShare",
    params=DcrShareParams,
    source="Platzer & Reutterer 2021",
    measures=(
        _risk(
            "dcr_share",
            "What share of synthetic rows is nearer to train than to holdout rows (ties shared "
            "out)? Control: what is expected of fresh rows. Excess: (main − control) / (1 − "
            "control); 0: as fresh, 1: all nearer.",
            high=1,
            interval="bootstrap of real rows with the synthetic rows nearest to them, train and "
            "holdout apart",
            source="Platzer & Reutterer 2021",
        ),
    ),
)

NNDR = MetricCard(
    name="nndr",
    summary="Is the closest train row much closer than the second closest?",
    implementation="synthcraft.metrics.privacy:Nndr",
    source="Platzer & Reutterer 2021",
    measures=(
        _risk(
            "nndr",
            "Median ratio of the distances to the closest and second closest distinct train "
            "row; near 0: rows sit on single persons. Control: holdout rows. Excess: control − "
            "main.",
            low=-1,
            high=1,
            source="Platzer & Reutterer 2021",
        ),
    ),
)
