"""How many people of the population each person stands for, and how persons were sampled."""

from collections.abc import Sequence
from typing import Literal

import pandas as pd

from synthcraft.data.cdc.cycles import Cycle

Weights = Literal["examination", "interview", "fasting"]
WEIGHT, STRATUM, CLUSTER = "survey_weight", "survey_stratum", "survey_cluster"
FASTING_TABLE = "GLU"
_STEMS: dict[str, str] = {"examination": "WTMEC", "interview": "WTINT", "fasting": "WTSAF"}
_FOUR_YEARS = frozenset({"1999-2000", "2001-2002"})


def weight_variable(kind: Weights, cycle: Cycle, cycles: Sequence[Cycle]) -> str:
    """The variable that holds the weights of a cycle among all that are used.

    1999-2000 and 2001-2002 were weighted to different censuses: together they have weights of
    their own. Source: NHANES analytic guidelines.

    >>> from synthcraft.data.cdc.cycles import CYCLES
    >>> both = [CYCLES["1999-2000"], CYCLES["2001-2002"]]
    >>> weight_variable("examination", both[0], both), weight_variable("fasting", both[0], both[:1])
    ('WTMEC4YR', 'WTSAF2YR')
    >>> weight_variable("interview", CYCLES["prepandemic"], [CYCLES["prepandemic"]])
    'WTINTPRP'
    """
    if cycle.name == "prepandemic":
        return f"{_STEMS[kind]}PRP"
    return f"{_STEMS[kind]}{'4' if _together(cycle, cycles) else '2'}YR"


def weight_share(cycle: Cycle, cycles: Sequence[Cycle]) -> float:
    """What a cycle's weights are multiplied with: the share of all years that they stand for.

    >>> from synthcraft.data.cdc.cycles import CYCLES
    >>> three = [CYCLES[name] for name in ("1999-2000", "2001-2002", "2003-2004")]
    >>> [round(weight_share(cycle, three), 3) for cycle in three]
    [0.667, 0.667, 0.333]
    """
    years = 4.0 if _together(cycle, cycles) else cycle.years
    return years / sum(one.years for one in cycles)


def _together(cycle: Cycle, cycles: Sequence[Cycle]) -> bool:
    """Whether the cycle shares four-year weights with another that is used."""
    return cycle.name in _FOUR_YEARS <= {one.name for one in cycles}


def survey_columns(
    demo: pd.DataFrame, weights: "pd.Series[float]", cycle: Cycle, cycles: Sequence[Cycle]
) -> pd.DataFrame:
    """Weight, stratum and cluster of the people of a cycle (rows of DEMO).

    Whoever has no weight in the subsample that ``weights`` belong to has weight 0. Strata of
    different cycles have different numbers.
    """
    return pd.DataFrame(
        {
            WEIGHT: weights.reindex(demo.index).fillna(0.0) * weight_share(cycle, cycles),
            STRATUM: demo["SDMVSTRA"] + 1000 * cycle.release,
            CLUSTER: demo["SDMVPSU"],
        }
    )
