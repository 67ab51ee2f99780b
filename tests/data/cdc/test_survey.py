"""Weights over cycles, against the sums that they must have."""

import pandas as pd
import pytest

from synthcraft.data.cdc.cycles import CYCLES
from synthcraft.data.cdc.survey import survey_columns, weight_share, weight_variable


@pytest.mark.parametrize(
    "names",
    [
        ["2017-2018"],
        ["2003-2004", "2005-2006", "2007-2008"],
        ["2015-2016", "prepandemic"],
        ["prepandemic", "2021-2023"],
        ["1999-2000", "2003-2004"],
    ],
)
def test_shares_are_of_years_and_sum_to_one(names):
    cycles = [CYCLES[name] for name in names]
    shares = [weight_share(cycle, cycles) for cycle in cycles]
    assert sum(shares) == pytest.approx(1)
    years = [3.2 if name == "prepandemic" else 2.0 for name in names]
    assert shares == pytest.approx([one / sum(years) for one in years])


def test_four_year_weights_where_both_first_cycles_are_used():
    # Each of the two adds up to half of the population: 4 of 6 years with 1/2 of it each, and 2.
    cycles = [CYCLES[name] for name in ("1999-2000", "2001-2002", "2003-2004")]
    variables = [weight_variable("examination", cycle, cycles) for cycle in cycles]
    assert variables == ["WTMEC4YR", "WTMEC4YR", "WTMEC2YR"]
    population = [0.5, 0.5, 1.0]
    shares = [weight_share(cycle, cycles) for cycle in cycles]
    assert sum(s * p for s, p in zip(shares, population, strict=True)) == pytest.approx(1)
    assert shares == pytest.approx([2 / 3, 2 / 3, 1 / 3])


@pytest.mark.parametrize(
    ("kind", "name", "variable"),
    [
        ("interview", "2021-2023", "WTINT2YR"),
        ("fasting", "2001-2002", "WTSAF2YR"),
        ("fasting", "prepandemic", "WTSAFPRP"),
        ("examination", "prepandemic", "WTMECPRP"),
    ],
)
def test_variables(kind, name, variable):
    assert weight_variable(kind, CYCLES[name], [CYCLES[name]]) == variable


def test_who_is_not_in_the_subsample_weighs_nothing():
    demo = pd.DataFrame({"SDMVSTRA": [1.0, 2.0], "SDMVPSU": [1.0, 2.0]}, index=[11, 12])
    one, two = CYCLES["2003-2004"], CYCLES["2005-2006"]
    told = survey_columns(demo, pd.Series({12: 10.0}), one, [one, two])
    assert told["survey_weight"].tolist() == [0, 5]
    other = survey_columns(demo, pd.Series({12: 10.0}), two, [one, two])
    assert not set(told["survey_stratum"]) & set(other["survey_stratum"])
