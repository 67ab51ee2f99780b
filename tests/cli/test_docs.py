from synthcraft.catalogue import GENERATORS
from synthcraft.cli.docs import pages
from synthcraft.cli.main import COMMANDS


def test_every_command_and_generator_has_its_section():
    written = pages()
    for command in COMMANDS:
        assert f"\n## {command}\n" in written["cli.md"]
    for name in GENERATORS.names():
        assert f"\n## {name}\n" in written["generators.md"]


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
