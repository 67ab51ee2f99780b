"""What of a table's cells must not be told, in a form in which a message is compared fast."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.chat.outgoing.reading import code, dates, words
from synthcraft.data.columns import kind_of, numbers, texts

Keys = np.ndarray[Any, np.dtype[Any]]
WHOLE = 3  # words up to which a text counts as a whole; longer ones are taken four words at a time
SHINGLE = WHOLE + 1
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_CODE = re.compile(r"[+(]?\d[\d\-/. ()]{3,30}\d")
_FIGURES = re.compile(r"\d\D{0,12}\d\D{0,12}\d")
_SHORTEST_CODE = 5
_FEWEST_LETTERS, _FEWEST_DIGITS = 3, 6
_FEWEST_SIGNS = {1: 3, 2: 5, 3: 5, SHINGLE: 14}


@dataclass(frozen=True)
class Marks:
    """By what cells are known: groups of words, numbers, days and codes, each with its column."""

    grams: tuple[Keys, Keys]
    numbers: tuple[Keys, Keys]
    days: dict[str, int]
    codes: dict[str, int]


@dataclass(frozen=True)
class Cells:
    """Marks of the cells that fewer than k people share, and of all identifiers."""

    names: tuple[str, ...]
    vocabulary: dict[str, int]
    rare: Marks
    identifying: Marks

    def grams(self, told: Sequence[str]) -> Keys:
        """The keys of every group of up to four neighbouring words."""
        known = np.array([self.vocabulary.get(word, -1) for word in told], dtype=np.int64)
        owner = np.zeros(len(known), dtype=np.int64)
        found = [_windows(known, owner, size)[0] for size in range(1, SHINGLE + 1)]
        return np.concatenate(found)


@dataclass
class _Column:
    """One column's keys of each kind, with the people who share each."""

    grams: list[tuple[Keys, Keys]] = field(default_factory=list)
    numbers: list[tuple[Keys, Keys]] = field(default_factory=list)
    days: list[tuple[Keys, Keys]] = field(default_factory=list)
    codes: list[tuple[Keys, Keys]] = field(default_factory=list)


@dataclass(frozen=True)
class _Held:
    """The different values of a column, and by whom each is held."""

    values: Keys
    of_row: Keys
    people: Keys | None

    @cached_property
    def each(self) -> Keys:
        """How many people hold each value."""
        values = self.of_row if self.people is None else self._pairs["value"]
        return np.bincount(values, minlength=len(self.values))

    @cached_property
    def _pairs(self) -> pd.DataFrame:
        """Each value with each person who holds it."""
        return pd.DataFrame({"value": self.of_row, "person": self.people}).drop_duplicates()

    def shared(self, keys: Keys, value: Keys) -> tuple[Keys, Keys]:
        """Each different key with the number of people who hold a value that it belongs to."""
        told = pd.DataFrame({"key": keys, "value": value}).drop_duplicates()
        if self.people is None:
            told["count"] = self.each[told["value"]]
            counts = told.groupby("key", sort=False)["count"].sum()
        else:
            pairs = told.merge(self._pairs, on="value")[["key", "person"]].drop_duplicates()
            counts = pairs.groupby("key", sort=False).size()
        return counts.index.to_numpy(), counts.to_numpy()


def cells_of(
    frame: pd.DataFrame,
    *,
    k: int,
    people: Keys | None = None,
    identifiers: Collection[str] = (),
) -> Cells:
    """The marks of a raw table.

    Parameters
    ----------
    frame
        rows as they were read; columns with unique names.
    k
        a value is rare when in no column at least k people share it.
    people
        a number per row for the person it belongs to; otherwise each row is a person.
    identifiers
        columns whose every value tells a person, however many rows share it.

    >>> frame = pd.DataFrame({"sex": ["female"] * 10 + ["intersex"]})
    >>> cells = cells_of(frame, k=10)
    >>> cells.grams(["female"])[0] in cells.rare.grams[0], cells.rare.grams[0].size
    (False, 1)
    """
    vocabulary: dict[str, int] = {}
    columns = [_column(frame.iloc[:, at], people, vocabulary) for at in range(frame.shape[1])]
    names = tuple(str(name) for name in frame.columns)
    telling = [name in identifiers for name in names]
    return Cells(
        names=names,
        vocabulary=vocabulary,
        rare=_marks(columns, telling, among=False, k=k),
        identifying=_marks(columns, telling, among=True, k=None),
    )


