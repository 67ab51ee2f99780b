import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthcraft.metrics.judge import judge
from synthcraft.spec.rules import parse_rule

LEVELS = ("p", "q")
AMOUNTS = st.recursive(
    st.sampled_from(["x", "y", "2", "-1.5"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda p: f"({' '.join(p)})"),
        inner.map(lambda a: f"abs({a})"),
        st.tuples(inner, inner).map(lambda p: f"max({p[0]}, {p[1]})"),
    ),
    max_leaves=4,
)
COMPARISONS = st.one_of(
    st.tuples(AMOUNTS, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), AMOUNTS).map(" ".join),
    st.sampled_from(["k == 'p'", "k != 'q'", "k in ('p', 'z')", "'p' not in [1] or k == 'q'"][:3]),
    st.sampled_from(["x < y < 2", "x in (1, 2)", "y not in (0, 3)"]),
)
STATEMENTS = st.recursive(
    COMPARISONS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda p: f"({' '.join(p)})"),
        inner.map(lambda a: f"(not {a})"),
        st.tuples(inner, inner).map(lambda p: f"implies({p[0]}, {p[1]})"),
    ),
    max_leaves=4,
)
ROWS = list(itertools.product([-1.0, 0.0, 1.0, 3.0], [0.0, 2.0], LEVELS))


def frame_of(rows):
    frame = pd.DataFrame(rows, columns=["x", "y", "k"])
    return frame.assign(k=pd.Categorical(frame["k"], categories=LEVELS))


def by_python(text, x, y, k):
    """What Python itself says of one row; None where a division has no result."""
    names = {"x": x, "y": y, "k": k, "implies": lambda a, b: (not a) or b}
    try:
        return bool(eval(text, names))  # our own texts
    except ZeroDivisionError:
        return None


@settings(max_examples=300, deadline=None)
@given(STATEMENTS)
def test_complete_rows_are_judged_as_python_judges_them(text):
    """Python is the independent implementation."""
    verdicts = judge(parse_rule(text), frame_of(ROWS))
    for row, kept, broken in zip(ROWS, verdicts.kept, verdicts.broken, strict=True):
        told = by_python(text, *row)
        if told is not None:
            assert (kept, broken) == (told, not told)


@settings(max_examples=300, deadline=None)
@given(STATEMENTS)
def test_what_is_known_of_incomplete_rows_holds_however_they_are_completed(text):
    incomplete = [(np.nan, 2.0, "p"), (1.0, np.nan, "q"), (3.0, 0.0, None), (np.nan, np.nan, None)]
    verdicts = judge(parse_rule(text), frame_of(incomplete))
    for row, kept, broken in zip(incomplete, verdicts.kept, verdicts.broken, strict=True):
        fillings = [
            [value] if isinstance(value, str) or (value == value and value is not None) else options
            for value, options in zip(row, ([-1.0, 0.0, 2.0, 3.0],) * 2 + (LEVELS,), strict=True)
        ]
        told = {by_python(text, *filled) for filled in itertools.product(*fillings)} - {None}
        assert not (kept and False in told)
        assert not (broken and True in told)


@pytest.mark.parametrize(
    ("text", "kept", "broken"),
    [
        ("x > 0", [1, 0, 0], [0, 1, 0]),
        ("missing(x)", [0, 0, 1], [1, 1, 0]),
        ("x > 0 or missing(x)", [1, 0, 1], [0, 1, 0]),
        ("implies(k == 'p', x > 0)", [1, 1, 0], [0, 0, 0]),  # the last one's x is missing
        ("1 / x > 0", [1, 0, 0], [0, 0, 0]),  # 1 / 0 has no result
        ("c == 1", [1, 0, 0], [0, 1, 0]),  # a level that is a number
        ("c in (1, 7)", [1, 0, 0], [0, 1, 0]),
        ("k == c", [0, 0, 0], [1, 1, 0]),
    ],
)
def test_missing_values_leave_rows_unjudged_unless_the_rest_settles_it(text, kept, broken):
    frame = pd.DataFrame(
        {
            "x": [1.0, 0.0, np.nan],
            "k": pd.Categorical(["p", "q", "p"]),
            "c": pd.Categorical(["1", "2", None]),
        }
    )
    verdicts = judge(parse_rule(text), frame)
    assert verdicts.kept.astype(int).tolist() == kept
    assert verdicts.broken.astype(int).tolist() == broken
