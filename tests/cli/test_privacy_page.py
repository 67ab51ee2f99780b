"""docs/privacy.md is written by hand: its figures must be right (its blocks: test_docs.py)."""

import re
from math import exp

import pytest

from synthcraft.cli.text import rounded_up
from synthcraft.privacy.accountant import rho_of, zcdp_curve
from synthcraft.privacy.ledger import total
from synthcraft.privacy.release import Release
from synthcraft.privacy.selection import selection_spend, sensitivity
from synthcraft.privacy.words import CLAIMED
from synthcraft.records import Spend
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")


def test_what_a_private_choice_costs_is_as_told():
    """ε = 1.41 and 1.42 are rounded up; odds of 55 and 1.5 are rounded."""
    fit = Spend("zCDP", 1.0, 1e-5, zcdp_curve(rho_of(1.0, 1e-5)))
    told = re.search(r"Two fits at ε 1 are (.*) together, .* at 0.1 they are (.*)\. Fewer", PAGE)
    assert told is not None
    assert told[1] == rounded_up(total([fit] * 2).epsilon)
    assert told[2] == rounded_up(total([fit] * 2, [selection_spend(0.1)]).epsilon)
    for rows, odds in ((4000, 55), (400, 1.5)):
        gap = 0.01 / (2 * sensitivity(Release(1.0, 1e-5, rows)))
        assert exp(0.1 * gap) == pytest.approx(odds, rel=0.02)


def test_the_factors_are_those_of_epsilon():
    _, _, table = PAGE.partition("| odds change")
    table, _, _ = table.partition("\n\n")
    rows = re.findall(r"^\| ([0-9.]+) \| ([0-9.,]+)", table, flags=re.MULTILINE)
    assert len(rows) == 4
    for epsilon, factor in rows:
        assert float(factor.replace(",", "")) == pytest.approx(exp(float(epsilon)), rel=0.05)


def test_claimed_ones_are_told_with_the_mark():
    (line,) = (line for line in PAGE.splitlines() if "`pategan`" in line)
    assert CLAIMED in line
