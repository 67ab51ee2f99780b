"""What is answered when the researcher asks: what a word means, why, and what there is."""

import re

from synthcraft.catalogue import DATASETS, GENERATORS, METRICS
from synthcraft.chat.offline import vocabulary
from synthcraft.chat.offline.generators import card_of
from synthcraft.chat.offline.heard import NOTHING, Context, Heard, Sentence
from synthcraft.chat.offline.parts import told_columns
from synthcraft.chat.offline.words import labelled, says
from synthcraft.chat.slots import SLOTS
from synthcraft.data.profile import ColumnProfile

LONGEST_QUESTION = 10
"""Words of a question about a word; a longer one that names columns says more."""


def read_meaning(sentence: Sentence, context: Context) -> Heard:
    """Answers to a question about a word, a column, a generator, or the last question.

    >>> from synthcraft.chat.draft import Draft
    >>> from synthcraft.chat.offline.columns import Lexicon
    >>> none = Lexicon({}, {})
    >>> heard = read_meaning(Sentence("What is delta?", none), Context(Draft(), None, none))
    >>> heard.notes[0][:23]
    'Delta is the small chan'
    """
    short = len(sentence.text.split()) <= LONGEST_QUESTION
    for kind, words in vocabulary.ASKS_LIST.items():
        # With a column in it, it is a study's question: which generator keeps what predicts …
        if short and not sentence.mentions and re.match(words, sentence.text):
            return Heard(notes=(_list_of(kind, context),))
    for words, told in vocabulary.COMMON_QUESTIONS.items():
        if sentence.text.endswith("?") and re.search(words, sentence.text):
            return Heard(notes=(told,))
    if re.search(vocabulary.ASKS_WHY, sentence.text):
        return Heard(notes=_why(sentence, context))
    if (not short and sentence.mentions) or not re.search(vocabulary.ASKS_MEANING, sentence.text):
        return NOTHING
    return Heard(notes=_meanings(sentence, context))


def _meanings(sentence: Sentence, context: Context) -> tuple[str, ...]:
    text = sentence.text
    found = [_generator(name) for _, name in labelled(vocabulary.ALIASES, text)]
    if re.search(r"\bAIM\b", sentence.original):
        found.append(_generator("aim"))
    found += [
        f"{card.name}: {card.summary}"
        for card in METRICS
        if card.name != "utility" and says(re.escape(card.name).replace("_", "[ _-]"), text)
    ]
    found += [told for words, told in vocabulary.GLOSSARY.items() if re.search(words, text)][:2]
    if not found:
        columns = [context.column(m.column) for m in sentence.mentions]
        found += [told_column(column) for column in columns if column]
    if not found and re.search(r"\b(?:that|this|it|you mean|das|cela|eso)\b", text):
        found += _asked_meaning(context)
    if not found:
        found = [
            "I have no explanation of that. `synthcraft describe KIND NAME` tells of every "
            "generator, metric and table."
        ]
    return tuple(dict.fromkeys(found))


def _generator(name: str) -> str:
    card = card_of(name)
    return " ".join(f"{name}: {card.summary} {card.caveat}".split()) if card else name


def told_column(column: ColumnProfile) -> str:
    """What the profile tells of a column, in one line.

    >>> told_column(ColumnProfile("sex", "categorical", levels=("f", "m")))
    'sex: categorical; its values: f, m.'
    """
    told = f"{column.name}: {column.label or column.kind}"
    if column.levels:
        more = ", …" if column.hidden else ""
        return f"{told}; its values: {', '.join(column.levels[:12])}{more}."
    if column.low is not None and column.high is not None:
        return f"{told}; about {column.low:g} to {column.high:g} {column.unit}".rstrip() + "."
    return f"{told}."


def _asked_meaning(context: Context) -> list[str]:
    return [slot.meaning for slot in SLOTS if slot.name in context.asked]


def _why(sentence: Sentence, context: Context) -> tuple[str, ...]:
    """Why something was asked, or why a setting is what it is."""
    origins = [
        f"{'.'.join(path)}: {origin.why}"
        for path, origin in context.draft.origins.items()
        if origin.why
        and any(len(key) > 2 and says(re.escape(key.lower()), sentence.text) for key in path)
    ]
    told = origins[:3] or _asked_meaning(context)
    return tuple(told) or ("Each setting has its reason: /explain with a setting's name tells it.",)


def _list_of(kind: str, context: Context) -> str:
    if kind == "columns":
        return told_columns(context, most=60) or "I know no table yet: name one."
    if kind == "generators":
        cards = [card for card in GENERATORS if not card.reference and not card.given]
        lines = [f"- {card.name}: {card.summary}{_dp(card.dp)}" for card in cards]
        return "\n".join(["The generators:", *lines])
    if kind == "measures":
        return "What is measured: " + ", ".join(card.name for card in METRICS) + "."
    names = [card.name for card in DATASETS]
    return f"Tables: {', '.join(names)}; csv, parquet and xpt are files of your own."


def _dp(kind: str) -> str:
    told = {"accounted": " (differential privacy)", "claimed": " (its epsilon is not vouched for)"}
    return told.get(kind, "")
