"""What a table is, told so that it gives nobody away: the one thing of it that may leave."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from synthcraft.catalogue import DATASETS
from synthcraft.data.columns import (
    ID_LEVELS,
    ID_ROWS,
    LARGEST,
    MOST_CODES,
    MOST_DECIMALS,
    SMALLEST_WIDTH,
    identifier_problem,
    kind_of,
    numbers,
    read_column,
    texts,
)
from synthcraft.data.load import params_of
from synthcraft.data.roles import settle_roles
from synthcraft.data.source import Source
from synthcraft.data.suggest import (
    Role,
    answers_nothing,
    codes_among,
    is_date,
    names_codes,
    names_date,
    names_free_text,
    roles_of,
    tells_persons,
)
from synthcraft.spec.types import ColumnSpec, DatasetSpec

__all__ = [
    "FEWEST",
    "ColumnProfile",
    "Kind",
    "Profile",
    "Role",
    "declared",
    "domain",
    "left_out",
    "profile_dataset",
    "profile_source",
    "rounded",
]

FEWEST = 10
"""People behind anything that a profile names, unless said otherwise."""
Kind = Literal["numeric", "categorical", "text", "identifier", "date", "constant", "empty"]
_UNUSABLE: tuple[Kind, ...] = ("text", "identifier", "date", "empty")
_LONGEST_LEVEL = 80  # letters; longer ones are somebody's words
_LONG_TEXT = 40
_MOST_LEVELS = 100
_FEW_NUMBERS = 10  # different whole numbers that may be codes
_STEPS = 5  # of a range, at least
_People = np.ndarray[Any, np.dtype[np.int64]]
_CODES_HINT = (
    "May mean refused, unknown or not asked: if so, name them, and rarer ones like them, in "
    "dataset.params.missing_codes."
)
_FEW_HINT = "Few whole numbers: declare them categorical if they are codes."
_RARE_HINT = "Rarer values may be codes for refused or unknown (dataset.params.missing_codes)."
_HINTS: dict[Kind, str] = {
    "identifier": "Tells persons or records apart: name it as dataset.id, or leave it out "
    "(dataset.drop).",
    "date": "Dates: turn them into days since a reference, or leave them out (dataset.drop).",
    "text": "Free text: leave it out (dataset.drop), or group it.",
    "constant": "Only one value occurs: it is left out.",
    "empty": "No value at all: leave it out (dataset.drop).",
}


@dataclass(frozen=True)
class ColumnProfile:
    """What one column is.

    ``levels`` are those with at least k people, sorted, ``counts`` their people, rounded;
    ``hidden`` tells whether there are others. ``low`` and ``high`` are coarsened outwards.
    ``missing`` is a share, rounded up. ``roles`` are guesses from the name and the values, the
    likeliest first; each is a proposal. ``codes`` are values of at least k people that look like
    codes for no answer. ``hint`` is advice in words that name no column.
    """

    name: str
    kind: Kind
    missing: float = 0.0
    levels: tuple[str, ...] = ()
    hidden: bool = False
    low: float | None = None
    high: float | None = None
    decimals: int | None = None
    label: str = ""
    unit: str = ""
    roles: tuple[Role, ...] = ()
    counts: tuple[int, ...] = ()
    codes: tuple[str, ...] = ()
    hint: str = ""


@dataclass(frozen=True)
class Profile:
    """What a table is; ``rows`` and ``persons`` are rounded.

    ``persons`` is None where every row is taken for a person of its own.
    """

    rows: int
    columns: tuple[ColumnProfile, ...]
    persons: int | None = None
    k: int = FEWEST
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All columns, in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> ColumnProfile | None:
        """The column of this name, or None."""
        return next((column for column in self.columns if column.name == name), None)


def profile_dataset(dataset: DatasetSpec, *, seed: int = 0, k: int = FEWEST) -> Profile:
    """The profile of the table that a dataset spec describes; its target may be absent.

    Raises
    ------
    UserError
        When the plug-in or its parameters are unknown, or the file cannot be read.

    >>> profile = profile_dataset(DatasetSpec(plugin="simulated", params={"n": 400}))
    >>> profile.rows, profile.column("outcome").roles
    (400, ('outcome',))
    """
    card = DATASETS.get(dataset.plugin)
    source: Source = card.load()(params_of(card, dataset), seed=seed)
    return profile_source(source, settle_roles(dataset, source, proposed=card.defaults or {}), k=k)


def profile_source(
    source: Source, dataset: DatasetSpec | None = None, *, k: int = FEWEST
) -> Profile:
    """The profile of raw rows, with the roles and meanings that a dataset spec declares.

    What is promised, with people told apart by ``dataset.id``, else by a column whose name says
    that it identifies persons (that one with the fewest different values), else by rows:

    - no level is named, and no number of people told, that fewer than ``k`` people hold; levels of
      text, identifiers and dates never are, nor levels of more than 80 letters;
    - a bound is the k-th smallest (largest) of the people's own smallest (largest) values, rounded
      outwards to a multiple of a round number, of which the range holds 5 to 12: what fewer than k
      people have beyond it changes nothing. There is none where fewer than 2 k people have a value,
      or where both ends would be equal. Declared bounds are told as they are declared;
    - the decimals are those that all but fewer than k people's values need;
    - numbers of rows and people are rounded to two leading digits, and to no less than k; shares
      of missing values are rounded up, in whole per cents of no less than k people.

    What a single person can change: whether a column has rarer levels (``hidden``), missing values
    at all, or two values instead of one; what kind of column it is, with all that is told of that
    kind (a word among numbers, a third number beside 0 and 1); and any number where it is just at
    an edge of rounding.

    >>> frame = pd.DataFrame({"sex": ["f", "m"] * 50 + ["x"], "age": [*range(21, 71)] * 2 + [104]})
    >>> sex, age = profile_source(Source(frame)).columns
    >>> sex.levels, sex.counts, sex.hidden, age.low, age.high
    (('f', 'm'), (50, 50), True, 25.0, 70.0)
    """
    dataset = dataset or DatasetSpec(plugin="csv")
    frame = source.frame.set_axis([str(name) for name in source.frame.columns], axis=1)
    person = dataset.id if dataset.id in frame.columns else _person_column(frame)
    people = None if person is None else _people_of(frame[person])
    persons = None if people is None else len(np.unique(people))
    if persons == len(frame):
        people = None  # a row each
    columns = tuple(
        _profile_column(frame[name], dataset, people=people, person=person, k=k)
        for name in frame.columns
    )
    return Profile(
        rows=rounded(len(frame), k),
        columns=columns,
        persons=None if persons is None else rounded(persons, k),
        k=k,
        notes=() if person else ("Every row is taken for a person of its own.",),
    )


def declared(profile: Profile) -> dict[str, ColumnSpec]:
    """What a spec may declare of each usable column, so that no row is refused.

    Types, decimals, labels and units; levels where no others are hidden. What cannot be used
    (``left_out``) is not in it, nor are constants.

    >>> frame = pd.DataFrame({"sex": ["f", "m"] * 30, "age": range(20, 80)})
    >>> declared(profile_source(Source(frame)))["sex"].levels
    ('f', 'm')
    """
    return {
        column.name: ColumnSpec(
            type="numeric" if column.kind == "numeric" else "categorical",
            levels=None if column.hidden else (column.levels or None),
            decimals=column.decimals,
            label=column.label or None,
            unit=column.unit or None,
        )
        for column in profile.columns
        if column.kind in ("numeric", "categorical")
    }


def domain(profile: Profile) -> dict[str, ColumnSpec]:
    """What private generators need of each usable column: as ``declared``, with ranges and levels.

    What lies outside is cut off by them, and refused where a spec has no privacy block. Epsilon
    holds strictly only for ranges and levels that are known without these rows: whoever declares
    them must confirm each of them from common or published knowledge.

    >>> frame = pd.DataFrame({"sex": ["f", "m"] * 50 + ["x"], "age": [*range(21, 71)] * 2 + [104]})
    >>> found = domain(profile_source(Source(frame)))
    >>> found["sex"].levels, found["age"].high
    (('f', 'm'), 70.0)
    """
    known = {column.name: column for column in profile.columns}
    return {
        name: spec.model_copy(
            update={
                "levels": known[name].levels or None,
                "low": known[name].low,
                "high": known[name].high,
            }
        )
        for name, spec in declared(profile).items()
    }


def left_out(profile: Profile) -> tuple[str, ...]:
    """Columns that no generator can use and a spec must leave out, unless they are its id.

    >>> left_out(profile_source(Source(pd.DataFrame({"note": [None] * 60, "x": range(60)}))))
    ('note', 'x')
    """
    return tuple(column.name for column in profile.columns if column.kind in _UNUSABLE)


# People ------------------------------------------------------------------------------------------


def _person_column(frame: pd.DataFrame) -> str | None:
    """The column that tells persons apart by its name; that of fewest values, to be safe."""
    likely = [str(name) for name in frame.columns if tells_persons(str(name), len(frame))]
    different = {name: _different(frame[name]) for name in likely}
    able = [name for name in likely if tells_persons(name, different[name])]
    return min(able, key=lambda name: different[name], default=None)


def _different(values: "pd.Series[Any]") -> int:
    """How many different values there are, be they written in several ways or no plain ones."""
    plain = kind_of(values) in ("number", "boolean")
    return int((values if plain else texts(values)).nunique())


def _people_of(identifiers: "pd.Series[Any]") -> _People:
    """A number per row; rows without an identifier count as one person."""
    return np.asarray(pd.factorize(texts(identifiers))[0], dtype=np.int64)


def _held(values: "pd.Series[Any]", people: _People | None) -> "pd.Series[int]":
    """How many people hold each value that occurs."""
    if people is None:
        return values.value_counts()
    pairs = pd.DataFrame({"value": values.to_numpy(), "person": people}).dropna()
    return pairs.drop_duplicates()["value"].value_counts()


def _extremes(values: "pd.Series[float]", people: _People | None) -> tuple[Any, Any]:
    """Each person's smallest and largest value, both in ascending order."""
    present = values.notna().to_numpy()
    kept = values[present]
    if people is None:
        ordered = np.sort(kept.to_numpy())
        return ordered, ordered
    persons = kept.groupby(people[present])
    return np.sort(persons.min().to_numpy()), np.sort(persons.max().to_numpy())