def hits(marked: tuple[Keys, Keys], keys: Keys) -> Iterator[int]:
    """The column of each of these keys that is marked."""
    known, column = marked
    if known.size:
        at = np.minimum(np.searchsorted(known, keys), known.size - 1)
        yield from np.unique(column[at[known[at] == keys]]).tolist()


def near(marked: tuple[Keys, Keys], value: float, *, within: float) -> int | None:
    """The column of a marked number no further than this from a value, if there is one."""
    known, column = marked
    at = int(np.searchsorted(known, value - within))
    return int(column[at]) if at < known.size and known[at] <= value + within else None


def _column(values: "pd.Series[Any]", people: Keys | None, vocabulary: dict[str, int]) -> _Column:
    kept = values.notna().to_numpy()
    present = values[kept]
    whose = None if people is None else people[kept]
    out = _Column()
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        present = present.dt.strftime("%Y-%m-%d").astype("object")
    if kind_of(present) == "number" and len(present):
        read = numbers(present).abs().to_numpy()
        of_row, found = pd.factorize(read)
        held = _Held(np.asarray(found), of_row, whose)
        out.numbers.append((held.values, held.each))
        whole = np.flatnonzero((held.values == np.rint(held.values)) & (held.values < 1e15))
        told = [(f"{held.values[at]:.0f}", at) for at in whole.tolist() if held.values[at] >= 1e4]
        coded = [(text, at) for text, at in told if _coded(text)]
        keys = np.array([text for text, _ in coded], dtype=object)
        out.codes.append((keys, held.each[[at for _, at in coded]]))
    elif kind_of(present) != "boolean":
        of_row, found = pd.factorize(present.astype("object").to_numpy())
        spelled = texts(pd.Series(found, dtype="object")).to_numpy(dtype=object)
        _add_cells(out, _Held(spelled, of_row, whose), vocabulary)
    return out


def _add_cells(out: _Column, held: _Held, vocabulary: dict[str, int]) -> None:
    """What the different texts of a column are known by."""
    split = [words(text) for text in held.values]
    # Setting a word's number to the size of the vocabulary numbers them in order of appearance.
    flat = [vocabulary.setdefault(word, len(vocabulary)) for told in split for word in told]
    sizes = np.array([len(told) for told in split], dtype=np.int64)
    known, owner = np.array(flat, dtype=np.int64), np.repeat(np.arange(len(split)), sizes)
    letters, digits = (signs[known] for signs in _signs(list(vocabulary)))
    for size in range(1, SHINGLE + 1):
        keys, starts = _windows(known, owner, size)
        whole = sizes[owner[starts]]
        fits = (whole == size) if size <= WHOLE else (whole >= size)
        fits &= _telling(letters, digits, starts, size)
        out.grams.append(held.shared(keys[fits], owner[starts[fits]]))
    amounts = pd.to_numeric(
        pd.Series(held.values).str.strip().str.replace(",", ".", regex=False), errors="coerce"
    ).to_numpy(dtype=float)
    numeric = np.flatnonzero(np.isfinite(amounts))
    out.numbers.append(held.shared(np.abs(amounts[numeric]), numeric))
    figured = [
        (text, told) if _FIGURES.search(text) else ("", [])
        for text, told in zip(held.values, split, strict=True)
    ]
    _add_texts(out.days, held, (dates(text) if text else () for text, _ in figured))
    _add_texts(out.codes, held, (_codes_in(text, told) for text, told in figured))


def _codes_in(text: str, told: Sequence[str]) -> set[str]:
    """Codes that a cell is or holds."""
    parts = {word for word in told if len(word) >= _SHORTEST_CODE and not word.isalpha()}
    parts |= {code(found) for found in _CODE.findall(text)}
    return {one for one in parts | ({code(text)} if len(told) <= WHOLE else set()) if _coded(one)}


