"""Text as a terminal may show it."""

import pytest

from synthcraft.cli.errors import complain
from synthcraft.errors import Problem, UserError
from synthcraft.printable import printable


@pytest.mark.parametrize("unseen", ["\x00", "\x1b", "\x7f", "\x9b", "\xad", "\u202e", "\U000e0041"])
def test_what_steers_or_is_not_seen_goes(unseen: str) -> None:
    assert printable(f"a{unseen}b") == "ab"


@pytest.mark.parametrize("text", ["", "a\n\tb", "Größe 10\u00a0°C", "血圧", "ε ≤ 1", "🙂"])
def test_what_is_seen_stays(text: str) -> None:
    assert printable(text) == text


def test_a_column_s_name_in_an_error_steers_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    complain(UserError([Problem("dataset.target", "no column 'a\x1b[2J\x9b'")]))
    assert "'a[2J'" in capsys.readouterr().err
