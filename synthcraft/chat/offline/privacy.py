"""Differential privacy: whether it is wanted, at which epsilon and delta, of how many rows."""

import re
from collections.abc import Iterable
from typing import Any

from synthcraft import shipped
from synthcraft.catalogue import GENERATORS
from synthcraft.chat.draft import Change
from synthcraft.chat.offline import vocabulary
from synthcraft.chat.offline.heard import NOTHING, Context, Heard, Sentence
from synthcraft.chat.offline.purpose import purpose_is
from synthcraft.chat.offline.words import negated, number, numbers, says, spans

_VALUE = r"\d+(?:[.,]\d+)?(?:e-?\d+)?"
_EPSILON = re.compile(
    rf"(?:epsilons?|\beps\b|ε)\W{{0,3}}(?:(?:values?|of|is|are|at|be|to|around|about|from|between"
    rf"|von|de|bei|gleich|=|:|not|should|must|below|above|under)\W+){{0,4}}"
    rf"({_VALUE}(?:(?:\s*,\s+|\s*/\s*|,? and |,? or | to | und | et | y )\W*{_VALUE})*)"
)
_DELTA = re.compile(
    r"(?:delta|δ)\W{0,3}(?:(?:of|is|at|be|to|von|de|=|:|below|under)\W+){0,3}"
    rf"((?:\d+(?:\.\d+)? ?[*x×] ?)?10 ?(?:\^|\*\*)? ?-\d+|{_VALUE})"
)
_ROWS = re.compile(
    rf"(\d{{1,3}}(?:[ ,.]\d{{3}})+|\d+(?:\.\d+)? ?k|\d+)\s+(?:\w+\s+){{0,2}}?"
    rf"(?:{vocabulary.PEOPLE})\b"
    rf"|\b(?:rows|{vocabulary.PEOPLE})\b\W+(?:is |are |= ?|: ?)?(\d{{1,3}}(?:[ ,.]\d{{3}})+|\d+)"
)
FEWEST_ROWS = 50
LARGEST_EPSILON = 1000
WEAK_EPSILON = 10


def read_privacy(sentence: Sentence, context: Context) -> Heard:
    """Differential privacy: wanted or not, ε, δ and the public number of rows."""
    text = sentence.text
    if is_declined(text):
        return no_privacy(context)
    wanted = says(vocabulary.PRIVACY, text)
    heard = epsilons_are(epsilons_in(text)) + _delta(text) + _rows(sentence, context)
    if heard.changes and "privacy" in context.asked and not epsilons_in(text):
        heard += epsilons_are(bare_epsilons(_ROWS.sub(" ", text)))
    if wanted and not heard.changes and context.draft.get("privacy") is None:
        heard += epsilons_are([1.0], how="default", why="a common, strict epsilon")
    if heard.changes and says(vocabulary.EXACT, text):
        heard += Heard(notes=(EXACT_TOLD,))
    return heard


def is_declined(text: str) -> bool:
    """Whether a plain text says no to differential privacy.

    >>> is_declined("no dp, please"), is_declined("epsilon 1, and arf without dp to compare")
    (True, False)
    """
    told = spans(vocabulary.PRIVACY, text)
    return bool(told) and all(negated(span, text) for span in told) and not epsilons_in(text)


EXACT_TOLD = (
    "Differential privacy adds noise: no number can be both exact and covered by epsilon. The "
    "smaller epsilon, the further numbers may be off; the report shows by how much."
)


def epsilons_in(text: str) -> list[float]:
    """The values of ε that a plain text states.

    >>> epsilons_in("epsilon of 0.5, 1 and 3"), epsilons_in("ε = 1"), epsilons_in("epsilon 0,5")
    ([0.5, 1.0, 3.0], [1.0], [0.5])
    """
    match = _EPSILON.search(re.sub(r"total epsilon", "total", text))
    return list(dict.fromkeys(numbers(match[1]))) if match else []


def bare_epsilons(text: str) -> list[float]:
    """Numbers that can only be meant as epsilon where it was asked for.

    >>> bare_epsilons("yes, 2 and 5000")
    [2.0]
    """
    return [value for value in numbers(text) if 0 < value < FEWEST_ROWS]


def epsilons_are(values: Iterable[float], *, how: Any = "said", why: str = "stated") -> Heard:
    """The setting of these values of ε; those out of range are told, not set."""
    values = list(values)
    good = [value for value in values if 0 < value <= LARGEST_EPSILON]
    notes = [
        f"Epsilon must lie above 0 and at most {LARGEST_EPSILON:,}; I left out {value:g}."
        for value in values
        if value not in good
    ]
    if any(value > WEAK_EPSILON for value in good):
        notes.append(
            "An epsilon above 10 promises little: the odds may change by a factor of more "
            "than 22,000."
        )
    changes = (Change(("privacy", "epsilons"), good, how, why),) if good else ()
    return Heard(changes, tuple(notes))


def _delta(text: str) -> Heard:
    match = _DELTA.search(text)
    if not match:
        return NOTHING
    value = number(match[1])
    if not 0 < value < 1:
        return Heard(notes=(f"Delta is a chance between 0 and 1; I left out {value:g}.",))
    return Heard((Change(("privacy", "delta"), value, "said", "stated"),))


def _rows(sentence: Sentence, context: Context) -> Heard:
    """The public number of rows: only where it is said to be public, or was asked for."""
    found = rows_in(sentence.text)
    if found is None:
        return NOTHING
    wanted = context.draft.get("privacy") is not None or says(vocabulary.PRIVACY, sentence.text)
    if says(vocabulary.PUBLIC, sentence.text) or "privacy" in context.asked:
        return rows_are(found)
    if wanted and found == rounded(found):
        note = f"I take {found:,} as the number of rows that may be public; say so if it may not."
        return rows_are(found) + Heard(notes=(note,))
    return NOTHING


def rounded(count: int) -> int:
    """A number with its two leading digits.

    >>> rounded(5265), rounded(1800)
    (5300, 1800)
    """
    digits = len(str(count)) - 2
    return round(count, -digits) if digits > 0 else count


def rows_in(text: str) -> int | None:
    """A number of people or rows that a plain text states.

    >>> rows_in("about 5,000 patients may be told"), rows_in("rows: 900"), rows_in("12 months")
    (5000, 900, None)
    """
    for match in _ROWS.finditer(text):
        told = match[1] or match[2]
        value = number(told[:-1].strip()) * 1000 if told.endswith("k") else number(told)
        if value >= FEWEST_ROWS:
            return round(value)
    return None


def rows_are(value: int) -> Heard:
    """The public number of rows."""
    why = "the number that you say may be public"
    return Heard((Change(("privacy", "rows"), value, "said", why),))


def no_privacy(context: Context) -> Heard:
    """No formal guarantee: its terms go, and so do the generators that need them."""
    changes = []
    if context.draft.get("privacy") is not None:
        changes.append(Change(("privacy",), None, "said"))
    private = {card.name for card in GENERATORS if card.dp != "none"}
    for label, generator in (context.draft.get("generators") or {}).items():
        if generator.get("plugin") in private:
            changes.append(Change(("generators", label), None, "said"))
    release = shipped.option("objective", "dp_release")
    if context.draft.get("objective", "use") == release["use"]:
        changes += purpose_is("data_access", context).changes
    return Heard(
        tuple(changes),
        (
            "No differential privacy, then: risks are measured by attacks, "
            "which can refute safety but not prove it.",
        ),
        frozenset({"privacy"}),
    )
