import pytest

from synthcraft import shipped
from synthcraft.report import render
from synthcraft.report.document import Paragraph, Table
from synthcraft.report.leaderboard import leaderboard_section
from synthcraft.report.objective import standings
from synthcraft.report.summary import Summary
from synthcraft.report.write import compose
from synthcraft.results import load_run
from synthcraft.spec.read import read_file
from tests.report.conftest import PRIVATE


def preset(name):
    return read_file(shipped.conf() / "objective" / f"{name}.yaml")


@pytest.fixture(scope="module")
def access(make_run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("access") / "run"
    run = make_run(folder, fail=["tvae"], objective=preset("data_access"))
    return Summary(load_run(run))


def test_without_an_objective_there_is_no_score(whole):
    summary = Summary(load_run(whole))
    assert leaderboard_section(summary).title == "Leaderboard"
    assert standings(summary) == ()


def test_the_score_is_the_weighted_mean_of_what_the_table_shows(access):
    for standing in standings(access):
        parts, score = standing.parts, standing.judgement.score
        if not score:
            continue
        worth = {f: min(1, max(0, v)) for f, v in parts.items()}
        expected = 0.3 * worth["fidelity"] + 0.3 * worth["utility"] + 0.4 * (1 - worth["privacy"])
        assert score == pytest.approx(expected)
        assert standing.estimate.mean == pytest.approx(score)
        assert 0 <= standing.estimate.low <= score <= standing.estimate.high <= 1
        for family, part in parts.items():
            quantity = next(q for f, q in _endpoints(access).items() if f == family)
            told = access.score(standing.contender.arm.id, quantity).calibrated
            assert part == pytest.approx(told)


def _endpoints(summary):
    from synthcraft.report.inference import endpoints

    return endpoints(summary)


def test_copiers_violate_the_constraint_and_stand_behind_who_keeps_it(access):
    order = [(s.contender.label, s.judgement.score) for s in standings(access)]
    assert [name for name, _ in order] == ["bayesian_network", "ctgan", "arf", "ddpm", "tvae"]
    assert dict(order)["arf"] == 0
    assert dict(order)["tvae"] is None
    arf = next(s for s in standings(access) if s.contender.label == "arf")
    assert arf.judgement.violated == ("nearness", "copies")


def test_the_section_says_constraints_differences_and_losses(access):
    section = leaderboard_section(access)
    assert section.title == "Leaderboard for the declared use: data access for exploration"
    scores, losses = (block for block in section.blocks if isinstance(block, Table))
    rows = {row[0].text: row for row in scores.groups[0].rows}
    assert rows["bayesian_network"][1].text == "1"
    assert rows["bayesian_network"][3].text == "best"
    assert rows["ctgan"][1].text == "2"
    assert rows["arf"][1].text == "—"
    assert rows["arf"][2].text == "0.000"
    assert rows["arf"][-1].text.startswith("✗")
    assert rows["ctgan"][-1].text.startswith("✓")
    assert rows["tvae"][2].text == "failed"
    answers = {row[0].text: row[-1].text for row in losses.groups[0].rows}
    assert answers["ctgan"] == "larger than the margin"
    assert answers["arf"] == "not shown to be smaller"
    assert "tvae" not in answers


def test_a_family_that_tells_nothing_is_left_out_and_the_text_says_so(make_run, tmp_path):
    objective = preset("data_access") | {"constraints": {}}
    objective["endpoints"] = objective["endpoints"] | {"fidelity": "missingness"}
    run = make_run(tmp_path / "run", objective=objective)
    section = leaderboard_section(Summary(load_run(run)))
    assert "Fidelity is left out for every generator" in section.blocks[0].text
    assert "utility 43%" in section.blocks[0].text


def test_where_too_little_weight_is_left_there_is_no_score(make_run, tmp_path):
    objective = {"weights": {"fidelity": 9}, "endpoints": {"fidelity": "missingness"}}
    run = make_run(tmp_path / "run", objective=objective)
    summary = Summary(load_run(run))
    assert "There is no score" in leaderboard_section(summary).blocks[0].text
    assert all(s.judgement.score is None for s in standings(summary))


def test_one_split_gives_scores_without_intervals(make_run, tmp_path):
    objective = preset("model_development")
    run = make_run(tmp_path / "run", objective=objective, design={"splits": 1})
    summary = Summary(load_run(run))
    first, *_ = standings(summary)
    assert first.judgement.score > 0.5
    assert first.estimate.low is None
    table = next(b for b in leaderboard_section(summary).blocks if isinstance(b, Table))
    assert "No difference can be tested" in table.caption
    assert "interval over splits" not in table.caption
    assert "leaderboard" in [section.id for section in compose([load_run(run)]).sections]


def test_who_is_scored_without_a_promised_epsilon_is_named(make_run, tmp_path):
    told = PRIVATE | {"privacy": {"epsilons": [1], "rows": 1000}}
    run = make_run(tmp_path / "run", **told, objective=preset("dp_release"))
    section = leaderboard_section(Summary(load_run(run)))
    (warning,) = (b.text for b in section.blocks if isinstance(b, Paragraph) and b.tone == "alert")
    assert warning.endswith("without a promised ε: dpgan@eps=1 (ε claimed) and arf.")
    assert "No ε enters the score" in render.markdown(compose([load_run(run)]))


def test_without_differential_privacy_no_epsilon_is_told_of(access):
    section = leaderboard_section(access)
    assert not [b for b in section.blocks if isinstance(b, Paragraph) and "ε" in b.text]
