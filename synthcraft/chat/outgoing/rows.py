"""Whether a text holds part of a row: cells that stand together in the table of few people."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.chat.outgoing.reading import plain, runs, words
from synthcraft.data.columns import kind_of, numbers, texts

Array = np.ndarray[Any, np.dtype[Any]]
FEWEST_CELLS = 4
_GAP = 2  # words between two cells that do not end a run of them
_LONGEST_PHRASE, _LONGEST_TEXT = 6, 80  # words and characters of a cell that is looked for
_MOST = 48  # cells of a run that are compared at once
# Rows that would agree by chance, in expectation: fewer are no chance. Lists such as 20, 30, 40, 50
# are in ordinary talk.
_CHANCE, _CHANCE_OF_ROUND = 2.0, 0.01
_ITEM = re.compile(r"\d+(?:\.\d+)?(?![\w.]{0,20}[^\W\d])|[^\W_]+")
_FIELD = re.compile(r"[^\n,;|]+")
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")

Place = tuple[int, int]
"""A column, and the number of a value in it."""


@dataclass(frozen=True)
class Rows:
    """Each row as numbers of its values; what each column's values are.

    ``amounts`` are each column's numbers; ``places`` are those of all columns in order, with their
    columns and places there. ``phrases`` are the values that are text, ``starts`` their first
    words, ``spoken`` the words of the columns' names.
    """

    codes: Array
    amounts: tuple[Array, ...]
    places: tuple[Array, Array, Array]
    phrases: dict[str, tuple[Place, ...]]
    starts: frozenset[str]
    spoken: frozenset[str]
    people: Array
    k: int

    def part(self, text: str) -> tuple[int, ...]:
        """Columns of the cells of one row that stand together in a text; none where none do.

        Four cells at least, and fewer than k people of whom they are true; not such as chance
        brings together.
        """
        for line in _spellings(text):
            items = self._items(line)
            places = [self._places(item) for item in items]
            for start, end in runs([bool(one) for one in places], gap=_GAP):
                for first in range(start, end, _MOST // 2):
                    if found := self._agreeing(places[first : min(first + _MOST, end)]):
                        return found
        return ()

    def _items(self, text: str) -> list[str]:
        """The text cut into numbers, known values (the longest that fit) and other words.

        Words of columns' names do not count as others: a name may stand before each value.
        """
        parts = _ITEM.findall(text)
        out, at = [], 0
        while at < len(parts):
            size = 1
            if words(parts[at])[0] in self.starts:
                for longer in range(min(_LONGEST_PHRASE, len(parts) - at), 1, -1):
                    if _phrase(" ".join(parts[at : at + longer])) in self.phrases:
                        size = longer
                        break
            item = parts[at] if size == 1 else _phrase(" ".join(parts[at : at + size]))
            if item in self.phrases or item not in self.spoken:
                out.append(item)
            at += size
        return out

    def _places(self, item: str) -> tuple[Place, ...]:
        """Where an item of a text is a value."""
        named = self.phrases.get(item, ())
        try:
            amount = float(item)
        except ValueError:
            return named
        ordered, column, value = self.places
        first, end = np.searchsorted(ordered, amount), np.searchsorted(ordered, amount, "right")
        found = zip(column[first:end].tolist(), value[first:end].tolist(), strict=True)
        return (*named, *found)

    def _agreeing(self, places: Sequence[tuple[Place, ...]]) -> tuple[int, ...]:
        told = [one for one in places if one]
        if len(told) < FEWEST_CELLS or len({c for one in told for c, _ in one}) < FEWEST_CELLS:
            return ()
        return self._in_order(places) or (
            self._scattered(told) if 2 * len(told) >= len(places) else ()
        )

    def _in_order(self, places: Sequence[tuple[Place, ...]]) -> tuple[int, ...]:
        """Neighbouring cells of few people, told one after the other."""
        for first in range(len(places) - FEWEST_CELLS + 1):
            for column in {c for c, _ in places[first]}:
                kept, length = np.ones(len(self.codes), dtype=bool), 0
                while first + length < len(places) and column + length < self.codes.shape[1]:
                    value = dict(places[first + length]).get(column + length)
                    if value is None:
                        break
                    narrowed = kept & (self.codes[:, column + length] == value)
                    if not narrowed.any():
                        break
                    kept, length = narrowed, length + 1
                exact = any(self._specific(column + at, places[first + at]) for at in range(length))
                if length >= FEWEST_CELLS and exact and self._few(kept):
                    return tuple(range(column, column + length))
        return ()

    def _specific(self, column: int, places: tuple[Place, ...]) -> bool:
        """Whether a cell is text, or a number with three significant digits: 1, 2, 3 say little."""
        if not self.amounts[column].size:
            return True
        amount = self.amounts[column][dict(places)[column]]
        return len(f"{amount:.12g}".replace(".", "").strip("-0")) >= 3

    def _scattered(self, told: Sequence[tuple[Place, ...]]) -> tuple[int, ...]:
        """Cells of one row, in any order, that hardly come together by chance."""
        different = sorted(set(told))
        has = np.stack([self._having(one) for one in different])
        score = has.sum(axis=0)
        best = int(score.max())
        holders = score == best
        if best < FEWEST_CELLS or not self._few(holders):
            return ()
        row = int(np.flatnonzero(holders)[0])
        cells = {c: one for one in different for c, v in one if self.codes[row, c] == v}
        exact = any(self._specific(column, one) for column, one in cells.items())
        by_chance = len(self.codes) * _tail(has.mean(axis=1), best)
        if by_chance > (_CHANCE if exact else _CHANCE_OF_ROUND) or len(cells) < FEWEST_CELLS:
            return ()
        return tuple(sorted(cells))

    def _having(self, places: tuple[Place, ...]) -> Array:
        out = np.zeros(len(self.codes), dtype=bool)
        for column, value in places:
            out |= self.codes[:, column] == value
        return out

    def _few(self, kept: Array) -> bool:
        """Whether they are fewer than k people."""
        return int(np.unique(self.people[kept]).size) < self.k


def rows_of(frame: pd.DataFrame, *, k: int, people: Array | None = None) -> Rows:
    """A raw table as ``Rows``; for ``people`` see ``cells.cells_of``.

    >>> frame = pd.DataFrame({"age": [53, 41], "sex": ["f", "m"], "sbp": [143, 120], "hb": [1, 2]})
    >>> rows = rows_of(frame, k=2)
    >>> rows.part("he is 53;f;143;1"), rows.part("f, m, 53, 41")
    ((0, 1, 2, 3), ())
    """
    columns, amounts = [], []
    phrases: dict[str, list[Place]] = {}
    for at in range(frame.shape[1]):
        values = frame.iloc[:, at]
        is_number = kind_of(values) == "number"
        code, known = _values(values, is_number=is_number)
        columns.append(code.astype(np.int32))
        amounts.append(np.asarray(known, dtype=float) if is_number else np.zeros(0))
        if not is_number:
            for value, phrase in enumerate(map(str, known)):
                if phrase:
                    phrases.setdefault(phrase, []).append((at, value))
    return Rows(
        codes=np.asfortranarray(np.stack(columns, axis=1)),
        amounts=tuple(amounts),
        places=_in_one(amounts),
        phrases={phrase: tuple(places) for phrase, places in phrases.items()},
        starts=frozenset(phrase.split(" ", 1)[0] for phrase in phrases),
        spoken=frozenset(word for name in frame.columns for word in words(str(name))) | {"and"},
        people=np.arange(len(frame)) if people is None else people,
        k=k,
    )


def _in_one(amounts: Sequence[Array]) -> tuple[Array, Array, Array]:
    """The numbers of all columns in ascending order, with their columns and places there."""
    if not amounts:
        return np.zeros(0), np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int32)
    every = np.concatenate(amounts)
    column = np.repeat(np.arange(len(amounts), dtype=np.int32), [one.size for one in amounts])
    value = np.concatenate([np.arange(one.size, dtype=np.int32) for one in amounts])
    order = np.argsort(every, kind="stable")
    return every[order], column[order], value[order]


def _values(values: "pd.Series[Any]", *, is_number: bool) -> tuple[Array, Array]:
    """The number of each row's value, and the different values, as they are read in a text."""
    if is_number:
        code, known = pd.factorize(numbers(values).to_numpy(), sort=True)
        return np.asarray(code), np.asarray(known)
    raw, different = pd.factorize(values.astype("object").to_numpy())
    told = [_phrase(one) for one in texts(pd.Series(different, dtype="object"))]
    code, known = pd.factorize(np.array([*told, ""], dtype=object))
    return np.where(raw < 0, -1, code[raw]), np.asarray(known)


