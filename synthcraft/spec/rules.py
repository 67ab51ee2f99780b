"""Rules that every plausible row keeps, as expressions: read without ever being run as code.

An expression is parsed by Python's own parser and then held against a list of what may stand in
it: names of columns, numbers, texts, ``+ - * / **``, comparisons, ``in``, ``and or not`` and a few
functions. Nothing of it is compiled or evaluated by Python; ``metrics.judge`` walks the tree.
"""

import ast
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from synthcraft.errors import Problem, SpecError, nearest

LONGEST = 1000  # characters of an expression
DEEPEST = 40  # levels of nesting
LARGEST = 1e30
OVER_AMOUNTS = {"abs": (1, 1), "min": (2, 20), "max": (2, 20)}  # fewest and most arguments
OVER_STATEMENTS = {"implies": (2, 2)}
COLUMN = "col"
MISSING = "missing"
_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)
_COMPARISONS = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_MEMBERSHIP = (ast.In, ast.NotIn)
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`([^`]*)`")
_ACCEPTED = (
    "Accepted: columns, numbers, texts, + - * / **, comparisons, in, and, or, not, abs(), min(), "
    "max(), missing(), implies(if, then)."
)


@dataclass(frozen=True)
class Rule:
    """A statement about one row that holds wherever the row is plausible."""

    text: str
    tree: ast.expr

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the rule speaks of, in order of appearance."""
        found = (column_of(node) for node in ast.walk(self.tree))
        return tuple(dict.fromkeys(name for name in found if name is not None))

    def compared(self) -> Iterator[tuple[ast.cmpop, ast.expr, ast.expr]]:
        """Each pair of sides that a comparison puts together; a list gives one pair per member."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Compare):
                yield from pairs(node)

    def reckoned(self) -> Iterator[str]:
        """The columns that enter arithmetic, and so must hold numbers."""
        for node in ast.walk(self.tree):
            sides: Iterable[ast.expr] = ()
            if isinstance(node, ast.BinOp):
                sides = (node.left, node.right)
            elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
                sides = (node.operand,)
            elif isinstance(node, ast.Call) and function_of(node) in OVER_AMOUNTS:
                sides = node.args
            yield from (name for side in sides if (name := column_of(side)) is not None)


def parse_rule(text: str, *, path: str = "") -> Rule:
    """The rule that an expression states.

    Columns go by their names; where a name is no identifier, in backquotes or as ``col("name")``.
    ``implies(a, b)`` holds wherever a does not, or b does.

    Raises
    ------
    SpecError
        When the text is no such expression: what stands where it must not.

    >>> parse_rule("abs(bmi - weight / `height m` ** 2) < 1.5").columns
    ('bmi', 'weight', 'height m')
    >>> parse_rule("__import__('os').system('ls')")
    Traceback (most recent call last):
    ...
    synthcraft.errors.SpecError: "__import__('os').system" is no function of rules. Accepted: ...
    """
    try:
        if len(text) > LONGEST:
            raise _Refused(f"has {len(text):,} characters, more than {LONGEST:,}", "Shorten it.")
        tree = _tree(text)
        _check_depth(tree)
        _check_statement(tree)
    except _Refused as refused:
        raise SpecError([Problem(path, refused.message, refused.hint)]) from None
    return Rule(text, tree)


def column_of(node: ast.AST) -> str | None:
    """The column that a node names, if it names one."""
    if isinstance(node, ast.Call) and function_of(node) == COLUMN and node.args:
        name = node.args[0]
        return str(name.value) if isinstance(name, ast.Constant) else None
    # The name of a function is a node too, told apart by its context (see _tree).
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        return node.id
    return None


def function_of(node: ast.Call) -> str:
    """The name of the function that is called; "" where it is no plain name."""
    return node.func.id if isinstance(node.func, ast.Name) else ""


def pairs(node: ast.Compare) -> Iterator[tuple[ast.cmpop, ast.expr, ast.expr]]:
    """The single comparisons of ``a < b < c`` or ``a in (b, c)``."""
    left = node.left
    for op, right in zip(node.ops, node.comparators, strict=True):
        for side in right.elts if isinstance(right, ast.Tuple | ast.List | ast.Set) else (right,):
            yield op, left, side
        left = right


class _Refused(Exception):
    def __init__(self, message: str, hint: str = _ACCEPTED) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


def _tree(text: str) -> ast.expr:
    def quoted(match: re.Match[str]) -> str:
        return match[0] if match[1] is None else f"{COLUMN}({match[1]!r})"

    source = _QUOTED.sub(quoted, text.strip())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a strange text; it is told below, or not at all
            tree = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        where = f" at character {error.offset}" if isinstance(error, SyntaxError) else ""
        hint = "Write == to compare, and strange names in backquotes."
        raise _Refused(f"is no expression{where}", hint) from None
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            # Python takes µ (micro) for μ (mu); a column's name is what is written.
            node.id = ast.get_source_segment(source, node) or node.id
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            node.func.ctx = ast.Store()
    return tree


def _check_depth(tree: ast.expr) -> None:
    level: list[ast.AST] = [tree]
    for _ in range(DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return
    raise _Refused("is nested too deeply", "Split it into several rules.")


def _check_statement(node: ast.expr) -> None:
    """Only what is true or false of a row."""
    match node:
        case ast.BoolOp(values=values):
            for value in values:
                _check_statement(value)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            _check_statement(operand)
        case ast.Compare():
            _check_comparison(node)
        case ast.Call() if function_of(node) in OVER_STATEMENTS:
            for argument in _arguments(node, *OVER_STATEMENTS[function_of(node)]):
                _check_statement(argument)
        case ast.Call() if function_of(node) == MISSING:
            (argument,) = _arguments(node, 1, 1)
            _check_amount(argument)
            if column_of(argument) is None:
                raise _Refused(f"{MISSING}() takes a column, got {_shown(argument)}")
        case _:
            _check_amount(node)
            hint = f"Compare it with something: {ast.unparse(node)[:40]} == …"
            raise _Refused(f"{_shown(node)} is neither true nor false", hint)


def _check_comparison(node: ast.Compare) -> None:
    _check_amount(node.left)
    for op, right in zip(node.ops, node.comparators, strict=True):
        if isinstance(op, _MEMBERSHIP):
            if len(node.ops) > 1:
                raise _Refused(f"{_shown(node)} has “in” in a chain", "Join the parts with “and”.")
            if not (isinstance(right, ast.Tuple | ast.List | ast.Set) and right.elts):
                raise _Refused(f"“in” takes a list in brackets, got {_shown(right)}")
            for member in right.elts:
                _check_amount(member)
        elif isinstance(op, _COMPARISONS):
            _check_amount(right)
        else:
            raise _Refused(f"{_shown(node)} compares in a way that rules do not know")
    for _, *sides in pairs(node):
        for side, other in (sides, sides[::-1]):
            if _is_level(side) and column_of(other) is None:
                raise _Refused(f"{_shown(side)} is compared with what is no column")


def _check_amount(node: ast.expr) -> None:
    """Only what has a value: columns, numbers, texts and what is reckoned from them."""
    match node:
        case ast.Constant(value=bool() | str()):
            return
        case ast.Constant(value=int() | float() as value):
            if value > LARGEST:
                raise _Refused(f"{_shown(node)} is more than {LARGEST:g}", "Write less.")
        case ast.Name():
            return
        case ast.BinOp(left=left, op=op, right=right) if isinstance(op, _ARITHMETIC):
            _check_number(left)
            _check_number(right)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            _check_number(operand)
        case ast.Call() if function_of(node) == COLUMN:
            (argument,) = _arguments(node, 1, 1)
            if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
                raise _Refused(f"{COLUMN}() takes a name in quotes, got {_shown(argument)}")
        case ast.Call() if function_of(node) in OVER_AMOUNTS:
            for argument in _arguments(node, *OVER_AMOUNTS[function_of(node)]):
                _check_number(argument)
        case ast.Call():
            known = (*OVER_AMOUNTS, *OVER_STATEMENTS, COLUMN, MISSING)
            name = function_of(node)
            hint = nearest(name, known) if name else _ACCEPTED
            raise _Refused(f"{_shown(node.func)} is no function of rules", hint)
        case _:
            raise _Refused(f"{_shown(node)} may not stand here")


def _check_number(node: ast.expr) -> None:
    if _is_level(node):
        raise _Refused(f"{_shown(node)} enters arithmetic, but is no number")
    _check_amount(node)


def _is_level(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str | bool)


def _arguments(node: ast.Call, fewest: int, most: int) -> list[ast.expr]:
    starred = any(isinstance(argument, ast.Starred) for argument in node.args)
    if node.keywords or starred or not fewest <= len(node.args) <= most:
        number = f"{fewest}" if fewest == most else f"{fewest} to {most}"
        raise _Refused(f"{function_of(node)}() takes {number} plain argument(s)")
    return node.args


def _shown(node: ast.AST) -> str:
    text = ast.unparse(node)
    return repr(text if len(text) <= 60 else text[:59] + "…")
