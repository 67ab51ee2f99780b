"""``list`` and ``describe``."""

import pytest

from synthcraft import shipped
from synthcraft.catalogue import DATASETS, GENERATORS, METRICS, SELECTORS

KINDS = {
    "datasets": DATASETS,
    "generators": GENERATORS,
    "metrics": METRICS,
    "selectors": SELECTORS,
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_name_is_listed(call, kind):
    answer = call("list", kind)
    assert answer.code == 0
    listed = [line.split()[0] for line in answer.out.split("\n\n")[0].splitlines()]
    assert listed == list(KINDS[kind].names())


def test_metrics_are_listed_with_their_measures(call):
    out = call("list", "metrics").out
    assert "  marginals: ks_complement, " in out
    for card in METRICS:
        assert all(measure.name in out for measure in card.measures)


def test_experiments_are_listed_with_their_question(call):
    out = call("list", "experiments").out
    assert [line.split()[0] for line in out.splitlines()] == list(shipped.experiments())
    assert "heart attacks" in out


def test_a_damaged_experiment_is_listed_as_such(call, tmp_path):
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "broken.yaml").write_text("a: 1\na: 2\n")
    assert "cannot be read" in call("list", "experiments").out


def test_singular_is_understood_and_other_kinds_are_not(call):
    assert call("list", "generator").out == call("list", "generators").out
    answer = call("list", "generatrs")
    assert answer.code == 2
    assert "Did you mean 'generators'?" in answer.err


@pytest.mark.parametrize("kind", KINDS)
def test_every_card_is_described_with_all_its_parameters(call, kind):
    for card in KINDS[kind]:
        out = call("describe", kind, card.name).out
        assert out.startswith(f"{card.name}: ")
        for name, field in card.params.model_fields.items():
            assert f"  {name}: " in out
            assert field.description
        assert getattr(card, "caveat", "").split(".")[0][:40] in out


def test_measures_are_described_with_their_question(call):
    out = call("describe", "metric", "utility").out
    assert "tstr.auroc (utility, maximize)" in out


@pytest.mark.parametrize("card", list(METRICS), ids=lambda card: card.name)
def test_a_measure_has_its_own_page(call, card):
    for measure in card.measures:
        if measure.name in METRICS:
            continue  # the page of the metric, which tells its measures
        answer = call("describe", "metric", measure.name)
        assert answer.code == 0
        assert answer.out.startswith(f"{measure.name} ({measure.family}, {measure.direction})")
        assert f"metric: {card.name} " in answer.out
        flat = "".join(answer.out.split())
        for text in (measure.question, measure.interval, measure.source):
            assert "".join(text.split()) in flat


def test_a_measures_values_are_told(call):
    out = call("describe", "metric", "ks_complement").out
    assert "      bounds: 0 to 1\n" in out
    assert "      ideal: 1\n" in out


def test_the_nearest_measure_is_told(call):
    assert "Did you mean 'ks_complement'?" in call("describe", "metric", "ks_complment").err


def test_an_experiment_is_shown_as_it_is(call):
    path = shipped.experiments()["smoke"]
    assert call("describe", "experiment", "smoke").out == path.read_text()


@pytest.mark.parametrize("kind", [*KINDS, "experiments"])
def test_an_unknown_name_is_refused(call, kind):
    answer = call("describe", kind, "nonsuch")
    assert answer.code == 2
    assert "nonsuch" in answer.err


def test_facts_that_all_measures_share_are_told_once(call):
    out = call("describe", "metric", "plausibility").out
    assert out.count("cost: O(n) per rule") == 1
    assert "cost: O(n) per rule" in call("describe", "metric", "range_violations").out
