"""Whether declared rules fit the table: columns that are there, and values that can be compared."""

import ast
from collections.abc import Iterator, Mapping

from synthcraft.data.columns import ReadColumn
from synthcraft.data.describe import SMALLEST
from synthcraft.errors import Problem, nearest
from synthcraft.spec.rules import Rule, column_of, parse_rule
from synthcraft.spec.types import level_text

_SAME = (ast.Eq, ast.NotEq, ast.In, ast.NotIn)


def rule_problems(rules: Mapping[str, str], columns: Mapping[str, ReadColumn]) -> list[Problem]:
    """What keeps rules from being judged on a table of these columns.

    Raises
    ------
    SpecError
        When a text is no rule at all.
    """
    found = []
    for name, text in rules.items():
        path = f"dataset.rules.{name}"
        rule = parse_rule(text, path=path)
        absent = [column for column in rule.columns if column not in columns]
        found += [
            Problem(
                path,
                f"{column!r} is not in the table: it is left out, or has only one value",
                "Take the column in, or leave the rule out.",
            )
            for column in absent
        ]
        if not absent:
            found += list(_mismatches(rule, columns, path))
    return found


def _mismatches(rule: Rule, columns: Mapping[str, ReadColumn], path: str) -> Iterator[Problem]:
    for name in dict.fromkeys(rule.reckoned()):
        if not columns[name].column.numeric:
            yield _no_amount(path, name, "enters arithmetic")
    for op, left, right in rule.compared():
        for side, other in ((left, right), (right, left)):
            if (compared := column_of(side)) is not None:
                yield from _against(columns[compared], op, other, columns, path)


def _against(
    read: ReadColumn, op: ast.cmpop, other: ast.expr, columns: Mapping[str, ReadColumn], path: str
) -> Iterator[Problem]:
    name = read.column.name
    if read.column.numeric:
        if isinstance(other, ast.Constant) and isinstance(other.value, str | bool):
            hint = f"Compare it with a number, or declare dataset.columns.{name}.type: categorical."
            yield Problem(path, f"{name!r} is numeric, but is compared with {other.value!r}", hint)
        return
    if not isinstance(op, _SAME):
        yield _no_amount(path, name, "is put in order")
    elif isinstance(other, ast.Constant):
        level = str(level_text(other.value))
        if level not in read.column.levels:
            message = f"{name!r} has no level {level!r}"
            hint = f"{nearest(level, _tellable(read))} A level that no row has: declare it in"
            yield Problem(path, message, f"{hint} dataset.columns.{name}.levels.")
    elif (found := column_of(other)) is None or columns[found].column.numeric:
        yield Problem(path, f"{name!r} is categorical, but is compared with a number")


def _no_amount(path: str, name: str, what: str) -> Problem:
    hint = f"Declare dataset.columns.{name}.type: numeric, or compare with == and in."
    return Problem(path, f"{name!r} is categorical, but {what}", hint)


def _tellable(read: ReadColumn) -> list[str]:
    """Levels that a message may name: declared, or of enough rows."""
    if "levels" in read.column.declared:
        return list(read.column.levels)
    counts = read.values.value_counts()
    return [level for level in read.column.levels if counts.get(level, 0) >= SMALLEST]
