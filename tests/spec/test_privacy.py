"""A privacy block that contradicts itself is told with what to write instead."""

from typing import Any

import pytest

from synthcraft.errors import SpecError
from synthcraft.plan import make_plan
from synthcraft.spec.privacy import arm_labels, cut_of, selectable
from synthcraft.spec.validate import parse


def plain(privacy: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    return {
        "name": "x",
        "dataset": {"plugin": "simulated", "params": {"n": 300}},
        "generators": {"aim": {"plugin": "independent"}, "arf": {"plugin": "arf"}},
        "privacy": {"rows": 300, **(privacy or {})},
        **changes,
    }


def test_an_arm_for_each_epsilon_of_each_private_generator():
    spec = parse(plain({"epsilons": [0.5, 10]}))
    arms = make_plan(spec, task="classification", fingerprint="").arms
    assert [arm.label for arm in arms] == ["aim@eps=0.5", "aim@eps=10", "arf"]
    assert arm_labels(spec) == tuple(arm.label for arm in arms)
    assert [arm.epsilon for arm in arms] == [0.5, 10.0, None]
    assert [arm.delta for arm in arms] == [1e-5, 1e-5, None]


def test_another_label_of_the_same_generator_has_its_own_arms():
    generators = {"a": {"plugin": "independent"}, "b": {"plugin": "independent"}}
    spec = parse(plain(generators=generators))
    assert arm_labels(spec) == ("a@eps=1", "b@eps=1")


def test_rows_are_cut_by_hash_with_a_privacy_block_unless_the_spec_says_otherwise(small_spec):
    assert cut_of(parse(plain())) == "hashed"
    assert cut_of(parse(plain(design={"cut": "stratified"}))) == "stratified"
    assert cut_of(parse(small_spec)) == "stratified"


def test_rows_that_are_missing_are_told_once():
    """Private selection needs them too, and says why."""
    with pytest.raises(SpecError) as told:
        parse(plain({**CHOICE, "rows": None}))
    assert [problem.path for problem in told.value.problems].count("privacy.rows") == 1


def test_terms_of_privacy_are_part_of_the_identity():
    ids = {
        parse(plain(terms)).id
        for terms in ({}, {"epsilons": [2]}, {"rows": 400}, {"noise": "seeded"}, {"delta": 1e-6})
    }
    assert len(ids) == 5


CHOICE = {"selection": "private", "selection_epsilon": 0.1, "epsilons": [1, 2]}
PRIVATE_ONLY = {"a": {"plugin": "independent"}}
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "private generator without terms": (
        plain(privacy=None) | {"privacy": None},
        r"generators\.aim: .*Add: privacy: \{epsilons: \[1\.0\], rows: N\}",
    ),
    "terms without private generator": (
        plain(generators={"arf": {"plugin": "arf"}}),
        r"privacy: no generator .*independent",
    ),
    "epsilon of zero": (
        plain({"epsilons": [0]}),
        r"privacy\.epsilons\.0: got 0\. Accepted: more than 0",
    ),
    "negative epsilon": (plain({"epsilons": [-1]}), r"privacy\.epsilons\.0: got -1"),
    "no epsilon": (plain({"epsilons": []}), r"privacy\.epsilons"),
    "epsilon twice": (plain({"epsilons": [1, 1.0]}), r"privacy\.epsilons: 1 is given twice"),
    "delta too large": (
        plain({"delta": 0.01}),
        r"privacy\.delta: got 0\.01.*below 1 / rows = 0\.0033",
    ),
    "delta at its limit": (plain({"rows": 500, "delta": 0.002}), r"privacy\.delta: got 0\.002"),
    "no rows": (
        plain({"rows": None}),
        r"privacy\.rows: is missing.*privacy\.delta and design\.synthetic_rows",
    ),
    "no rows, only delta": (
        plain({"rows": None, "delta": 1e-6}),
        r"privacy\.rows: is missing.*or all of: design\.synthetic_rows",
    ),
    "contribution without persons": (
        plain({"contribution": 3}),
        r"privacy\.contribution: got 3, but without dataset\.id",
    ),
    "share of a free domain": (
        plain({"domain_share": 0.2}),
        r"privacy\.domain_share: .*domain: private",
    ),
    "fixed choice of nothing": (
        plain({"selection": "fixed"}),
        r"privacy\.release: is missing.*aim@eps=1",
    ),
    "choice without a ground": (plain({"release": "aim@eps=1"}), r"Set privacy\.selection"),
    "unknown arm": (
        plain({"selection": "public", "release": "aim@eps=2"}),
        r"no arm 'aim@eps=2'. Did you mean 'aim@eps=1'",
    ),
    "private choice at no price": (
        plain({"selection": "private", "epsilons": [1, 2]}),
        r"privacy\.selection_epsilon: is missing.*such as 0\.1",
    ),
    "private choice for nothing": (
        plain({**CHOICE, "selection_epsilon": 0}),
        r"privacy\.selection_epsilon: got 0\. Accepted: more than 0",
    ),
    "private choice of a named arm": (
        plain({**CHOICE, "release": "aim@eps=1"}),
        r"privacy\.release: got aim@eps=1, but selection is private.*selection: fixed",
    ),
    "private choice on each fit's own bins": (
        plain({**CHOICE, "domain": "private"}),
        r"privacy\.domain: got private, .*same bins.*domain: declared",
    ),
    "private choice without rows": (
        plain({**CHOICE, "rows": None, "delta": 1e-6}, design={"synthetic_rows": 200}),
        r"privacy\.rows: is missing: selection is private",
    ),
    "private choice of one": (
        plain({**CHOICE, "epsilons": [1]}),
        r"privacy\.selection: there is one arm .*aim@eps=1.*selection: fixed and privacy\.release",
    ),
    "private choice among claims": (
        plain(CHOICE, generators={"d": {"plugin": "dpgan"}}),
        r"privacy\.selection: got private, but there is no arm .*independent",
    ),
    "price of a free choice": (
        plain({"selection_epsilon": 0.1}),
        r"privacy\.selection_epsilon: is given, but selection is absent",
    ),
    "other choice": (
        plain({"selection": "best"}),
        r"privacy\.selection: .*fixed, public",
    ),
    "limit below one fit": (
        plain({"epsilons": [1, 3], "max_total_epsilon": 0.5}),
        r"privacy\.max_total_epsilon: got 0\.5.*Accepted: 1 or more",
    ),
    "imputed values": (
        plain(dataset={"plugin": "simulated", "missing": "impute"}),
        r"dataset\.missing: imputing learns from real rows",
    ),
    "imputed column": (
        plain(dataset={"plugin": "simulated", "columns": {"age": {"missing": "impute"}}}),
        r"dataset\.columns\.age\.missing: imputing",
    ),
    "label of an arm": (
        plain(generators={"a@eps=1": {"plugin": "arf"}, **PRIVATE_ONLY}),
        r"generators\.a@eps=1: '@eps=' marks",
    ),
}


@pytest.mark.parametrize(("spec", "words"), BAD.values(), ids=BAD.keys())
def test_a_contradiction_is_refused(spec, words):
    with pytest.raises(SpecError, match=words):
        parse(spec)


def test_an_epsilon_that_no_noise_grants_is_refused():
    spec = parse(plain({"epsilons": [1e-5], "delta": 1e-12}))
    with pytest.raises(SpecError, match=r"privacy\.epsilons: no amount of noise"):
        make_plan(spec, task="classification", fingerprint="")


def test_a_private_choice_is_among_the_arms_whose_epsilon_is_ours():
    generators = {
        label: {"plugin": label} for label in ("independent", "dpgan", "arf", "mst", "privbayes")
    }
    spec = parse(plain(CHOICE, generators=generators))
    own = [f"{label}@eps={epsilon}" for label in ("independent", "mst") for epsilon in (1, 2)]
    assert selectable(spec) == tuple(own)


def test_claimed_generators_may_impute():
    dataset = {"plugin": "simulated", "missing": "impute"}
    generators = {"d": {"plugin": "dpgan"}}
    assert parse(plain(dataset=dataset, generators=generators)).privacy is not None
