"""Which rows keep a declared rule, which break it, and which cannot be judged."""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.spec.rules import MISSING, Rule, column_of, function_of, pairs
from synthcraft.spec.types import level_text

Mask = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True, eq=False)
class Verdicts:
    """Per row: whether a statement is known to hold, or known not to; neither where not judged."""

    kept: Mask
    broken: Mask

    @property
    def judged(self) -> Mask:
        """Rows of which the statement is known to hold or not."""
        return self.kept | self.broken


def judge(rule: Rule, frame: pd.DataFrame) -> Verdicts:
    """What a rule says of each row of a canonical frame.

    A comparison with a missing value is unknown, and so is arithmetic without a finite result;
    ``and``, ``or`` and ``implies`` are known as soon as one side settles them (Kleene's logic).

    >>> from synthcraft.spec.rules import parse_rule
    >>> frame = pd.DataFrame({"low": [1.0, 5.0, np.nan], "high": [2.0, 4.0, 4.0]})
    >>> verdicts = judge(parse_rule("low <= high"), frame)
    >>> verdicts.kept.tolist(), verdicts.broken.tolist()
    ([True, False, False], [False, True, False])
    """
    with np.errstate(all="ignore"):
        return _statement(rule.tree, frame)


def _statement(node: ast.expr, frame: pd.DataFrame) -> Verdicts:
    match node:
        case ast.BoolOp(op=ast.And(), values=values):
            return _all([_statement(value, frame) for value in values])
        case ast.BoolOp(values=values):
            return _any([_statement(value, frame) for value in values])
        case ast.UnaryOp(operand=operand):
            return _not(_statement(operand, frame))
        case ast.Call(args=[argument]) if function_of(node) == MISSING:
            absent = frame[str(column_of(argument))].isna().to_numpy()
            return Verdicts(absent, ~absent)
        case ast.Call(args=[condition, then]):
            return _any([_not(_statement(condition, frame)), _statement(then, frame)])
        case ast.Compare():
            return _comparison(node, frame)
    raise TypeError(f"{type(node).__name__} is no statement")  # parse_rule lets none through


def _not(one: Verdicts) -> Verdicts:
    return Verdicts(one.broken, one.kept)


def _all(parts: list[Verdicts]) -> Verdicts:
    kept = np.logical_and.reduce([part.kept for part in parts])
    return Verdicts(kept, np.logical_or.reduce([part.broken for part in parts]))


def _any(parts: list[Verdicts]) -> Verdicts:
    return _not(_all([_not(part) for part in parts]))


def _comparison(node: ast.Compare, frame: pd.DataFrame) -> Verdicts:
    if isinstance(node.ops[0], ast.In | ast.NotIn) and len(node.ops) == 1:
        among = _any([_compared(ast.Eq(), a, b, frame) for _, a, b in pairs(node)])
        return among if isinstance(node.ops[0], ast.In) else _not(among)
    return _all([_compared(op, a, b, frame) for op, a, b in pairs(node)])


_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
}


def _compared(op: ast.cmpop, left: ast.expr, right: ast.expr, frame: pd.DataFrame) -> Verdicts:
    if _of_levels(left, frame) or _of_levels(right, frame):
        a, b = _texts(left, frame), _texts(right, frame)
        known = np.asarray(pd.notna(a) & pd.notna(b))
    else:
        a, b = _amounts(left, frame), _amounts(right, frame)
        known = np.isfinite(a) & np.isfinite(b)
    holds = np.asarray(_COMPARE[type(op)](a, b), dtype=bool)
    return Verdicts(holds & known, ~holds & known)


def _of_levels(node: ast.expr, frame: pd.DataFrame) -> bool:
    name = column_of(node)
    if name is not None:
        return isinstance(frame[name].dtype, pd.CategoricalDtype)
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _texts(node: ast.expr, frame: pd.DataFrame) -> Any:
    """Levels as text, one per row; missing ones are NaN."""
    name = column_of(node)
    if name is None:
        value = level_text(node.value) if isinstance(node, ast.Constant) else None
        return np.full(len(frame), value, dtype=object)
    return frame[name].astype(object).to_numpy()


_RECKON: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
}


def _amounts(node: ast.expr, frame: pd.DataFrame) -> Any:
    """Numbers, one per row; NaN where missing. A missing part makes the whole missing."""
    name = column_of(node)
    if name is not None:
        return frame[name].to_numpy(dtype=float)
    match node:
        case ast.Constant(value=int() | float() as value):
            return np.full(len(frame), float(value))
        case ast.UnaryOp(op=op, operand=operand):
            value = _amounts(operand, frame)
            return -value if isinstance(op, ast.USub) else value
        case ast.BinOp(left=left, op=reckoned, right=right):
            return _RECKON[type(reckoned)](_amounts(left, frame), _amounts(right, frame))
        case ast.Call(args=arguments):
            values = [_amounts(argument, frame) for argument in arguments]
            if function_of(node) == "abs":
                return np.abs(values[0])
            least = function_of(node) == "min"
            return np.minimum.reduce(values) if least else np.maximum.reduce(values)
    raise TypeError(f"{type(node).__name__} is no amount")  # parse_rule lets none through
