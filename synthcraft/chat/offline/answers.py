"""Plain answers to the question that was just asked: a name, a number, yes, no, or don't know."""

import re
from collections.abc import Callable

from synthcraft.chat.draft import Change
from synthcraft.chat.offline import vocabulary
from synthcraft.chat.offline.ask import proposed
from synthcraft.chat.offline.augmentation import groups_are
from synthcraft.chat.offline.columns import Mention, with_close
from synthcraft.chat.offline.heard import NOTHING, Context, Heard, Sentence
from synthcraft.chat.offline.parts import (
    LISTS,
    Role,
    list_of,
    target_is,
    tells_persons,
    told_columns,
)
from synthcraft.chat.offline.plan import pace_is, seconds_are
from synthcraft.chat.offline.privacy import (
    FEWEST_ROWS,
    bare_epsilons,
    epsilons_are,
    no_privacy,
    rows_are,
    rows_in,
)
from synthcraft.chat.offline.purpose import question_is
from synthcraft.chat.offline.vocabulary import Part
from synthcraft.chat.offline.words import is_only, numbers, plain, says


def read_answer(sentence: Sentence, context: Context) -> Heard:
    """What a sentence means as the answer to the questions that are open."""
    for words, answer in (
        (vocabulary.UNKNOWN, leave),
        (vocabulary.YES, agree),
        (vocabulary.NO, deny),
    ):
        if context.asked and is_only(words, sentence.text):
            return sum((answer(slot, context) for slot in context.asked), NOTHING)
    # Any sentence may be a study's question: it is that only if it answers nothing else.
    slots = sorted(context.asked, key=lambda slot: slot == "question")
    found = [ANSWERS[slot](sentence, context) for slot in slots]
    settling = (heard for heard in found if heard.changes or heard.answers)
    return next(settling, None) or next((heard for heard in found if heard), NOTHING)


def leave(slot: str, context: Context) -> Heard:
    """ "I don't know": what is proposed, with its reason."""
    changes = proposed(slot, context.draft, context.data)
    if slot == "data":
        return Heard(
            notes=(
                "Without a table there is no study: name a file, or one of the built-in tables.",
            )
        )
    if slot == "outcome":
        return _left_outcome(changes, context)
    if slot == "privacy" and not context.draft.get("privacy"):
        changes = tuple(c for c in changes if c.path[0] == "privacy")
    told = dict.fromkeys(
        f"{_TAKEN[slot]}: {change.why}." for change in changes if change.why and _is_told(change)
    )
    return Heard(changes, tuple(told)[:2], frozenset({slot}))


def _is_told(change: Change) -> bool:
    small = len(change.path) > 2 or change.path[-1].startswith("trial")
    return not small and change.path not in (("name",), ("version",), ("question",))


_TAKEN = {
    "question": "The question",
    "person": "The person's column",
    "sensitive": "The sensitive columns",
    "known": "What outsiders may know",
    "purpose": "The purpose",
    "privacy": "Differential privacy",
    "generators": "The generators",
    "measures": "What is measured",
    "augmentation": "The groups",
    "budget": "How long it may take",
}


def _left_outcome(changes: tuple[Change, ...], context: Context) -> Heard:
    if context.draft.get("dataset", "task") == "survival":
        why = "without a follow-up time only whether it happened can be predicted"
        back = (Change(("dataset", "task"), "classification", "proposed", why),)
        return Heard(back, (f"Then I take it as classification: {why}.",), frozenset({"outcome"}))
    target = next((c for c in changes if c.path == ("dataset", "target")), None)
    if target is None:
        return Heard(notes=(f"One column must be the outcome. {told_columns(context)}",))
    return Heard(changes, (f"I take {target.value}: {target.why}.",), frozenset({"outcome"}))


def agree(slot: str, context: Context) -> Heard:
    """ "Yes": what was offered with the question."""
    if slot == "privacy":
        return epsilons_are([1.0], how="default", why="a common, strict epsilon")
    if slot in ("purpose", "measures", "data"):
        return NOTHING  # these ask for a choice: yes does not say which
    return leave(slot, context)


def deny(slot: str, context: Context) -> Heard:
    """ "No": none of it, where none is an answer."""
    if slot == "privacy":
        return no_privacy(context)
    if slot in ("sensitive", "known"):
        setting = LISTS["sensitive" if slot == "sensitive" else "known"]
        return Heard((Change(("dataset", setting), [], "said", "you said that there is none"),))
    if slot == "augmentation":
        why = "no group gets rows"
        gone = (Change((block,), None, "said", why) for block in ("augmentation", "objective"))
        return Heard(tuple(gone))
    if slot in ("measures", "person"):
        return Heard(answers=frozenset({slot}))
    return NOTHING


def _question(sentence: Sentence, context: Context) -> Heard:  # noqa: ARG001
    return question_is(sentence.original) if len(sentence.text.split()) > 2 else NOTHING


def _data(sentence: Sentence, context: Context) -> Heard:  # noqa: ARG001
    return NOTHING