def _phrase(text: str) -> str:
    """A short text as it is looked for; nothing for a long one."""
    told = words(text) if len(text) <= _LONGEST_TEXT else []
    return " ".join(told) if len(told) <= _LONGEST_PHRASE else ""


def _spellings(text: str) -> Iterator[str]:
    """The text without what stands before a colon or an equals sign; decimals with points."""
    text = _FIELD.sub(lambda field: _value_in(field[0]), plain(text))
    yield text
    if ";" in text or "\t" in text or "|" in text:
        yield _DECIMAL_COMMA.sub(".", text)


def _value_in(field: str) -> str:
    """What stands after a key; all of it where there is none, or only a number (12:30).

    >>> _value_in("age: 53"), _value_in("12:30")
    (' 53', '12:30')
    """
    at = max(field.rfind(":"), field.rfind("="))
    named = at >= 0 and any(c.isalpha() for c in field[:at])
    return field[at + 1 :] if named else field


def _tail(shares: Array, least: int) -> float:
    """The chance of at least so many successes among independent trials with these chances.

    >>> round(_tail(np.array([0.5, 0.5]), 2), 3)
    0.25
    """
    chances = np.zeros(len(shares) + 1)
    chances[0] = 1.0
    for share in shares:
        chances[1:] = chances[1:] * (1 - share) + chances[:-1] * share
        chances[0] *= 1 - share
    return math.fsum(chances[least:].tolist())
