"""Whose rows are added to, and how much."""

import re
from collections.abc import Iterator, Sequence
from itertools import product

from synthcraft.chat.draft import Change
from synthcraft.chat.offline import vocabulary
from synthcraft.chat.offline.columns import Mention
from synthcraft.chat.offline.heard import NOTHING, Context, Heard, Sentence
from synthcraft.chat.offline.words import negated, plain, says, spans
from synthcraft.chat.proposals import augmented

MOST = 10_000
"""Percent that a dose can have."""
_NUMBER = r"\d+(?:\.\d+)?"
_PER = r"%|percent|per cent|prozent|pour ?cent|por ciento"
_WHY = "its small groups are to be augmented"


def groups_are(named: Sequence[Mention], sentence: Sentence, context: Context) -> Heard:
    """The columns whose groups get rows, and those of their levels that were named.

    Of several columns every combination of levels is a group.
    """
    outcome = (context.draft.get("dataset", "target"), context.draft.get("dataset", "time"))
    columns = list(dict.fromkeys(m.column for m in named if m.column not in outcome))
    kinds = {name: column.kind for name in columns if (column := context.column(name))}
    forming = [name for name in columns if kinds.get(name) == "categorical"]
    notes = tuple(
        f"{name} holds amounts; rows are added to groups, such as ethnicity or sex."
        for name in columns
        if kinds.get(name) == "numeric" and not forming
    )
    if not forming:
        return Heard(notes=notes)
    levels = {name: list(_levels(name, named, sentence.text, context)) for name in forming}
    groups = [" & ".join(found) for found in product(*levels.values())] or None
    if not groups and tuple(forming) == augmented(context.draft):
        groups = context.draft.get("augmentation", "groups")
    before = context.draft.get("dataset", "sensitive") or ()
    sensitive = list(dict.fromkeys([*before, *forming]))
    return Heard(
        (
            Change(("dataset", "sensitive"), sensitive, "said", _WHY),
            Change(("augmentation", "column"), forming, "said", _WHY),
            Change(("augmentation", "groups"), groups, "said", "the groups that you named"),
        ),
        _crossed(forming),
    )


def _crossed(columns: Sequence[str]) -> tuple[str, ...]:
    if len(columns) == 1:
        return ()
    return (f"Of {' and '.join(columns)} every combination of levels is a group.",)


def _levels(name: str, named: Sequence[Mention], text: str, context: Context) -> Iterator[str]:
    """The levels of a column that were named, by themselves or, if short, beside its name."""
    column = context.column(name)
    short = {plain(level): level for level in column.levels} if column else {}
    found = dict.fromkeys(m.level for m in named if m.column == name and m.level)
    either = "|".join(sorted(map(re.escape, short), key=len, reverse=True))
    beside = re.compile(rf"(?: is)?[\s:=]+(?:{either})(?:(?:,| and| or) (?:{either}))*(?!\w)")
    for mention in named if either else ():
        if mention.column == name and (match := beside.match(text, mention.span.end)):
            words = re.findall(rf"(?<!\w)(?:{either})(?!\w)", match.group())
            found |= dict.fromkeys(short[word] for word in words)
    yield from found


def read_doses(sentence: Sentence, context: Context) -> Heard:
    """How many rows a group gets: percents of what it has, or as many as the largest has."""
    spoken = says(rf"{vocabulary.DOSES}|{vocabulary.INSTEAD}", sentence.text)
    spoken = spoken or "augmentation" in context.asked
    if (
        not spoken
        or not augmented(context.draft)
        or says("(?:held|hold|holding)[- ]?out", sentence.text)
    ):
        return NOTHING
    equal = spans(vocabulary.EQUAL_GROUPS, sentence.text)
    if any(not negated(span, sentence.text) for span in equal):
        why = "each group as large as the largest, as you said"
        return Heard(
            (
                Change(("augmentation", "rule"), "equal", "said", why),
                Change(("augmentation", "doses"), None, "said"),
            )
        )
    folds = (dose for words, dose in vocabulary.FOLDS.items() if says(words, sentence.text))
    doses = sorted(
        {_whole(dose) for dose in (*_percents(sentence.text), *folds) if 0 < dose <= MOST}
    )
    if not doses:
        return NOTHING
    why = "the doses that you named, in percent of a group's rows"
    return Heard((Change(("augmentation", "doses"), doses, "said", why),))


def _whole(dose: float) -> float:
    """The same number, written as people do."""
    return int(dose) if float(dose).is_integer() else dose


def _percents(text: str) -> Iterator[float]:
    """The numbers of a list that ends in "percent"."""
    listed = rf"(?:{_NUMBER} ?(?:{_PER})?(?:, ?| and | or |, and ))*{_NUMBER} ?(?:{_PER})"
    for match in re.finditer(listed, text):
        yield from map(float, re.findall(_NUMBER, match.group()))