def rounded(count: int, k: int) -> int:
    """A number of people to two leading digits, and to no less than k.

    >>> rounded(5265, 10), rounded(87, 10), rounded(3, 10)
    (5300, 90, 10)
    """
    if count == 0:
        return 0
    step = max(k, int(10 ** (len(str(count)) - 2)))
    return max(step, (count + step // 2) // step * step)


# One column --------------------------------------------------------------------------------------


def _profile_column(
    values: "pd.Series[Any]",
    dataset: DatasetSpec,
    *,
    people: _People | None,
    person: str | None,
    k: int,
) -> ColumnProfile:
    name = str(values.name)
    meant = dataset.columns.get(name, ColumnSpec())
    kind = "identifier" if name == person else _kind(values, meant)
    told: dict[str, Any] = {"hint": _HINTS.get(kind, "")}
    if kind == "numeric":
        told |= _numbers_told(numbers(values), meant, people=people, k=k)
    elif kind == "categorical":
        told |= _levels_told(texts(values), people=people, k=k)
    total = len(values) if people is None else len(np.unique(people))
    guessed = roles_of(name, told.get("levels", ()), numeric=kind == "numeric")
    return ColumnProfile(
        name=name,
        kind=kind,
        missing=_missing(values, total, k),
        label=meant.label or "",
        unit=meant.unit or "",
        roles=_roles(name, dataset, () if kind in _UNUSABLE and name != person else guessed),
        **told,
    )


def _roles(name: str, dataset: DatasetSpec, guessed: tuple[Role, ...]) -> tuple[Role, ...]:
    """The roles that a spec declares, then the guesses."""
    said: Mapping[Role, tuple[str | None, ...]] = {
        "id": (dataset.id,),
        "weight": (dataset.weight,),
        "time": (dataset.time,),
        "outcome": (dataset.target,),
        "sensitive": dataset.sensitive or (),
        "known": dataset.quasi_identifiers,
    }
    declared = tuple(role for role, names in said.items() if name in names)
    return tuple(dict.fromkeys((*declared, *guessed)))


def _missing(values: "pd.Series[Any]", people: int, k: int) -> float:
    """The share of missing values, rounded up to steps of whole per cents of at least k people."""
    absent = float(values.isna().mean()) if len(values) else 0.0
    step = max(1, math.ceil(100 * k / max(people, 1)))
    return min(100, math.ceil(round(absent * 100 / step, 9)) * step) / 100


def _numbers_told(
    values: "pd.Series[float]", meant: ColumnSpec, *, people: _People | None, k: int
) -> dict[str, Any]:
    """Range, decimals and what may be codes."""
    values = values.mask(values.abs() > LARGEST)
    held = _held(values, people)
    known = sorted(held[held >= k].index)
    codes = [code for code in codes_among(held.index) if code in known]
    low, high = _range(values.mask(values.isin(codes)), people, k)
    few = len(held) <= _FEW_NUMBERS and all(float(v).is_integer() for v in held.index)
    return {
        "low": low if meant.low is None else meant.low,
        "high": high if meant.high is None else meant.high,
        "decimals": _decimals(values, people, k) if meant.decimals is None else meant.decimals,
        "codes": tuple(f"{code:g}" for code in codes),
        "hint": " ".join([_CODES_HINT] * bool(codes) + [_FEW_HINT] * few),
    }


def _range(
    values: "pd.Series[float]", people: _People | None, k: int
) -> tuple[float | None, float | None]:
    lows, highs = _extremes(values, people)
    if len(lows) < 2 * k:
        return None, None
    low, high = float(lows[k - 1]), float(highs[-k])
    if high - low < SMALLEST_WIDTH:
        return None, None
    step = _step(high - low)
    digits = max(0, 1 - math.floor(math.log10(step)))  # of the decimal number that is meant
    below, above = math.floor(low / step) * step, math.ceil(high / step) * step
    return round(below, digits), round(above, digits)


def _step(width: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten of which a range holds five.

    >>> _step(62.0), _step(135.0), _step(9.0)
    (10.0, 20.0, 1.0)
    """
    power = 10.0 ** math.floor(math.log10(width / _STEPS))
    return max(times * power for times in (1, 2, 5) if times * power * _STEPS <= width * (1 + 1e-9))


def _decimals(values: "pd.Series[float]", people: _People | None, k: int) -> int | None:
    """The fewest decimals, up to 6, that all but fewer than k people's values need no more of."""
    present = values.notna().to_numpy()
    read = values.to_numpy()[present]
    who = None if people is None else people[present]
    for decimals in range(MOST_DECIMALS + 1):
        longer = np.round(read, decimals) != read
        if (longer.sum() if who is None else len(np.unique(who[longer]))) < k:
            return decimals
    return None


def _levels_told(read: "pd.Series[Any]", *, people: _People | None, k: int) -> dict[str, Any]:
    """Levels of at least k people with their numbers, and what may be codes among them."""
    held = _held(read, people)
    shown = [level for level in held.index if held[level] >= k and len(level) <= _LONGEST_LEVEL]
    levels = _sorted(shown)
    codes = _level_codes(levels)
    hidden = len(levels) < len(held)
    coded = hidden and bool(levels) and all(map(_is_number, levels))
    return {
        "levels": levels,
        "counts": tuple(rounded(int(held[level]), k) for level in levels),
        "hidden": hidden,
        "codes": codes,
        "hint": _CODES_HINT if codes else _RARE_HINT if coded else "",
    }


def _sorted(levels: Iterable[str]) -> tuple[str, ...]:
    """By value where all are numbers, else by name."""
    plain = sorted(levels)
    return tuple(sorted(plain, key=float) if all(map(_is_number, plain)) else plain)


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _level_codes(levels: tuple[str, ...]) -> tuple[str, ...]:
    if levels and all(map(_is_number, levels)):
        return tuple(f"{code:g}" for code in codes_among(map(float, levels)))
    return tuple(level for level in levels if answers_nothing(level))


# What kind a column is ---------------------------------------------------------------------------


def _kind(values: "pd.Series[Any]", meant: ColumnSpec) -> Kind:
    present = values.dropna()
    if present.empty:
        return "empty"
    found = kind_of(present)
    if found == "other":
        dates = str(pd.api.types.infer_dtype(present)).startswith("date")
        return "date" if dates else "text"
    different = _different(present)
    if different == 1:
        return "constant"
    if meant.type or meant.levels:
        return meant.type or "categorical"
    name = str(values.name)
    if tells_persons(name, different):
        return "identifier"
    if found == "number":
        return _kind_of_numbers(name, values)
    return "categorical" if found == "boolean" else _kind_of_text(name, texts(present))


def _kind_of_numbers(name: str, values: "pd.Series[Any]") -> Kind:
    seen = numbers(values).dropna().unique()
    if names_date(name):
        return "date"
    if len(seen) <= 2:
        return "categorical"
    if not np.array_equal(seen, np.floor(seen)):
        return "numeric"
    if len(seen) > MOST_CODES and all(is_date(f"{value:.0f}") for value in seen):
        return "date"
    if identifier_problem(
        read_column(values, ColumnSpec(), missing="model", max_levels=_MOST_LEVELS)
    ):
        return "identifier"
    few = len(seen) <= _FEW_NUMBERS
    coded = few and (names_codes(name) or any(code < 10 for code in codes_among(seen)))
    return "categorical" if coded else "numeric"


def _kind_of_text(name: str, present: "pd.Series[Any]") -> Kind:
    """Text is categorical whose levels are groups that most people are in."""
    rows = present.value_counts()
    different = rows.index
    if sum(map(is_date, different)) > 0.8 * len(different):
        return "date"
    if names_free_text(name):
        return "text"
    if len(different) == 2:
        return "categorical"
    words = sum(" " in text.strip() for text in different) > 0.5 * len(different)
    if len(present) >= ID_ROWS and len(different) > ID_LEVELS * len(present):
        return "text" if words else "identifier"
    long = float(np.median([len(text) for text in different])) > _LONG_TEXT
    scattered = rows[rows >= FEWEST].sum() < 0.5 * len(present)
    if len(different) > _MOST_LEVELS or (len(different) > MOST_CODES and (long or scattered)):
        return "text"
    read = read_column(present, ColumnSpec(), missing="model", max_levels=_MOST_LEVELS)
    return "text" if read.problems else "identifier" if identifier_problem(read) else "categorical"