def _person(sentence: Sentence, context: Context) -> Heard:
    named = [m for m in _named(sentence, context) if tells_persons(m.column, context)]
    if named and not is_only(vocabulary.COMMON_ANSWERS, sentence.text):
        why = "what tells persons apart"
        return Heard((Change(("dataset", "id"), named[0].column, "said", why),))
    if says(
        r"one row|each row|a row|per (?:person|patient)|persons?|patients?|people|samples?|visits?"
        r"|women|men|adults?|child\w*|tumou?rs?|once|eine person|une personne|una persona",
        sentence.text,
    ):
        return Heard(answers=frozenset({"person"}))
    return NOTHING


def _outcome(sentence: Sentence, context: Context) -> Heard:
    target = context.column(str(context.draft.get("dataset", "target")))
    if target:
        level = next((x for x in target.levels if plain(x) == sentence.text.strip(" .!\"'")), None)
        if level is not None:
            why = "the value that says that it happened"
            return Heard((Change(("dataset", "positive"), level, "said", why),))
    if _lacks_time(sentence, context):
        return leave("outcome", context)
    times = [m for m in _named(sentence, context) if _is_time(m, context)]
    if target and context.draft.get("dataset", "task") == "survival" and times:
        why = "named as the follow-up time"
        return Heard((Change(("dataset", "time"), times[0].column, "said", why),))
    named = list(dict.fromkeys(m.column for m in _named(sentence, context)))
    if len(named) > 1:
        return Heard(notes=(f"Only one outcome can be predicted: which of {', '.join(named)}?",))
    if named:
        return target_is(named[0], sentence, context, level=_named(sentence, context)[0].level)
    if context.data and len(sentence.text.split()) <= 6:
        return Heard(
            notes=(f"I find no column for «{sentence.original}». {told_columns(context)}",)
        )
    return NOTHING


def _lacks_time(sentence: Sentence, context: Context) -> bool:
    """Whether the answer is that there is no follow-up time."""
    timeless = context.draft.get("dataset", "time") is None
    survival = context.draft.get("dataset", "task") == "survival"
    return survival and timeless and says(rf"{vocabulary.NOTHING}|no|not|nicht|pas", sentence.text)


def _is_time(mention: Mention, context: Context) -> bool:
    column = context.column(mention.column)
    return column is not None and column.kind == "numeric"


def _list(part: Part) -> Callable[[Sentence, Context], Heard]:
    def read(sentence: Sentence, context: Context) -> Heard:
        if is_only(rf"{vocabulary.NOTHING}.*", sentence.text):
            return deny(part, context)
        roles = [Role(part, mention) for mention in _named(sentence, context)]
        heard = list_of(LISTS[part], roles, sentence, context)
        close = tuple(
            f"I read «{r.mention.close}» as {r.mention.column}." for r in roles if r.mention.close
        )
        return heard + Heard(notes=close) if heard else NOTHING

    return read


def _named(sentence: Sentence, context: Context) -> list[Mention]:
    """The columns of a plain list, those nearly spelled right too."""
    return with_close(sentence.text, sentence.mentions, context.known)


def _purpose(sentence: Sentence, context: Context) -> Heard:  # noqa: ARG001
    return NOTHING


def _privacy(sentence: Sentence, context: Context) -> Heard:
    if (rows := rows_in(sentence.text)) is not None:
        return rows_are(rows)
    if re.match(r"(?:no|nein|non|nope)\b", sentence.text):
        return no_privacy(context)
    found = list(numbers(sentence.text)) if len(sentence.text.split()) <= 6 else []
    rows_found = [round(value) for value in found if value >= FEWEST_ROWS]
    if rows_found and context.draft.get("privacy") is not None:
        return rows_are(rows_found[0])
    if found and (small := bare_epsilons(sentence.text)):
        return epsilons_are(small)
    if re.match(r"(?:yes|ja|oui|si)\b", sentence.text):
        return agree("privacy", context)
    return NOTHING


def _generators(sentence: Sentence, context: Context) -> Heard:
    if says(vocabulary.DEFAULTS, sentence.text):
        return leave("generators", context)
    return NOTHING


def _measures(sentence: Sentence, context: Context) -> Heard:  # noqa: ARG001
    usual = says(vocabulary.DEFAULTS, sentence.text)
    no = re.match(r"(?:no|none|nothing|nein|non)\b", sentence.text)
    return Heard(answers=frozenset({"measures"})) if usual or no else NOTHING


def _augmentation(sentence: Sentence, context: Context) -> Heard:
    return groups_are(_named(sentence, context), sentence, context)


def _budget(sentence: Sentence, context: Context) -> Heard:  # noqa: ARG001
    if says(vocabulary.DEFAULTS, sentence.text):
        return pace_is("standard")
    bare = list(numbers(sentence.text))
    if len(bare) == 1 and len(sentence.text.split()) == 1:
        return seconds_are(bare[0] * 60) + Heard(notes=("I take that as minutes.",))
    return NOTHING


ANSWERS: dict[str, Callable[[Sentence, Context], Heard]] = {
    "question": _question,
    "data": _data,
    "person": _person,
    "outcome": _outcome,
    "sensitive": _list("sensitive"),
    "known": _list("known"),
    "purpose": _purpose,
    "privacy": _privacy,
    "generators": _generators,
    "measures": _measures,
    "augmentation": _augmentation,
    "budget": _budget,
}
