"""Text as the rules read it: plain letters, sentences, numbers, and where a pattern stands."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from synthcraft.chat.offline import vocabulary

_SENTENCE = re.compile(
    r"(?<=[.!?;])(?<!\bi\.e\.)(?<!\be\.g\.)(?<!\bvs\.)(?<!\bca\.)(?<!\bapprox\.)(?<!\bz\.B\.)\s+|\n+"
)
_TURN = re.compile(
    r"[,;:]|\b(?:but|sondern|mais|sino)\b"
    r"|(?<!not )(?<!n't )(?<!never )\b(?:take|use|add|try|keep)\b"
)
"""Where a negation ends."""
_HASTY = re.compile(r"\b((?:don|doesn|didn|can|isn|aren|shouldn)(?=t\b)|what(?=s\b))")
"""What is typed without its apostrophe: dont, whats."""
_NUMBER = r"\d+(?:[ ,.]\d{3})+(?!\d)|\d+(?:[.,]\d+)?(?:e-?\d+)?"
Key = TypeVar("Key", bound=str)
REACH = 30
"""Letters that a negation reaches ahead."""


@dataclass(frozen=True)
class Span:
    """A stretch of a plain text; ``end`` is the place after its last letter."""

    start: int
    end: int

    def overlaps(self, other: "Span") -> bool:
        """Whether both share a letter."""
        return self.start < other.end and other.start < self.end


def plain(text: str) -> str:
    """Small letters without accents, typographic quotes and dashes as plain ones, single blanks.

    >>> plain("  Größe – naïve “MI”  ")
    'grosse - naive "mi"'
    """
    for other, own in (("–", "-"), ("—", "-"), ("’", "'"), ("‘", "'"), ("“", '"'), ("”", '"')):
        text = text.replace(other, own)
    letters = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(c for c in letters if not unicodedata.combining(c))
    return " ".join(_HASTY.sub(r"\1'", kept.replace("\u2212", "-")).split())


def sentences(text: str) -> list[str]:
    """The sentences and lines of a text, as they were written, without bullets.

    >>> sentences("Predict MI. At epsilon 0.5; or 1?")
    ['Predict MI.', 'At epsilon 0.5;', 'or 1?']
    """
    parts = (re.sub(r"^\s*(?:[-*•]|\d+[.)]\s)\s*", "", part) for part in _SENTENCE.split(text))
    return [part.strip() for part in parts if re.search(r"\w", part)]


@lru_cache(maxsize=1024)
def pattern(words: str) -> re.Pattern[str]:
    """Alternatives of a vocabulary entry as whole words."""
    return re.compile(rf"(?<![\w-])(?:{words})(?!\w)")


def says(words: str, text: str) -> bool:
    """Whether a plain text holds one of these words.

    >>> says("drop|leave out", "please leave out sex"), says("drop", "dropped")
    (True, False)
    """
    return pattern(words).search(text) is not None


def is_only(words: str, text: str) -> bool:
    """Whether a plain text is nothing but one of these words, politeness and marks aside.

    >>> is_only("yes|ok", "Yes, please!".lower()), is_only("yes", "yes and no")
    (True, False)
    """
    core = re.sub(r"[\s.,;:!?]*(?:please|thanks|thank you|bitte)?[\s.,;:!?]*$", "", text)
    return re.fullmatch(words, core.strip(" ,.;:!?\"'-")) is not None


def spans(words: str, text: str) -> list[Span]:
    """Where these words stand."""
    return [Span(*match.span()) for match in pattern(words).finditer(text) if match.group()]


def labelled(patterns: Mapping[Key, str], text: str) -> list[tuple[Span, Key]]:
    """Every place of a table of patterns in a text, in order; of overlapping ones the longest.

    >>> words = {"id": "identifier", "known": "quasi-identifier"}
    >>> [key for _, key in labelled(words, "a quasi-identifier")]
    ['known']
    """
    found = [(span, key) for key, words in patterns.items() for span in spans(words, text)]
    return longest(found)


def longest(found: Iterable[tuple[Span, Key]]) -> list[tuple[Span, Key]]:
    """Without those that overlap a longer one, or an equally long one that starts earlier."""
    kept: list[tuple[Span, Key]] = []
    for span, key in sorted(found, key=lambda item: (item[0].start - item[0].end, item[0].start)):
        if not any(span.overlaps(other) for other, _ in kept):
            kept.append((span, key))
    return sorted(kept, key=lambda item: item[0].start)


def negated(span: Span, text: str) -> bool:
    """Whether a negation stands shortly before a place, in the same part of the sentence.

    >>> negated(Span(8, 11), "without gan"), negated(Span(14, 17), "not this, but gan")
    (True, False)
    """
    before = _TURN.split(text[: span.start])[-1]
    return any(len(before) - found.end <= REACH for found in spans(vocabulary.NOT, before)[-1:])


def number(text: str) -> float:
    """A number as people write it: 5,000, 5 000, 5.000 and 0,5 alike.

    >>> number("5,265"), number("0,5"), number("1e-5"), number("10^-6")
    (5265.0, 0.5, 1e-05, 1e-06)
    """
    text = text.strip()
    if power := re.fullmatch(r"(?:(\d+(?:\.\d+)?) ?[*x×] ?)?10 ?(?:\^|\*\*)? ?(-\d+)", text):
        return float(f"{power[1] or 1}e{power[2]}")
    if re.fullmatch(r"[1-9]\d{0,2}(?:[ ,.]\d{3})+", text):
        return float(re.sub(r"[ ,.]", "", text))
    return float(text.replace(",", ".").replace(" ", ""))


def numbers(text: str) -> Iterator[float]:
    """The numbers of a plain text, in order."""
    return (number(match.group()) for match in re.finditer(_NUMBER, text))
