import json

import pytest

from synthcraft import shipped
from synthcraft.errors import SpecError
from synthcraft.results import load_run
from synthcraft.spec.release import declared, named_arm, rows_released
from synthcraft.spec.validate import parse
from tests.conftest import ROOT

ARF, TVAE, AIM, MST = ({"plugin": name} for name in ("arf", "tvae", "aim", "mst"))
COPIES = {"copies": {"measure": "exact_match_rate", "at_most": 0.01}}
ONE = {"privacy": {"epsilons": [1], "rows": 5000}, "generators": {"aim": AIM, "mst": MST}}


def spec(limits=None, arm=None, **changes):
    policy = {"limits": COPIES if limits is None else limits}
    return {
        "name": "x",
        "dataset": {"plugin": "nhanes", "target": "heart_attack"},
        "generators": {"arf": ARF},
        "release_policy": policy | ({} if arm is None else {"arm": arm}),
        **changes,
    }


def problems(plain):
    with pytest.raises(SpecError) as error:
        parse(plain)
    return {problem.path: problem for problem in error.value.problems}


def told(plain, path):
    found = problems(plain)
    assert list(found) == [path]
    return str(found[path])


def limited(**limit):
    return spec({"a": limit})


@pytest.mark.parametrize(
    ("limit", "path", "words"),
    [
        ({"measure": "exact_match", "at_most": 1}, ".measure", "Did you mean 'exact_match_rate'?"),
        ({"measure": "k_map", "at_most": 1}, ".measure", "Add the metric 'anonymity'"),
        ({"measure": "exact_match_rate"}, "", "better the less there is. Give at_most alone"),
        ({"measure": "exact_match_rate", "at_least": 0}, "", "Give at_most alone"),
        ({"measure": "exact_match_rate", "at_most": 1, "at_least": 0}, "", "Give at_most alone"),
        ({"measure": "tstr.auroc", "at_most": 0.9}, "", "better the more there is. Give at_least"),
        ({"measure": "dcr_share_p", "at_most": 0.9}, ".measure", "descriptive"),
        ({"measure": "linkability_baseline", "at_most": 0.9}, ".measure", "descriptive"),
        ({"measure": "epsilon_total", "at_least": 1}, "", "Give at_most alone"),
        ({"measure": "epsilon_total", "at_most": 1, "by": "mean"}, ".by", "from the ledger"),
        ({"measure": "delta_release", "at_most": 1, "model": "a"}, ".model", "from the ledger"),
    ],
)
def test_a_limit_is_on_the_bad_side_of_what_is_measured(limit, path, words):
    assert words in told(limited(**limit), f"release_policy.limits.a{path}")


def test_k_anonymity_of_synthetic_rows_is_no_limit_even_where_it_is_measured():
    plain = spec({"a": {"measure": "k_anonymity", "at_least": 5}})
    plain["metrics"] = {"anonymity": {"plugin": "anonymity"}}
    plain["dataset"]["quasi_identifiers"] = ["age", "sex"]
    assert "no value of it is a person's risk" in told(plain, "release_policy.limits.a.measure")


def test_a_policy_without_limits_is_refused():
    assert "release_policy.limits" in problems(spec({}))
    assert "release_policy.limits" in problems({**spec(), "release_policy": {}})


def test_of_several_generators_the_arm_must_be_known():
    several = {"generators": {"arf": ARF, "tvae": TVAE}}
    assert "Name one of: arf, tvae." in told(spec(**several), "release_policy.arm")
    assert "Did you mean 'arf'?" in told(spec(arm="arff", **several), "release_policy.arm")
    assert named_arm(parse(spec(arm="tvae", **several))) == "tvae"
    assert named_arm(parse(spec())) == "arf"


def test_a_reference_generator_is_no_arm():
    assert "there is no arm 'train_copy'" in told(spec(arm="train_copy"), "release_policy.arm")
    assert "generators.a.plugin" in problems(spec(generators={"a": {"plugin": "train_copy"}}))