def _coded(text: str) -> bool:
    """Whether a code is specific: five signs, three digits, and no round number."""
    digits = sum(c.isdigit() for c in text)
    return (
        len(text) >= _SHORTEST_CODE
        and digits >= 3
        and (digits < len(text) or len(text.strip("0")) >= 4)
    )


def _add_texts(
    to: list[tuple[Keys, Keys]], held: _Held, of_value: Iterable[Collection[str]]
) -> None:
    pairs = [(text, value) for value, found in enumerate(of_value) for text in found]
    keys = np.array([text for text, _ in pairs], dtype=object)
    to.append(held.shared(keys, np.array([value for _, value in pairs], dtype=np.int64)))


def _signs(vocabulary: Sequence[str]) -> tuple[Keys, Keys]:
    """Letters and digits of each word."""
    lengths = np.array([len(word) for word in vocabulary], dtype=np.int64)
    digits = [0 if w.isalpha() else sum(c.isdigit() for c in w) for w in vocabulary]
    return lengths - np.array(digits, dtype=np.int64), np.array(digits, dtype=np.int64)


def _telling(letters: Keys, digits: Keys, starts: Keys, size: int) -> Keys:
    """Whether groups of words are specific enough to be looked for; "no" or "1-2" are not."""
    if not starts.size:
        return np.zeros(0, dtype=bool)
    at = starts[:, None] + np.arange(size)
    most, total = letters[at].max(axis=1), (letters + digits)[at].sum(axis=1)
    figures = digits[at].sum(axis=1)
    specific = most > 0 if size == 1 else (most >= _FEWEST_LETTERS) | (figures >= _FEWEST_DIGITS)
    return np.asarray(specific & (total >= _FEWEST_SIGNS[size]))


def _windows(known: Keys, owner: Keys, size: int) -> tuple[Keys, Keys]:
    """Keys of the groups of neighbouring words of one text, and where each starts.

    Groups with a word that no cell has (-1) are left out.
    """
    count = len(known) - size + 1
    if count <= 0:
        return np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64)
    key, fits = np.full(count, size, dtype=np.uint64), owner[:count] == owner[size - 1 :]
    for step in range(size):
        word = known[step : step + count]
        key = (key ^ word.astype(np.uint64)) * _FACTOR
        key ^= key >> np.uint64(29)
        fits &= word >= 0
    starts = np.flatnonzero(fits)
    return key[starts], starts


def _marks(columns: Sequence[_Column], telling: list[bool], *, among: bool, k: int | None) -> Marks:
    chosen = [(at, one) for at, one in enumerate(columns) if telling[at] == among]
    grams, counted, days, codes = (
        _rare([(at, *part) for at, one in chosen for part in getattr(one, kind)], k)
        for kind in ("grams", "numbers", "days", "codes")
    )
    return Marks(grams, counted, _as_dict(days), _as_dict(codes))


def _rare(parts: Sequence[tuple[int, Keys, Keys]], k: int | None) -> tuple[Keys, Keys]:
    """Keys that fewer than k people share in every column, sorted, with a column of each."""
    filled = [(at, keys, counts) for at, keys, counts in parts if keys.size]
    if not filled:
        return np.zeros(0), np.zeros(0, dtype=np.int64)
    keys = np.concatenate([keys for _, keys, _ in filled])
    counts = np.concatenate([counts for _, _, counts in filled])
    column = np.concatenate([np.full(keys.size, at) for at, keys, _ in filled])
    if k is not None:
        few = ~np.isin(keys, keys[counts >= k]) if keys.dtype != object else _few(keys, counts, k)
        keys, column = keys[few], column[few]
    keys, first = np.unique(keys, return_index=True)
    return keys, column[first]


def _few(keys: Keys, counts: Keys, k: int) -> Keys:
    common = set(keys[counts >= k].tolist())
    return np.array([key not in common for key in keys.tolist()], dtype=bool)


def _as_dict(marked: tuple[Keys, Keys]) -> dict[str, int]:
    return dict(zip(marked[0].tolist(), marked[1].tolist(), strict=True))
