"""How many rows a group gets."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from synthcraft.augment.doses import doses_of, primary_of, rows_to_add
from synthcraft.augment.groups import Grouping
from synthcraft.spec.types import AugmentationSpec

SIZES = {"g=a": 600, "g=b": 200, "g=c": 100}


def groups(*targets: str) -> Grouping:
    names = tuple(SIZES)
    return Grouping(("g",), names, targets or names[1:], (("a",), ("b",), ("c",)))


def asked(**settings: Any) -> AugmentationSpec:
    return AugmentationSpec(**{"column": "g", **settings})


def added(aug: AugmentationSpec, dose: float = 100) -> dict[str, int]:
    return rows_to_add(aug, groups(), SIZES, dose)


def test_each_rule() -> None:
    assert added(asked()) == {"g=b": 200, "g=c": 100}
    assert added(asked(), 12.5) == {"g=b": 25, "g=c": 12}
    assert added(asked(), 0.8) == {"g=b": 2, "g=c": 1}  # 1.6 and 0.8 rows
    assert added(asked(rule="equal")) == {"g=b": 400, "g=c": 500}
    assert added(asked(rule="equal"), 50) == {"g=b": 200, "g=c": 250}
    assert added(asked(rule="counts", counts={"b": 7, "c": 9})) == {"g=b": 7, "g=c": 9}


def test_proportions_are_those_of_all_rows_afterwards() -> None:
    # 600 white people are the 50 % that is left: 1,200 in all
    found = added(asked(rule="proportion", shares={"b": 0.25, "c": 0.25}))
    assert found == {"g=b": 100, "g=c": 200}


def test_who_has_its_share_already_gets_none_and_the_others_still_reach_theirs() -> None:
    found = added(asked(rule="proportion", shares={"b": 0.1, "c": 0.2}))
    assert found == {"g=b": 0, "g=c": 100}  # 100 + 100 of 800 + 200


def test_proportions_hold_for_any_sizes() -> None:
    rng = np.random.default_rng(1)
    for _ in range(200):
        sizes = dict(zip(SIZES, rng.integers(10, 1000, 3).tolist(), strict=True))
        b, c = rng.uniform(0.01, 0.45, 2)
        aug = asked(rule="proportion", shares={"b": b, "c": c})
        found = rows_to_add(aug, groups(), sizes, 100)
        total = sum(sizes.values()) + sum(found.values())
        for name, share in (("g=b", b), ("g=c", c)):
            # each added number is rounded by at most 1/2, so the total by at most 1
            lacks = share * total - (sizes[name] + found[name])
            assert lacks < 1.5
            assert found[name] == 0 or lacks > -1.5


@pytest.mark.parametrize("rule", ["dose", "equal"])
def test_a_smaller_dose_never_adds_more(rule: str) -> None:
    counts = [added(asked(rule=rule), dose) for dose in (0.1, 1, 12.5, 13, 50, 99, 100, 101)]
    for less, more in pairwise(counts):
        assert all(less[name] <= more[name] for name in less)


def test_doses_come_in_order_and_nothing_is_none_of_them() -> None:
    assert doses_of(asked(doses=(100, 0, 25))) == (25.0, 100.0)
    assert primary_of(asked(doses=(200, 25))) == 200.0
    assert primary_of(asked(doses=(200, 100, 25))) == 100.0
    assert primary_of(asked(doses=(200, 25), primary=25)) == 25.0