def test_a_private_arm_is_named_by_the_privacy_block():
    fixed = ONE["privacy"] | {"selection": "fixed", "release": "aim@eps=1"}
    assert named_arm(parse(spec(**ONE | {"privacy": fixed}))) == "aim@eps=1"
    told_of = told(spec(arm="aim@eps=1", **ONE), "release_policy.arm")
    assert "selection: fixed, release: aim@eps=1" in told_of
    other = told(spec(arm="mst@eps=1", **ONE | {"privacy": fixed}), "release_policy.arm")
    assert "privacy.release is aim@eps=1" in other


def test_where_the_run_chooses_no_arm_is_named():
    drawn = ONE["privacy"] | {"selection": "private", "selection_epsilon": 0.1}
    assert named_arm(parse(spec(**ONE | {"privacy": drawn}))) == ""
    chosen = told(spec(arm="mst@eps=1", **ONE | {"privacy": drawn}), "release_policy.arm")
    assert "the run chooses the arm" in chosen
    selector = {
        "generators": {"arf": ARF, "tvae": TVAE},
        "selector": {"plugin": "kg"},
        "objective": {},
        "budget": {"pulls": 9},
    }
    assert named_arm(parse(spec(**selector))) == ""
    assert "chooses the arm" in told(spec(arm="arf", **selector), "release_policy.arm")


@pytest.mark.parametrize(("samples", "rows"), [(True, None), (False, None), (1, 1), (250, 250)])
def test_true_is_no_number_of_rows(samples, rows):
    parsed = parse(spec(outputs={"samples": samples}))
    assert parsed.outputs.samples is samples
    assert rows_released(parsed) == rows


def test_one_row_and_every_table_are_other_experiments():
    ids = {parse(spec(outputs={"samples": s})).id for s in (True, False, 1)}
    assert len(ids) == 3


@pytest.mark.parametrize("samples", [0, -3, 2.5, "many"])
def test_a_number_of_rows_is_positive_and_whole(samples):
    assert "outputs.samples" in problems(spec(outputs={"samples": samples}))


def test_rows_are_released_by_a_policy_only():
    plain = spec(outputs={"samples": 10})
    del plain["release_policy"]
    assert "there is no policy" in told(plain, "outputs.samples")
    plain = spec(outputs={"samples": 10}, augmentation={"column": "ethnicity"})
    assert "rows of some groups" in told(plain, "outputs.samples")


def test_the_policy_is_part_of_what_identifies_an_experiment():
    plain = spec()
    without = {key: value for key, value in plain.items() if key != "release_policy"}
    strict = spec({"copies": {"measure": "exact_match_rate", "at_most": 0.001}})
    assert len({parse(p).id for p in (plain, without, strict)}) == 3
    assert declared(parse(without)) == {}
    assert declared(parse(plain))["arm"] == "arf"


def test_without_a_policy_experiments_are_the_ones_they_were():
    """By the ids of journals that were written before there were policies."""
    found = 0
    for manifest in ROOT.glob("reports/paper_*/manifest.json"):
        for told_of in json.loads(manifest.read_text())["runs"]:
            run = load_run(manifest.parent / told_of["folder"])
            assert run.spec.id == told_of["spec_id"]
            found += 1
    assert found >= 10


@pytest.mark.parametrize("name", shipped.groups()["release_policy"])
def test_shipped_policies_fit_the_default_suite(name):
    plain = spec()
    plain["release_policy"] = shipped.option("release_policy", name)
    assert parse(plain).release_policy is not None


def test_a_policy_must_be_about_a_risk_or_epsilon():
    only = {"use": {"measure": "tstr.auroc", "at_least": 0.7}}
    assert "about a risk or ε" in told(spec(only), "release_policy.limits")
    delta = {"d": {"measure": "delta_total", "at_most": 1e-5}}
    assert "about a risk or ε" in told(spec(delta), "release_policy.limits")
    parse(spec(only | COPIES))
    parse(spec({"e": {"measure": "epsilon_total", "at_most": 3}}))
