"""docs/tcga.md is written by hand: it must name what there is."""

import re

from synthcraft.data.tcga.clinical import CONCEPTS
from synthcraft.data.tcga.cohorts import ALIKE
from synthcraft.data.tcga.files import HUBS, file_name
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "tcga.md").read_text(encoding="utf-8")


def test_every_file_and_concept_is_named():
    for name, hub in HUBS.items():
        assert f"| `{name}` |" in PAGE
        for file in hub.expression + (hub.clinical if name != "star" else ()):
            assert f"`{file_name(file)}`" in PAGE
    columns = PAGE.partition("## Columns")[2]
    assert set(CONCEPTS) == set(re.findall(r"^\| `(\w+)` \|", columns, flags=re.MULTILINE))
    for concept in CONCEPTS.values():
        row = next(iter(concept.names))
        assert row in columns
    assert f"under {ALIKE};" in PAGE
