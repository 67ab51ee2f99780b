import pytest

from synthcraft import shipped
from synthcraft.errors import SpecError
from synthcraft.spec.read import read_file
from synthcraft.spec.validate import parse


def plain(objective, **more):
    return {
        "name": "x",
        "dataset": {"plugin": "nhanes"},
        "generators": {"a": {"plugin": "arf"}},
        "objective": objective,
        **more,
    }


def problems(objective, **more):
    with pytest.raises(SpecError) as caught:
        parse(plain(objective, **more))
    return [str(problem) for problem in caught.value.problems]


def test_without_an_objective_the_identity_is_what_it_was():
    silent = {k: v for k, v in plain(None).items() if k != "objective"}
    assert parse(plain(None)).id == parse(silent).id
    assert parse(plain({})).id != parse(silent).id


@pytest.mark.parametrize("path", sorted((shipped.conf() / "objective").glob("*.yaml")), ids=str)
def test_a_shipped_objective_writes_every_setting_out(path):
    written = read_file(path)
    spec = parse(plain(written)).objective
    assert set(written) == set(type(spec).model_fields)
    assert written["use"]
    for block in ("weights", "endpoints"):
        assert set(written[block]) == {"fidelity", "utility", "privacy"}


def test_the_four_use_cases_are_there():
    use_cases = {"data_access", "model_development", "augmentation", "dp_release"}
    assert use_cases <= set(shipped.groups()["objective"])


def test_an_endpoint_must_exist_and_be_of_its_family_and_have_a_direction():
    found = problems(
        {"endpoints": {"fidelity": "tstr.auroc", "utility": "tstr.aurok", "privacy": "c2st"}}
    )
    assert "objective.endpoints.fidelity: 'tstr.auroc' is about utility" in found[0]
    assert "Did you mean 'tstr.auroc'?" in found[1]
    assert "'c2st' is about fidelity. These are: " in found[2]
    (descriptive,) = problems({"endpoints": {"utility": "trtr.auroc"}})
    assert "is descriptive" in descriptive


def test_what_is_not_measured_names_the_metric_that_would():
    only = {"metrics": {"c2st": {"plugin": "c2st"}}}
    (found,) = problems({"endpoints": {"privacy": "dcr_share"}}, **only)
    assert "not measured by this spec. Add the metric 'dcr_share'" in found
    regression = {"dataset": {"plugin": "csv", "params": {"path": "x.csv"}, "task": "regression"}}
    (found,) = problems({"endpoints": {"utility": "tstr.auroc"}}, **regression)
    assert "gives other ones for this task" in found
    assert "tstr.r2" in found


def test_a_constraint_needs_a_known_measure_and_a_limit_that_can_be_kept():
    found = problems(
        {
            "constraints": {
                "a": {"measure": "dcr_shar", "at_most": 1},
                "b": {"measure": "dcr_share"},
                "c": {"measure": "dcr_share", "at_least": 1, "at_most": 0},
            }
        }
    )
    assert "objective.constraints.a.measure: there is no measure 'dcr_shar'" in found[0]
    assert "objective.constraints.b: sets no limit" in found[1]
    assert "objective.constraints.c.at_least: 1 lies above at_most 0" in found[2]


def test_weights_cannot_all_be_nothing_nor_negative():
    (found,) = problems({"weights": {"fidelity": 0, "utility": 0, "privacy": 0}})
    assert "objective.weights: all are 0" in found
    (found,) = problems({"weights": {"privacy": -1}})
    assert "at least 0" in found
