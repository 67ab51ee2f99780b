"""How good an interviewer is: its specs against what written conversations ask for.

Pure functions. The unit is the conversation: what is repeated with the same one is averaged first.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from synthcraft.chat.slots import SLOTS
from synthcraft.spec.types import level_text
from synthcraft.stats import bca, wilson

ANY = "*"
OTHER = "other"
DRAWS = 2000


@dataclass(frozen=True)
class Score:
    """What came out of one conversation.

    ``held`` tells of each gold setting whether the spec holds it. ``valid``: the completed spec has
    no problem; ``first``: nor had the model to repair any on the way. ``breaches``: what stands in
    the spec or an answer and must not; ``forbids`` tells whether there is such a thing at all.
    ``questions`` counts slots that were asked about, and ``tokens`` is None where the server does
    not count them. ``failure`` says why it ended early.
    """

    conversation: str
    category: str
    held: Mapping[str, bool]
    valid: bool
    first: bool
    forbids: bool = False
    breaches: tuple[str, ...] = ()
    questions: int = 0
    tokens: int | None = None
    failure: str = ""

    @property
    def right(self) -> float:
        """Share of the gold settings that hold."""
        return sum(self.held.values()) / len(self.held)


@dataclass(frozen=True)
class Figure:
    """A mean over conversations with its 95 % interval, where it has one."""

    mean: float
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class Line:
    """The figures of a group of conversations.

    ``clean`` is over those that forbid something, and None where none does; ``tokens`` is None
    where none were counted.
    """

    name: str
    n: int
    first: Figure
    valid: Figure
    right: Figure
    clean: Figure | None
    questions: Figure
    tokens: Figure | None


# One conversation ----------------------------------------------------------------------------


def found(plain: Any, path: Sequence[str]) -> Any:
    """What stands at a place of plain data, or None; with ``*``, a flat list over all labels.

    >>> plain = {"generators": {"a": {"plugin": "arf"}, "b": {"plugin": "aim"}}}
    >>> found(plain, ["generators", "a", "plugin"]), found(plain, ["generators", "*", "plugin"])
    ('arf', ['arf', 'aim'])
    """
    if not path:
        return plain
    if not isinstance(plain, Mapping):
        return None
    key, rest = path[0], path[1:]
    if key != ANY:
        return found(plain.get(key), rest)
    inner = [found(value, rest) for value in plain.values()]
    return [v for value in inner if value is not None for v in _listed(value)]


def holds(value: Any, wanted: Any) -> bool:
    """Whether a setting's value is what a gold setting asks for.

    ``wanted`` is a value (lists: the same members in any order), or a map with one condition:
    ``one_of`` these values; ``within`` two bounds, both included (of a list: each member);
    ``contains`` all these members (of a text: these words, in any case); ``without`` any of them;
    ``absent`` (not set, or null, false or empty).

    >>> holds(["sex", "age"], ["age", "sex"]), holds(1.0, {"within": [0.5, 1]})
    (True, True)
    >>> holds(["arf", "aim"], {"contains": ["aim"]}), holds(None, {"absent": True})
    (True, True)
    >>> holds(True, {"absent": True}), holds(["aim"], {"without": ["aim"]})
    (False, False)
    """
    condition, asked = next(iter(wanted.items())) if isinstance(wanted, Mapping) else ("", wanted)
    match condition:
        case "one_of":
            return any(_same(value, one) for one in asked)
        case "within":
            numbers = _listed(value)
            return bool(numbers) and all(_between(number, *asked) for number in numbers)
        case "contains":
            return all(_has(value, one) for one in asked)
        case "without":
            return not any(_has(value, one) for one in asked)
        case "absent":
            return (value is None or value is False or value in ("", [], {}, ())) is bool(asked)
        case _:
            return _same(value, asked)


def held(plain: Mapping[str, Any], gold: Mapping[str, Any]) -> dict[str, bool]:
    """Of each gold setting, whether a spec's plain data hold it.

    >>> held({"seed": 1}, {"seed": 1, "dataset.target": "died"})
    {'seed': True, 'dataset.target': False}
    """
    return {path: holds(found(plain, path.split(".")), wanted) for path, wanted in gold.items()}


def slot_of(path: str) -> str:
    """The slot that decides a gold setting; "other" where none does.

    >>> slot_of("dataset.target"), slot_of("privacy.epsilons"), slot_of("generators.*.plugin")
    ('outcome', 'privacy', 'generators')
    >>> slot_of("outputs.samples")
    'other'
    """
    keys = path.split(".")
    fitting = [
        (len(decided.split(".")), -place, slot.name)
        for place, slot in enumerate(SLOTS)
        for decided in slot.paths
        if keys[: len(decided.split("."))] == decided.split(".")
    ]
    return max(fitting)[2] if fitting else OTHER


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _same(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, (list, tuple)):
        if not isinstance(value, (list, tuple)):
            return False
        return sorted(map(_text, value)) == sorted(map(_text, wanted))
    return _text(value) == _text(wanted)


def _text(value: Any) -> str:
    """A level may be written as number or text; case and type of other values count."""
    return repr(level_text(value))


def _between(value: Any, low: float, high: float) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high


def _has(value: Any, one: Any) -> bool:
    if isinstance(value, str):
        return str(one).casefold() in value.casefold()
    members = value if isinstance(value, Mapping) else _listed(value)
    return any(_same(member, one) for member in members)


# Many ----------------------------------------------------------------------------------------


def line(name: str, scores: Sequence[Score]) -> Line:
    """The figures of these conversations, each as often as it was repeated."""
    forbidding = [score for score in scores if score.forbids]
    tokens = [score for score in scores if score.tokens is not None]
    return Line(
        name=name,
        n=len({score.conversation for score in scores}),
        first=share(scores, lambda score: float(score.first)),
        valid=share(scores, lambda score: float(score.valid)),
        right=share(scores, lambda score: score.right),
        clean=share(forbidding, lambda score: float(not score.breaches)) if forbidding else None,
        questions=amount(scores, lambda score: score.questions),
        tokens=amount(tokens, lambda score: score.tokens or 0) if tokens else None,
    )


def by_category(scores: Sequence[Score]) -> list[Line]:
    """A line for each category in the order of their names, and one for all."""
    names = sorted({score.category for score in scores})
    lines = [line(name, [s for s in scores if s.category == name]) for name in names]
    return [*lines, line("all", scores)]


def by_slot(scores: Sequence[Score]) -> dict[str, Figure]:
    """Of each slot, the share of its gold settings that hold, over conversations that have any."""
    names = [*(slot.name for slot in SLOTS), OTHER]
    out = {}
    for name in names:
        having = [s for s in scores if any(slot_of(path) == name for path in s.held)]
        if having:
            out[name] = share(having, partial(_right_of, slot=name))
    return out


def _right_of(score: Score, *, slot: str) -> float:
    its = [right for path, right in score.held.items() if slot_of(path) == slot]
    return sum(its) / len(its)


def share(scores: Iterable[Score], of: Callable[[Score], float]) -> Figure:
    """The mean over conversations of a value in [0, 1], with Wilson's interval.

    A value between 0 and 1 varies no more than a yes or no of the same mean, so the interval is
    rather too wide than too narrow, and it says something also where all are right.

    >>> one = Score("a", "clear", {"seed": True}, valid=True, first=False)
    >>> share([one], lambda score: score.right).low  # one conversation says little
    0.20654931437723745
    """
    means = list(_by_conversation(scores, of).values())
    low, high = wilson(sum(means), len(means))
    return Figure(sum(means) / len(means), low, high, len(means))


def amount(scores: Iterable[Score], of: Callable[[Score], float]) -> Figure:
    """The mean over conversations of a count, with its bootstrap interval (BCa).

    No interval where all conversations agree, or fewer than five were held.
    """
    import numpy as np

    means = np.array(list(_by_conversation(scores, of).values()), dtype=float)
    n, mean = len(means), float(means.mean())
    if n < 5:
        return Figure(mean, None, None, n)
    drawn = np.random.default_rng(0).choice(means, size=(DRAWS, n)).mean(axis=1)
    low, high = bca(drawn, (means.sum() - means) / (n - 1), mean)
    return Figure(mean, low, high, n)


def _by_conversation(scores: Iterable[Score], of: Callable[[Score], float]) -> dict[str, float]:
    values: dict[str, list[float]] = {}
    for score in scores:
        values.setdefault(score.conversation, []).append(of(score))
    return {name: sum(its) / len(its) for name, its in values.items()}
