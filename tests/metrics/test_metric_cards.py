import subprocess
import sys

import pytest
import yaml

from synthcraft.catalogue import METRICS, NoParams
from synthcraft.records import FAMILIES
from tests.conftest import ROOT

HEAVY = {"numpy", "pandas", "sklearn", "scipy", "torch"}
MEASURES = [m for card in METRICS for m in card.measures]


def test_cards_load_nothing_heavy() -> None:
    code = (
        "import sys; from synthcraft.catalogue import METRICS; list(METRICS); print(*sys.modules)"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not HEAVY & set(loaded)


@pytest.mark.parametrize("m", MEASURES, ids=lambda m: m.name)
def test_each_measure_says_what_its_numbers_mean(m) -> None:
    assert m.family in FAMILIES
    assert m.question.rstrip().endswith((".", "?"))
    assert m.ideal is not None or m.direction == "none"
    if m.family == "privacy" and m.direction != "none":
        assert (m.null, m.floor, m.ceiling) == (0, "null", "train_copy")
        assert m.order == ("fresh_real", "train_copy")
    if m.order:
        assert m.floor
        assert m.ceiling


def test_names_are_unique_and_parameters_described() -> None:
    names = [m.name for m in MEASURES]
    assert len(set(names)) == len(names)
    for card in METRICS:
        assert card.params is NoParams or card.params.model_fields
        assert all(field.description for field in card.params.model_fields.values())


@pytest.mark.parametrize("m", [m for m in MEASURES if m.family == "fidelity"], ids=lambda m: m.name)
def test_a_measure_that_is_best_in_the_middle_ranks_nothing(m) -> None:
    ends = {m.high: "maximize", m.low: "minimize"}
    best = "none" if m.ideal is None else ends.get(m.ideal, "none")
    # An unbiased estimate scatters around its best value: it has no bound there.
    assert m.direction == best or (m.low is None and m.ideal == m.null)


def test_the_groups_of_the_command_line_name_all_metrics():
    def named(group):
        return set(yaml.safe_load((ROOT / "conf" / "metrics" / f"{group}.yaml").read_text()))

    by_itself = {"reduction"}  # where a generator has one
    assert named("all") == set(METRICS.names()) - by_itself
    for family in {measure.family for measure in MEASURES}:
        own = [c for c in METRICS if any(m.family == family for m in c.measures)]
        assert named(family) == {c.name for c in own if c.default}
