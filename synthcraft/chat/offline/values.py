"""What a sentence says of a column's values: its possible range, and the level that counts."""

import re
from itertools import zip_longest

from synthcraft.chat.draft import Change
from synthcraft.chat.offline import vocabulary
from synthcraft.chat.offline.heard import NOTHING, Context, Heard, Sentence
from synthcraft.chat.offline.words import number, plain
from synthcraft.chat.proposals import is_private
from synthcraft.data.profile import ColumnProfile

_NUMBER = r"-?\d+(?:[.,]\d+)?"
_FROM = r"(?:from|between|ranges?|=|:|in|is|lies|runs?|von|zwischen|de|entre)"
_ENDS = rf"({_NUMBER}) ?(?:\w+ )??(?:to|and|-|bis|und|a|et|y) ?({_NUMBER})"
_RANGE = re.compile(rf"\W*(?:[a-z]+ ){{0,4}}?{_FROM}\W*(?:from |between )?{_ENDS}")
_NEXT_TO = re.compile(rf"\W*{_ENDS}")
_LIST = re.compile(r"\s*(?:[,/|]|\b(?:or|and|oder|und|ou|et|o|y)\b)\s*")
_MEANS = r"means|is|=|:|stands for|for|counts as|bedeutet|heisst|ist|significa|es|est"
_IS = r"is|=|:|was|level|value|ist|es|est"


def read_ranges(sentence: Sentence, context: Context) -> Heard:
    """Possible values of numeric columns: "age runs from 18 to 100"."""
    changes = []
    places = [m.span for m in sentence.mentions]
    for mention in sentence.mentions:
        column = context.column(mention.column)
        if column is None or column.kind != "numeric":
            continue
        after = [span.start for span in places if span.start >= mention.span.end]
        end = min(after, default=len(sentence.text))
        form = _NEXT_TO if is_private(context.draft) else _RANGE
        match = _RANGE.match(sentence.text[:end], mention.span.end)
        match = match or (form.match(sentence.text[:end], mention.span.end))
        if match and number(match[1]) < number(match[2]):
            place = ("dataset", "columns", column.name)
            why = "the possible values that you stated"
            changes += [
                Change((*place, "low"), number(match[1]), "said", why),
                Change((*place, "high"), number(match[2]), "said", why),
            ]
    return Heard(tuple(changes))


def read_levels(sentence: Sentence, context: Context) -> Heard:
    """Possible values of categories, told as a list of them: "sex: female or male"."""
    changes = []
    columns = [m for m in sentence.mentions if not m.level]
    for mention, after in zip_longest(columns, columns[1:]):
        column = context.column(mention.column)
        rest = sentence.text[mention.span.end : after.span.start if after else None]
        if column is None or column.kind != "categorical" or not is_private(context.draft):
            continue  # a domain matters to private generators alone
        said = [_core(part) for part in _LIST.split(re.split(r"[;.]", rest)[0])]
        levels = [level for level in column.levels if plain(level) in said]
        if len(levels) > 1 and len(levels) == len([part for part in said if part]):
            why = "the possible values that you stated"
            place = ("dataset", "columns", column.name, "levels")
            changes.append(Change(place, levels, "said", why))
    return Heard(tuple(changes))


def _core(part: str) -> str:
    return re.sub(
        r"^(?:is|are|=|:|either|can be|ist|est|es|\s)+|[\s.,;()'\"]+$", "", part.strip(" (:")
    )


def read_event(sentence: Sentence, context: Context) -> Heard:
    """The level of the outcome that counts as the event: "1 means died", "positive is yes"."""
    column = context.column(str(context.draft.get("dataset", "target")))
    if column is None or column.kind != "categorical":
        return NOTHING
    level = _event_level(sentence.text, column)
    if level is None:
        return NOTHING
    why = "the value that you say means that it happened"
    return Heard((Change(("dataset", "positive"), level, "said", why),))


def _event_level(text: str, column: ColumnProfile) -> str | None:
    """The one level that a sentence ties to the event; none where it names several or no one."""
    found = []
    for level in column.levels:
        word = rf"[\"'`(]?(?<![\w.]){re.escape(plain(level))}(?!\w|\.\d)[\"'`)]?"
        means = rf"{word} ?(?:{_MEANS}) (?:an? |the |that )?(?:\w+ ){{0,3}}?"
        happened = rf"{means}(?:{vocabulary.HAPPENED})"
        named = rf"(?:{vocabulary.HAPPENED})(?: \w+){{0,3}}? ?(?:{_IS}) ?{word}"
        if re.search(rf"\b{named}", text) or re.search(rf"{happened}\b", text):
            found.append(level)
    return found[0] if len(found) == 1 else None
