"""docs/nhanes.md is written by hand: it must name what there is."""

import re

from synthcraft.data.cdc.concepts import PRESETS, concepts
from synthcraft.data.cdc.cycles import CYCLES, ORDER
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "nhanes.md").read_text(encoding="utf-8")


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
