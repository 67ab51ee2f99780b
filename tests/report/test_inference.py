import pytest

from synthcraft.report.document import Paragraph, Table
from synthcraft.report.inference import differences_section, endpoints, to_best
from synthcraft.report.summary import Summary
from synthcraft.results import load_run
from synthcraft.stats import holm, over_splits, p_value


@pytest.fixture(scope="module")
def summary(make_run, tmp_path_factory):
    return Summary(load_run(make_run(tmp_path_factory.mktemp("five") / "run", fail=["tvae"])))


def by_split(*values):
    return {split: [value] for split, value in enumerate(values)}


def test_differences_to_the_best_are_paired_and_paid_for_by_all_pairs():
    values = {
        "a": by_split(0.90, 0.92, 0.91),
        "b": by_split(0.80, 0.83, 0.80),
        "c": by_split(0.85, 0.91, 0.88),
    }
    found = to_best(values, "a", ratio=0.4)
    plain = {}
    for first, second in (("a", "b"), ("a", "c"), ("b", "c")):
        gain = [values[first][k][0] - values[second][k][0] for k in range(3)]
        plain[first, second] = p_value(over_splits(by_split(*gain), ratio=0.4))
    expected = holm(plain)
    assert found["b"].adjusted == pytest.approx(expected["a", "b"])
    assert found["c"].adjusted == pytest.approx(expected["a", "c"])
    assert found["b"].estimate.mean == pytest.approx(-0.1)
    assert "a" not in found


def test_who_shares_no_split_with_the_best_has_no_difference_and_agreement_no_p():
    values = {"a": by_split(0.9, 0.9), "b": by_split(0.8, 0.8), "c": {7: [0.1]}}
    found = to_best(values, "a", ratio=0.4)
    assert set(found) == {"b"}
    assert found["b"].adjusted is None
    assert not found["b"].shown


def test_each_family_has_a_table_that_leaves_out_who_failed(summary):
    section = differences_section(summary)
    tables = [block for block in section.blocks if isinstance(block, Table)]
    assert len(tables) == 3
    for table in tables:
        names = [row[0].text for row in table.groups[0].rows]
        assert set(names) == {"arf", "bayesian_network", "ddpm", "ctgan"}
        assert table.groups[0].rows[0][2].text == "best"
    told = {row[0].text: row[5].text for row in tables[0].groups[0].rows[1:]}
    assert told["ctgan"] == "told apart"
    assert told["bayesian_network"] == "indistinguishable from the best"
    (text,) = [block.text for block in section.blocks if isinstance(block, Paragraph)]
    assert "false discovery rate of 5%" in text


def test_a_declared_endpoint_decides_alone(make_run, tmp_path):
    declared = {"endpoints": {"fidelity": "c2st"}}
    run = load_run(make_run(tmp_path / "run", objective=declared))
    found = endpoints(Summary(run))
    assert found["fidelity"].metric == "c2st"
    assert found["utility"].metric == "tstr.auroc"


def test_one_split_tells_nothing_apart(make_run, tmp_path):
    run = load_run(make_run(tmp_path / "run", design={"splits": 1}))
    assert differences_section(Summary(run)) is None
