"""What a text holds, however it is written: words, numbers, dates, codes."""

import html
import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import unquote

LONGEST_CODE = 40
_WORD = re.compile(r"[^\W_]+")
_PIECE = re.compile(r"\d+|[^\W\d_]+")
_UNSEEN = ("Mn", "Cf")  # accents, and characters without width
_CHAIN = re.compile(
    r"\d+(?:(?:[.,'’]|[_ ](?=\d{3}(?!\d)))\d+)*(?:e[-+]?\d{1,3})?(?![^\W\d_])", re.IGNORECASE
)
_GROUPED = re.compile(r"\d{1,3}([.,'’_ ])\d{3}(?:\1\d{3})*(?:(?!\1)[.,]\d+)?")
_DECIMAL = re.compile(r"\d+(?:[.,]\d+)?")
_ESCAPED = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))")
_ESCAPED_BLANK = re.compile(r"\\[nrt]")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SOME_MONTH = "|".join(_MONTHS)
_LIKELY_DAY = re.compile(
    r"\d[-/. ]\d{1,2}[-/. ]\d|\d{8}"
    rf"|(?:{_SOME_MONTH})[a-z]{{0,9}}\.?[-/ ]?\d|\d[^\W\d]{{0,12}}[-/. ]?(?:{_SOME_MONTH})"
)
_DAY_LAST = re.compile(r"(?<!\d)(\d{4})([-/. ]?)(\d{1,2})\2(\d{1,2})(?!\d)")
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})([-/. ])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
_MONTH = rf"({_SOME_MONTH})[a-z]{{0,9}}"
_DAY_MONTH = re.compile(rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th|\.)?[-/ ]?{_MONTH}\.?,?[-/ ]?(\d{{4}})")
_MONTH_DAY = re.compile(rf"{_MONTH}\.?[-/ ]?(\d{{1,2}})(?:st|nd|rd|th)?,?[-/ ]?(\d{{4}})")


def plain(text: str) -> str:
    """The text without what only looks different: case, accents, width, unseen characters.

    >>> plain("MU\u0308LLER\u200b"), plain("１２")
    ('muller', '12')
    """
    if text.isascii():
        return text.lower()
    marked = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in marked if unicodedata.category(c) not in _UNSEEN)


def words(text: str) -> list[str]:
    """Its runs of letters and digits, made plain; what stands between them does not count.

    >>> words("O'Neil,  Non-Hispanic")
    ['o', 'neil', 'non', 'hispanic']
    """
    return _WORD.findall(plain(text))


def amounts(text: str) -> dict[float, int]:
    """Every number that the text may mean, with its significant digits.

    Thousands may be grouped and decimals cut off by a comma; all readings are given.

    >>> amounts("27.850"), amounts("1,234.50")[1234.5]
    ({27850.0: 4, 27.85: 4}, 5)
    >>> amounts("12 345 and 1e-5")[12345.0]
    5
    """
    found: dict[float, int] = {}
    for chain in _CHAIN.findall(plain(text)):
        mantissa, _, exponent = chain.partition("e")
        for number in _readings(mantissa):
            value = float(f"{number}e{exponent or 0}")
            found[value] = max(_significant(number), found.get(value, 0))
    return found


def dates(text: str) -> set[str]:
    """Every day that the text may mean, as year, month and day.

    >>> sorted(dates("on 3/4/2019")), sorted(dates("March 4th, 2019"))
    (['2019-03-04', '2019-04-03'], ['2019-03-04'])
    """
    text = plain(text)
    if not _LIKELY_DAY.search(text):
        return set()
    found = {_day(y, m, d) for y, _, m, d in _DAY_LAST.findall(text)}
    for first, _, second, year in _YEAR_LAST.findall(text):
        for full in [year] if len(year) == 4 else [f"19{year}", f"20{year}"]:
            found |= {_day(full, first, second), _day(full, second, first)}
    found |= {_day(y, _month(m), d) for d, m, y in _DAY_MONTH.findall(text)}
    found |= {_day(y, _month(m), d) for m, d, y in _MONTH_DAY.findall(text)}
    return found - {""}


