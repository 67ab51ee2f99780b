"""How long it may take, how often it is repeated, and other plain settings."""

import re

from synthcraft import shipped
from synthcraft.chat.draft import Change
from synthcraft.chat.offline import vocabulary
from synthcraft.chat.offline.heard import NOTHING, Context, Heard, Sentence
from synthcraft.chat.offline.words import negated, number, says, spans


def read_budget(sentence: Sentence, context: Context) -> Heard:
    """A limit of time, or a pace: quick, standard, for print."""
    seconds = seconds_in(sentence.text, context)
    if seconds is not None:
        return seconds_are(seconds)
    asked = "budget" in context.asked
    for name, words in vocabulary.PACES.items():
        if _paces(name, sentence.text) or (asked and says(words, sentence.text)):
            return pace_is(name)
    return NOTHING


def _paces(name: str, text: str) -> bool:
    """Whether a word of haste or care is about the study where no one asked for it."""
    if says("|".join(vocabulary.WISHES), text):
        return False
    unmistakable = {
        "quick": r"quick(?:ly)?(?: look| check| one| test| try| run)|a first look|just a look"
        r"|^quick(?=[.!,]|$)|(?<=, )quick(?=[.!,]|$)"
        r"|kurz\w*|as fast as possible|coup d'oeil|vistazo|be quick|quickly",
        "paper": vocabulary.PACES["paper"],
        "standard": r"standard study|normal study",
    }
    return says(unmistakable[name], text)


def seconds_in(text: str, context: Context) -> float | None:
    """The time that a sentence gives the study, in seconds.

    >>> from synthcraft.chat.draft import Draft
    >>> from synthcraft.chat.offline.columns import Lexicon
    >>> now = Context(Draft(), None, Lexicon({}, {}))
    >>> seconds_in("it may take ten minutes", now), seconds_in("30 days mortality", now)
    (600.0, None)
    """
    for words, occasion in vocabulary.OCCASIONS.items():
        if says(words, text):
            return float(occasion)
    amounts = "|".join(sorted(vocabulary.AMOUNTS, key=len, reverse=True))
    for words, unit in vocabulary.SECONDS.items():
        # "two hours and a half" is rare; "an hour and a half" and "1.5 h" are read.
        form = rf"\b(\d+(?:[.,]\d+)?|{amounts})[ -]?(?:{words})\b(?P<half> and a half)?"
        for match in re.finditer(form, text):
            told = match[1]
            amount = vocabulary.AMOUNTS.get(told) or number(told)
            if _is_spent(match, text, unit, context):
                return float(amount + (0.5 if match["half"] else 0)) * unit
    return None


def _is_spent(match: re.Match[str], text: str, unit: int, context: Context) -> bool:
    """Whether a time is what the study may take, not what a column or an outcome is about."""
    if match.group().strip() == text.strip(" .!,") or "budget" in context.asked:
        return True
    about = says("|".join((vocabulary.CUES["outcome"], vocabulary.CUES["time"])), text)
    return unit < 86_400 and not about and not says(vocabulary.CLINICAL_TIME, text)


def seconds_are(seconds: float) -> Heard:
    """A limit of time, within which a selector chooses what is trained."""
    why = "the time that you give it"
    told = (
        f"I take {_told_time(seconds)} for choosing among the generators; a selector then trains "
        "next what promises most. The final judgement on the holdout comes on top."
    )
    return Heard(
        (
            Change(("budget", "seconds"), seconds, "said", why),
            Change(("selector", "plugin"), "kg", "proposed", "it chooses within a limit of time"),
        ),
        (told,),
    )


def _told_time(seconds: float) -> str:
    for unit, name in ((3600, "hours"), (60, "minutes"), (1, "seconds")):
        if seconds >= 2 * unit or unit == 1:
            return f"{seconds / unit:g} {name}"
    return f"{seconds:g} seconds"


def pace_is(name: str) -> Heard:
    """The design and limits of a preset; a limit of time that stood before goes."""
    why = f"the preset {name}, for how long it may take"
    changes = [
        *(Change(("design", k), v, "said", why) for k, v in shipped.option("design", name).items()),
        *(Change(("budget", k), v, "said", why) for k, v in shipped.option("budget", name).items()),
    ]
    return Heard((Change(("budget", "seconds"), None, "said"), *changes))


def read_settings(sentence: Sentence, context: Context) -> Heard:
    """Plain settings: splits, seeds, what happens to missing values, samples to keep, the GPU."""
    text, changes, notes = sentence.text, list[Change](), list[str]()
    private = context.draft.get("privacy") is not None or says(vocabulary.PRIVACY, text)
    for words, (path, factor) in vocabulary.NUMBERS.items():
        if path[0] == "privacy" and not private and re.search(words, text):
            notes.append("How many rows of a person count matters for differential privacy alone.")
            continue
        if match := re.search(words, text):
            told = next(group for group in match.groups() if group)
            value = (vocabulary.AMOUNTS.get(told) or number(told)) * factor
            whole = factor == 1 and value.is_integer()
            changes.append(Change(path, int(value) if whole else round(value, 6), "said", "stated"))
    for policy, words in vocabulary.MISSING.items():
        if says(words, text):
            changes.append(Change(("dataset", "missing"), policy, "said", "stated"))
    kept = spans(vocabulary.SAMPLES, text)
    if kept and not any(negated(span, text) for span in kept):
        why = "you asked to keep them"
        changes.append(Change(("outputs", "samples"), value=True, how="said", why=why))
    if re.search(vocabulary.GPU, text):
        changes.append(Change(("execution", "device"), "cuda", "said", "you have one"))
        changes.append(Change(("execution", "workers"), 1, "said", "one at a time on a GPU"))
    return Heard(tuple(changes), tuple(notes))
