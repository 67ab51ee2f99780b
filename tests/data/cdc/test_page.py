"""docs/nhanes.md is written by hand: it must name what there is."""

import re

import pytest

from synthcraft import shipped
from synthcraft.cli import overrides
from synthcraft.cli.hydra_app import compose
from synthcraft.data.cdc.concepts import PRESETS, concepts
from synthcraft.data.cdc.cycles import CYCLES, ORDER
from synthcraft.spec.validate import schema_problems
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "nhanes.md").read_text(encoding="utf-8")
RUNS = re.findall(r"    synthcraft run (.*)", PAGE)
COMMANDS = [line.partition("#")[0].split() for line in RUNS]


def row(name, concept):
    without = concept.missing_from(list(CYCLES.values()))
    told = "before 2017" if without == ORDER[:9] else ", ".join(without)
    cells = (f"`{name}`", concept.column.label, concept.column.unit or "", concept.stem, told)
    return f"| {' | '.join(cells)} |"


def test_every_concept_has_its_row():
    known = concepts(list(CYCLES.values()))
    assert [row(*one) for one in known.items()] == re.findall(r"^\| `.*$", PAGE, flags=re.MULTILINE)
    listed = re.search(r"`cardiovascular` holds: (.*?)\.", PAGE)[1]
    assert listed.replace("`", "").split(", ") == [
        choice.split("|")[0] for choice in PRESETS["cardiovascular"]
    ]
    # Each year from which something was measured otherwise.
    section = PAGE.partition("**Assays.**")[2].partition("\n- ")[0]
    changed = {cycle[:4] for concept in known.values() for cycle in concept.changed}
    assert changed == set(re.findall(r"\d{4}", section))


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_commands_are_specs(words):
    request = overrides.read(words, groups=shipped.groups(), experiments=shipped.experiments())
    plain = compose(request)
    assert schema_problems(plain) == []
    assert plain["dataset"]["plugin"] == "nhanes_cdc"