def codes(text: str) -> Iterator[str]:
    """Everything that could be a code with digits, whatever separates or surrounds its parts.

    >>> "ab1234" in set(codes("see AB-12/34")), "93703" in set(codes("patient93703"))
    (True, True)
    """
    text = plain(text)
    spans = [(m.start(), m.end()) for m in _PIECE.finditer(text)]
    for first, (start, end) in enumerate(spans):
        code, digits = text[start:end], text[start].isdigit()
        if digits:
            yield code
        for begin, stop in spans[first + 1 : first + LONGEST_CODE]:
            if begin - end > 1 or len(code) + stop - begin > LONGEST_CODE:
                break
            code, end = code + text[begin:stop], stop
            if digits := digits or text[begin].isdigit():
                yield code


def code(text: str) -> str:
    """A cell as ``codes`` tells it.

    >>> code("AB-12/34")
    'ab1234'
    """
    return "".join(words(text))


def leaves(text: str) -> Iterator[str]:
    """Every text inside a message: of JSON its keys and values, and each list or map as a line.

    Texts inside that are JSON again, or hold escapes, are opened too.

    >>> list(leaves('{"a": [1, true], "b": "x\\\\u0041"}'))
    ['a', '1', '1, True', 'b', 'xA', 'a: , b: xA']
    """
    opened = _opened(text)
    if opened is not None:
        yield from _leaves_of(opened)
        return
    yield text
    yield from {html.unescape(text), unquote(text), _unescaped(text)} - {text}


class _Map(list[tuple[str, Any]]):
    """The pairs of a JSON map, repeated keys included."""


def _opened(text: str) -> Any:
    """What JSON text holds; None where it is no JSON list or map."""
    if text.lstrip()[:1] not in ("{", "[", '"'):
        return None
    try:
        return json.loads(text, object_pairs_hook=_Map, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return None


def _leaves_of(value: Any) -> Iterator[str]:
    if isinstance(value, _Map):
        for key, inner in value:
            yield from leaves(key)
            yield from _leaves_of(inner) if isinstance(inner, list | str) else ()
        if value:
            yield ", ".join(f"{key}: {_scalar(inner)}" for key, inner in value)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves_of(inner) if isinstance(inner, list | str) else ()
        if any(not isinstance(inner, list) for inner in value):
            yield ", ".join(map(_scalar, value))
    else:
        yield from leaves(str(value))


def _scalar(value: Any) -> str:
    """A number or short text; longer ones stand for themselves."""
    return "" if isinstance(value, list) or len(str(value)) > 100 else str(value)


def _unescaped(text: str) -> str:
    return _ESCAPED_BLANK.sub("\n", _ESCAPED.sub(lambda m: chr(int(m[1] or m[2], 16)), text))


def _readings(chain: str) -> Iterator[str]:
    """The numbers that digits with separators between them may mean."""
    parts = re.split(r"([,'’_ ])", chain)
    for first in range(0, len(parts), 2):
        for last in range(first, min(first + 8, len(parts)), 2):
            run = "".join(parts[first : last + 1])
            if grouped := _GROUPED.fullmatch(run):
                yield run.replace(grouped[1], "").replace(",", ".")
            if _DECIMAL.fullmatch(run):
                yield run.replace(",", ".")


def _significant(number: str) -> int:
    whole, _, decimals = number.partition(".")
    digits = whole + decimals.rstrip("0")
    return len(digits.strip("0")) if not decimals.strip("0") else len(digits.lstrip("0"))


def _month(name: str) -> str:
    return str(_MONTHS.index(name) + 1)


def _day(year: str, month: str, day: str) -> str:
    """The day, or nothing where there is none such."""
    fits = 1 <= int(month) <= 12 and 1 <= int(day) <= 31 and 1850 <= int(year) <= 2150
    return f"{int(year):04}-{int(month):02}-{int(day):02}" if fits else ""


def runs(items: Sequence[bool], *, gap: int) -> Iterator[tuple[int, int]]:
    """Start and end of each run of true items with at most ``gap`` others between two of them.

    >>> list(runs([True, False, True, False, False, True], gap=1))
    [(0, 3), (5, 6)]
    """
    start = last = -1
    for at, item in enumerate(items):
        if not item:
            continue
        if start >= 0 and at - last > gap + 1:
            yield start, last + 1
            start = at
        start, last = (at if start < 0 else start), at
    if start >= 0:
        yield start, last + 1
