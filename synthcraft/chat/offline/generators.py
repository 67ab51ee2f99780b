"""Which generators are compared: by name, family or wish."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from synthcraft.catalogue import GENERATORS, GeneratorCard
from synthcraft.chat.draft import Change
from synthcraft.chat.offline import vocabulary
from synthcraft.chat.offline.heard import Context, Heard, Sentence
from synthcraft.chat.offline.words import Span, labelled, negated, says, spans
from synthcraft.chat.proposals import PRIVATE, default_generators

CLOSE = 0.8


def read_generators(sentence: Sentence, context: Context) -> Heard:
    """Generators by name, family or wish; those that are not wanted go."""
    wanted, off = generators_in(sentence, context)
    notes = _unknown(sentence) + _read_as(sentence, context)
    if not wanted and not off:
        return Heard(notes=notes)
    now = dict(context.draft.get("generators") or {})
    only = says(vocabulary.ONLY, sentence.text) and not off
    fresh = only or not context.was_said("generators")
    if wanted and fresh and not says(vocabulary.ALSO, sentence.text):
        now = {}
    elif not now:
        now = _blocks(default_generators(context.draft, context.data)[0])
    value = {
        label: block
        for label, block in {**now, **_blocks(wanted)}.items()
        if block.get("plugin") not in off
    }
    if not value:
        return Heard(notes=(*notes, "At least one generator must stay: which one?"))
    why = "named in your message" if wanted else "what was left after you took others out"
    told = tuple(f"{name}: {caveat}" for name in wanted if (caveat := _caveat(name)))
    changes = (Change(("generators",), value, "said", why),)
    return Heard(changes, (*notes, *told, *_unsuited(value, context)))


def _blocks(names: Iterable[str]) -> dict[str, dict[str, Any]]:
    return {name: {"plugin": name} for name in names}


def generators_in(sentence: Sentence, context: Context) -> tuple[list[str], list[str]]:
    """The generators that a sentence names: those wanted, those not."""
    text = sentence.text
    found = [(span, [name]) for span, name in labelled(vocabulary.ALIASES, text)]
    known = [span for span, _ in found]
    found += [
        (span, [name])
        for span, name in _misspelled(sentence, context)
        if not any(span.overlaps(other) for other in known)
    ]
    lower = bool(found) or "generators" in context.asked
    found += [(span, ["aim"]) for span in _aims(sentence, lower=lower)]
    found += [(span, ["independent"]) for span in spans("independent", text) if found or lower]
    found += _sets(text, context)
    taken = [m.span for m in sentence.mentions if not m.ordinary and not m.level]
    found = [(span, names) for span, names in found if not any(span.overlaps(t) for t in taken)]
    off, wanted = list[str](), list[str]()
    for span, names in found:
        dropped = _is_dropped(text, span)
        (off if dropped or negated(span, text) else wanted).extend(names)
    return [n for n in dict.fromkeys(wanted) if n not in off], list(dict.fromkeys(off))


def _sets(text: str, context: Context) -> list[tuple[Span, list[str]]]:
    """Generators that are named together, by family or by what is wished of them."""
    tables = {**vocabulary.FAMILIES, **vocabulary.WISHES, vocabulary.PRIVATE_ONES: PRIVATE}
    found = [(span, list(names)) for words, names in tables.items() for span in spans(words, text)]
    return found + [(span, _all(context)) for span in spans(vocabulary.EVERY, text)]


def _read_as(sentence: Sentence, context: Context) -> tuple[str, ...]:
    return tuple(
        f"I read «{sentence.text[span.start : span.end]}» as {name}."
        for span, name in _misspelled(sentence, context)
        if not any(
            span.overlaps(s) for s in spans("|".join(vocabulary.ALIASES.values()), sentence.text)
        )
    )


def _aims(sentence: Sentence, *, lower: bool) -> list[Span]:
    """Where the generator aim stands, and not somebody's aim; in capitals, it is always meant."""
    if re.search(r"\bAIM\b", sentence.original):
        return spans("aim", sentence.text)
    mine = r"(?:the|my|our|an|main|its) aim|aims? (?:is|to|at|of|was)"
    return spans("aim", sentence.text) if lower and not says(mine, sentence.text) else []


def _is_dropped(text: str, span: Span) -> bool:
    clause = _clause(text, span)
    apart = says("leave|take", clause) and says("out", text[span.end : span.end + 8])
    return apart or says(rf"{vocabulary.CUES['drop']}|{vocabulary.REPLACE}", clause)


def _clause(text: str, span: Span) -> str:
    return re.split(r"[;:]|\b(?:but|add|keep|by|with|for|durch|par|por)\b", text[: span.start])[-1]


def _all(context: Context) -> list[str]:
    """Every generator that suits the task; private ones only where privacy is wanted."""
    task = context.draft.get("dataset", "task") or "classification"
    private = context.draft.get("privacy") is not None
    return [
        card.name
        for card in GENERATORS
        if not card.reference
        and not card.given
        and task in card.tasks
        and (card.dp == "none" or private)
    ]


def _caveat(name: str) -> str:
    card = card_of(name)
    told = card is not None and (card.dp == "claimed" or name == "adsgan")
    return card.caveat if card and told else ""


def card_of(name: str) -> GeneratorCard | None:
    """The card of a generator, or None."""
    return next((card for card in GENERATORS if card.name == name), None)


def _unsuited(value: Mapping[str, Mapping[str, Any]], context: Context) -> tuple[str, ...]:
    task = context.draft.get("dataset", "task")
    cards = [card_of(str(block.get("plugin"))) for block in value.values()]
    names = [card.name for card in cards if card and task and task not in card.tasks]
    if not names:
        return ()
    return (f"{', '.join(names)} cannot do {task}; the run will list that as impossible.",)


def _unknown(sentence: Sentence) -> tuple[str, ...]:
    """A word for each generator that is named and not here."""
    ours = spans("|".join(vocabulary.ALIASES.values()), sentence.text)
    looks = rf"{vocabulary.OTHER_GENERATORS}|\w+[-_]?(?:gan|vae|ddpm|diffusion)"
    found = [
        span for span in spans(looks, sentence.text) if not any(span.overlaps(o) for o in ours)
    ]
    words = [sentence.text[span.start : span.end] for span in found]
    names = _names()
    told = f"There are: {', '.join(names)}."
    return tuple(
        f"There is no generator «{word}» here. {told}"
        for word in dict.fromkeys(words)
        if word not in names and not _nearest(word, names)
    )


def _names() -> list[str]:
    return [card.name for card in GENERATORS if not card.reference and not card.given]


def _misspelled(sentence: Sentence, context: Context) -> list[tuple[Span, str]]:
    """Words that are nearly a generator's name, where generators are spoken of."""
    words = rf"generators?|compare|{vocabulary.OTHER_GENERATORS}"
    spoken = "generators" in context.asked or says(words, sentence.text)
    if not spoken and not spans("|".join(vocabulary.ALIASES.values()), sentence.text):
        return []
    names = [name for name in _names() if len(name) > 3]
    found = []
    for match in re.finditer(r"[a-z][a-z_]{3,}", sentence.text):
        near = _nearest(match.group(), names)
        if near and match.group() not in names:
            found.append((Span(*match.span()), near))
    return found


def _nearest(word: str, names: list[str]) -> str:
    """The name that a word is nearly spelled like, or has the letters of in another order."""
    turned = [name for name in names if sorted(name) == sorted(word)]
    return next(iter(turned or get_close_matches(word, names, n=1, cutoff=CLOSE)), "")
