from synthcraft.augment.cards import CONTROLS, descriptors
from synthcraft.catalogue import GENERATORS, METRICS, TASKS
from synthcraft.cli.describe import measure_facts
from synthcraft.cli.docs import pages
from synthcraft.cli.main import COMMANDS
from synthcraft.spec.types import AugmentationSpec


def test_every_command_and_generator_has_its_section():
    written = pages()
    for command in COMMANDS:
        assert f"\n## {command}\n" in written["cli.md"]
    for name in GENERATORS.names():
        assert f"\n## {name}\n" in written["generators.md"]


def test_every_measure_is_told_with_all_its_facts():
    """Measures of one score stand together, but none of their facts is lost."""
    sections = pages()["metrics.md"].split("\n## ")
    for card in METRICS:
        (section,) = (text for text in sections if text.startswith(f"{card.name}\n"))
        for measure in card.measures:
            assert f"`{measure.name}`" in section
            assert measure.question in section
            for name, text in measure_facts(measure).items():
                told = [line for line in section.splitlines() if line.startswith(f"- {name}:")]
                assert any(text in line for line in told), (measure.name, name, text)


def test_controls_and_measures_of_augmentation_are_told():
    (section,) = (t for t in pages()["metrics.md"].split("\n## ") if t.startswith("augmentation\n"))
    for name, control in CONTROLS.items():
        assert f"| `{name}` | {control.summary} |" in section
    for task in TASKS:
        for measure in descriptors(task, AugmentationSpec(column="sex")):
            assert f"### `{measure.name}`" in section
            for name, text in measure_facts(measure).items():
                assert f"- {name}: {text}" in section


def test_tables_are_not_broken_by_their_cells():
    for text in pages().values():
        cells = 0  # of the table's head; another one may follow after an empty line
        for line in text.splitlines():
            if line.startswith("|"):
                found = line.replace("\\|", "").count("|")
                cells = cells or found
                assert found == cells, line
            else:
                cells = 0


def test_pages_do_not_depend_on_the_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    narrow = pages()
    monkeypatch.setenv("COLUMNS", "200")
    assert pages() == narrow
