from hypothesis import given
from hypothesis import strategies as st

from synthcraft.errors import DataError, Problem
from synthcraft.redact import mask, reason_of


@given(st.sampled_from(["Mexican American", "Non-Hispanic White", "O'Brien"]), st.floats(1.5, 1e9))
def test_no_level_and_no_number_survives(level, number):
    text = mask(f"bad value {level} or {number!r} at 'age'", names=["age"], levels=[level])
    assert level not in text
    assert repr(number) not in text
    assert "'age'" in text


def test_our_own_errors_are_kept():
    error = DataError([Problem("dataset.target", "is constant")])
    assert reason_of(error, names=[], levels=[]) == "dataset.target: is constant."


def test_quoted_cells_are_masked():
    assert "Smith" not in mask("could not convert 'Smith' to \"x Smith\"", names=[], levels=[])


def test_identifiers_with_digits_stay_readable():
    assert mask("x1 and float64 fail", names=[], levels=[]) == "x1 and float64 fail"


def test_an_apostrophe_in_a_word_opens_no_quotation():
    text = mask("can't parse 'O'Neill, J' of 'age', it isn't a 'number'", names=["age"], levels=[])
    assert text == "can't parse … of 'age', it isn't a …"


def test_folders_of_this_machine_are_masked():
    text = "at /home/jane.doe/lib/x.so is none, C:\\Users\\Jane\\x.py too; and/or 1/n, a/b/c"
    assert mask(text, names=[], levels=[]) == "at … is none, … too; and/or …/n, a/b/c"
