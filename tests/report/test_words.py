import pytest

from synthcraft.report.words import clean, number, short


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0.000"), (-1e-12, "0.000"), (0.9996, "1.000"), (250.04, "250.0"), (-0.5, "−0.500")],
)
def test_numbers(value, text):
    assert number(value) == text


def test_clean_takes_out_control_and_direction_characters():
    assert clean("a\x00b\u202ec\n d") == "a b c d"
    assert clean("Größe (µg) 体重") == "Größe (µg) 体重"
    assert short("x" * 100) == "x" * 47 + "…"
