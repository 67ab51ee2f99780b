import ast
import builtins

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthcraft.errors import SpecError
from synthcraft.spec.rules import parse_rule

HARMLESS = (
    *(ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.UAdd, ast.BinOp),
    *(ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.Compare, ast.cmpop, ast.Constant),
    *(ast.Name, ast.expr_context, ast.Tuple, ast.List, ast.Set, ast.Call),
)
FUNCTIONS = {"abs", "min", "max", "missing", "implies", "col"}
PIECES = [
    *("a", "b", "`c d`", "'x'", "1", "2.5", "abs(", "min(", "col(", "missing(", "implies(", ")"),
    *("(", "[", "]", "{", "}", ",", ".", ":", "=", "==", "!=", "<", "<=", ">", " in ", " not "),
    *(" and ", " or ", " if ", " else ", " for ", "lambda ", "+", "-", "*", "**", "/", "//", "%"),
    *("__import__('os')", "exec(", "eval(", "open(", ".__class__", "@", ":=", "f'{a}'", "b''"),
    *("await ", "yield ", "...", "None", "True", "~", "<<", "|", "\n", "#", "\\", "'", '"', "`"),
]


def refused(text: str) -> str:
    with pytest.raises(SpecError) as caught:
        parse_rule(text, path="dataset.rules.r")
    (problem,) = caught.value.problems
    assert problem.path == "dataset.rules.r"
    return f"{problem.message} {problem.hint}"


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("abs(bmi - weight / height ** 2) < 1.5", ("bmi", "weight", "height")),
        ("implies(sex == 'male', pregnant != 'yes')", ("sex", "pregnant")),
        ('0 <= `a b (%)` < col("it\'s") and not missing(c)', ("a b (%)", "it's", "c")),
        ("stage in ['I', 'II'] or grade not in (1, 2)", ("stage", "grade")),
        ("min(abs, max(x, -y)) > 2", ("abs", "x", "y")),
        ("'`quoted`' == index", ("index",)),
        ("crp_\N{MICRO SIGN}g > \N{GREEK SMALL LETTER MU}", ("crp_\u00b5g", "\u03bc")),
    ],
)
def test_columns_are_found_by_any_name(text, columns):
    assert sorted(parse_rule(text).columns) == sorted(columns)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("pregnant", "Compare it with something"),
        ("a = 3", "Write =="),
        ("a ==", "no expression"),
        ("abss(a) > 1", "Did you mean 'abs'?"),
        ("a.real > 1", "may not stand here"),
        ("a in b", "list in brackets"),
        ("a in ()", "list in brackets"),
        ("a < b in (1, 2)", "in a chain"),
        ("a is b", "compares in a way"),
        ("'x' + 1 > 2", "no number"),
        ("a > 1e99", "more than"),
        ("min(a) > 1", "2 to 20"),
        ("missing(3)", "takes a column"),
        ("missing(col('a', 'b'))", "plain argument"),
        ("'x' < -1", "no column"),
        ("a ** b > 'x'", "no column"),
        ("abs(a) in (1, 'x')", "no column"),
        ("'x' == 'x'", "no column"),
        ("col(a) > 1", "name in quotes"),
        ("max(a, key=b) > 1", "plain argument"),
        ("not " * 100 + "a > 1", "deeply"),
        ("(" * 300 + "a" + ")" * 300 + " > 1", "no expression"),
        ("a > " + "1" * 2000, "characters"),
        ("", "no expression"),
        ("\0", "no expression"),
    ],
)
def test_what_is_no_rule_is_told(text, word):
    assert word in refused(text)


@settings(max_examples=600, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=14).map("".join)))
def test_nothing_but_a_rule_passes(text):
    """Whatever is accepted holds harmless nodes only, and calls only the rules' own functions."""
    try:
        rule = parse_rule(text)
    except SpecError:
        return
    for node in ast.walk(rule.tree):
        assert isinstance(node, HARMLESS)
        if isinstance(node, ast.Call):
            assert isinstance(node.func, ast.Name)
            assert node.func.id in FUNCTIONS


def test_nothing_is_ever_evaluated(monkeypatch):
    called = []
    with monkeypatch.context() as patch:
        patch.setattr(builtins, "eval", lambda *_: called.append("eval"))
        patch.setattr(builtins, "exec", lambda *_: called.append("exec"))
        parse_rule("a > 1 and b == 'x'")
        for text in ("exec('1') == 1", "eval('1') == 1", "(lambda: 1)() == 1"):
            with pytest.raises(SpecError):
                parse_rule(text)
    assert called == []
