"""Which columns of the table a sentence means: by name, label, level, synonym or close spelling."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from synthcraft.chat.offline import vocabulary
from synthcraft.chat.offline.words import Span, longest, plain, spans
from synthcraft.data.profile import ColumnProfile, Profile

SHORTEST_LEVEL = 4
SHORTEST_NAME = 3
CLOSE = 0.8
MOST_WORDS = 4
_QUOTED = re.compile(r"[\"'`«]([^\"'`»]{1,60})[\"'`»]")
_BETWEEN = re.compile(r"\s*(?:[,;:/&]|\b(?:and|or|are|is|und|oder|et|ou|y|plus)\b)\s*")
_FILLER = re.compile(
    r"\b(?:the|a|an|my|our|its|is|are|it|column|columns|variable|called|named|say|well|maybe|perhaps"
    r"|probably|i think|i guess|would be|please|die|der|das|la|le|les|el|los|las)\b"
)
_NAME_LIKE = re.compile(r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b")


@dataclass(frozen=True)
class Mention:
    """A column that a sentence means; ``level`` where one of its levels was named."""

    span: Span
    column: str
    level: str = ""
    close: str = ""
    """What was written, where that is only close to a name."""
    ordinary: bool = False
    """Whether the name is an ordinary word, so that it may not be meant."""


@dataclass(frozen=True)
class Lexicon:
    """What each column is called, in plain text."""

    names: Mapping[str, tuple[str, ...]]
    levels: Mapping[str, tuple[tuple[str, str], ...]]


def lexicon(profile: Profile) -> Lexicon:
    """Names, words of labels and synonyms of the columns; levels that are words of their own.

    >>> mi = ColumnProfile("heart_attack", "categorical", levels=("No", "Yes"))
    >>> lexicon(Profile(100, (mi,))).names["myocardial infarction"]
    ('heart_attack',)
    """
    own: dict[str, set[str]] = {}
    other: dict[str, set[str]] = {}
    levels: dict[str, set[tuple[str, str]]] = {}
    for column in profile.columns:
        for name in _own_names(column):
            own.setdefault(name, set()).add(column.name)
        for name in _other_names(column):
            other.setdefault(name, set()).add(column.name)
        for level in column.levels:
            for word in _level_words(level):
                levels.setdefault(word, set()).add((column.name, level))
    # A name of its own wins over what another column's label or a synonym says.
    names = {**other, **own}
    return Lexicon(
        {name: tuple(sorted(found)) for name, found in names.items() if name},
        {word: tuple(sorted(found)) for word, found in levels.items() if word not in names},
    )


def _own_names(column: ColumnProfile) -> set[str]:
    return {plain(column.name), words_of(column.name)}


def words_of(name: str) -> str:
    """The words of a name, apart.

    >>> words_of("HeartAttack"), words_of("total_chol"), words_of("DIQ010")
    ('heart attack', 'total chol', 'diq010')
    """
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return " ".join(re.findall(r"[^\W_]+", plain(apart)))


def _other_names(column: ColumnProfile) -> set[str]:
    label = re.sub(r"\(.*?\)", "", plain(column.label)).strip()
    told = re.sub(vocabulary.LABEL_OPENING, "", re.split(r"[,;:]", label)[0]).strip()
    known = {words_of(column.name), plain(column.name), label, told}
    alike = {term for group in vocabulary.SYNONYMS if known & set(group) for term in group}
    words = set(words_of(column.name).split())
    inside = {
        term
        for group in vocabulary.SYNONYMS
        if any(_is_inside(name, words) for name in group)
        for term in group
    }
    return ({label, told} | alike | inside) - {""}


def _is_inside(name: str, words: set[str]) -> bool:
    """Whether a term's words are all among a name's: "dead" among those of ``dead_90d``."""
    return len(name) > 2 and set(name.split()) <= words and name not in vocabulary.TOO_COMMON


def _level_words(level: str) -> Iterator[str]:
    word = plain(level)
    if len(word) < SHORTEST_LEVEL or not re.search(r"[a-z]", word):
        return
    yield word
    # "Non-Hispanic Asian" is also called Asian; its last word alone says most.
    last = word.split()[-1]
    if len(last) >= SHORTEST_LEVEL and last != word:
        yield last


def mentions(text: str, known: Lexicon) -> list[Mention]:
    """The columns that a plain text means, in order; of overlapping ones the longest."""
    found = []
    for name, columns in known.names.items():
        for span in _places(name, text):
            ordinary = name in vocabulary.COMMON_WORDS and not _is_quoted(span, text)
            found += [(span, Mention(span, column, ordinary=ordinary)) for column in columns]
    for word, pairs in known.levels.items():
        for span in _places(word, text):
            found += [(span, Mention(span, column, level=level)) for column, level in pairs]
    return _longest(found)


def _places(name: str, text: str) -> list[Span]:
    if name.split()[0] not in text:
        return []
    ending = "" if name[-1:].isdigit() or len(name) < 4 else "(?:e?s)?"
    return spans(re.escape(name).replace(r"\ ", "[ _-]") + ending, text)


def _is_quoted(span: Span, text: str) -> bool:
    return text[span.start - 1 : span.start] in ("'", '"', "`", "«") and span.start > 0


def _longest(found: list[tuple[Span, Mention]]) -> list[Mention]:
    keys = {str(place): mention for place, (_, mention) in enumerate(found)}
    by_span: dict[Span, list[str]] = {}
    for place, (span, _) in enumerate(found):
        by_span.setdefault(span, []).append(str(place))
    kept = longest((span, str(index)) for index, span in enumerate(by_span))
    groups = list(by_span.values())
    return [keys[key] for _, index in kept for key in groups[int(index)]]


def closest(phrase: str, known: Lexicon) -> tuple[str, ...]:
    """The columns whose name is nearest to a phrase in spelling; none where none is near.

    >>> education = ColumnProfile("education", "categorical")
    >>> closest("her eductaion", lexicon(Profile(100, (education,))))
    ('education',)
    """
    return _closest(phrase, known)[1]


def _closest(phrase: str, known: Lexicon) -> tuple[str, tuple[str, ...]]:
    """The words of a phrase that are nearest to a name, and the columns of that name."""
    names = [name for name in known.names if len(name) >= SHORTEST_NAME]
    for size in (len(phrase.split()), 3, 2, 1):
        for words in _runs(phrase.split(), size):
            if len(words) <= SHORTEST_NAME or words in vocabulary.COMMON_WORDS:
                continue
            if near := get_close_matches(words, names, n=1, cutoff=CLOSE):
                return words, known.names[near[0]]
    return "", ()


def _runs(words: list[str], size: int) -> Iterable[str]:
    return (" ".join(words[i : i + size]) for i in range(len(words) - size + 1))


def name_like(text: str) -> list[tuple[Span, str]]:
    """What looks like a column's name: words joined by underscores, or in quotation marks."""
    joined = [(Span(*m.span()), m.group()) for m in _NAME_LIKE.finditer(text)]
    quoted = [(Span(*m.span(1)), m.group(1)) for m in _QUOTED.finditer(text)]
    return longest(joined + [(s, w) for s, w in quoted if len(w.split()) <= MOST_WORDS])


def with_close(text: str, named: Sequence[Mention], known: Lexicon) -> list[Mention]:
    """The columns that a list names, and those whose names are only nearly spelled right."""
    found = list(named)
    for span, words in _listed(text):
        if any(span.overlaps(mention.span) for mention in named):
            continue
        near, columns = _closest(words, known)
        start = max(text.find(near, span.start), span.start)
        place = Span(start, start + len(near))
        found += [Mention(place, column, close=near) for column in columns[:1]]
    return sorted(found, key=lambda mention: mention.span.start)


def _listed(text: str) -> list[tuple[Span, str]]:
    """The short parts of a list, without what surrounds a name."""
    parts, start = list[tuple[Span, str]](), 0
    for match in [*_BETWEEN.finditer(text), None]:
        end = match.start() if match else len(text)
        words = " ".join(_FILLER.sub(" ", text[start:end].strip(" .!?\"'")).split())
        if 0 < len(words.split()) <= MOST_WORDS:
            parts.append((Span(start, end), words))
        start = match.end() if match else end
    return parts
