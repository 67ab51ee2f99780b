"""What a sentence says of the study: purpose, limits, privacy, generators, measures, time."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from synthcraft import shipped
from synthcraft.catalogue import GENERATORS, METRICS, GeneratorCard
from synthcraft.chat.draft import Change
from synthcraft.chat.offline import vocabulary
from synthcraft.chat.offline.heard import NOTHING, Context, Heard, Sentence
from synthcraft.chat.offline.words import Span, labelled, negated, number, numbers, says, spans
from synthcraft.chat.proposals import PRIVATE, default_generators
from synthcraft.errors import nearest

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


def read_purpose(sentence: Sentence, context: Context) -> Heard:
    """The objective preset of what the synthetic rows are for."""
    told = [
        key
        for span, key in labelled(vocabulary.PURPOSES, sentence.text)
        if not negated(span, sentence.text)
    ]
    if says(vocabulary.NOT_A_RELEASE, sentence.text):
        told = [key for key in told if key != "dp_release"]
    few = spans(vocabulary.CUES["few"], sentence.text)
    if few and any(not negated(span, sentence.text) for span in few):
        told.append("augmentation")
    if not told or (says(vocabulary.MUST_NOT, sentence.text) and "augmentation" not in told):
        return NOTHING
    return purpose_is(next(name for name in _STRICT if name in told), context)


_STRICT = ("augmentation", "dp_release", "data_access", "model_development")
_TOLD = {
    "augmentation": "For augmentation this version weighs generators by what their rows teach; it "
    "does not yet run the trial that adds rows and compares with controls.",
    "dp_release": "For a public release, differential privacy is what the promise rests on.",
}


def purpose_is(name: str, context: Context) -> Heard:
    """The whole preset; limits that the researcher set stay."""
    preset = shipped.option("objective", name)
    why = f"the preset {name}, for what you want to do with the rows"
    changes = [
        Change(("objective", key), value, "said", why)
        for key, value in preset.items()
        if not context.was_said("objective", key) or key in ("use", "weights")
    ]
    return Heard(tuple(changes), (_TOLD[name],) if name in _TOLD else ())


def read_fears(sentence: Sentence, context: Context) -> Heard:  # noqa: ARG001
    """Limits from what must not happen."""
    if not says(vocabulary.MUST_NOT, sentence.text):
        return NOTHING
    changes, told = list[Change](), list[str]()
    for pattern, (label, measure, limit, words) in vocabulary.FEARS.items():
        if not says(pattern, sentence.text):
            continue
        side, amount = ("at_most", limit) if limit > 0 else ("at_least", -limit)
        value = {"measure": measure, side: amount}
        why = f"what must not happen: {words}"
        changes.append(Change(("objective", "constraints", label), value, "said", why))
        told.append(
            f"A generator is ruled out by {words} ({measure} {side.replace('_', ' ')} {amount:g})."
        )
    return Heard(tuple(changes), tuple(told))


def read_privacy(sentence: Sentence, context: Context) -> Heard:
    """Differential privacy: wanted or not, ε, δ and the public number of rows."""
    text = sentence.text
    wanted = spans(vocabulary.PRIVACY, text)
    if wanted and all(negated(span, text) for span in wanted):
        return no_privacy(context)
    heard = epsilons_are(epsilons_in(text)) + _delta(text) + _rows(sentence, context)
    if wanted and not heard.changes and context.draft.get("privacy") is None:
        heard += epsilons_are([1.0], how="default", why="a common, strict epsilon")
    if heard.changes and says(vocabulary.EXACT, text):
        heard += Heard(notes=(EXACT_TOLD,))
    return heard


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
    if says(vocabulary.PUBLIC, sentence.text) or "privacy" in context.asked:
        return rows_are(found)
    return NOTHING


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


def read_generators(sentence: Sentence, context: Context) -> Heard:
    """Generators by name, family or wish; those that are not wanted go."""
    wanted, off = generators_in(sentence, context)
    notes = _unknown_generators(sentence)
    if not wanted and not off:
        return Heard(notes=notes)
    now = dict(context.draft.get("generators") or {})
    fresh = not context.was_said("generators") or says(vocabulary.ONLY, sentence.text)
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
    lower = bool(found) or "generators" in context.asked
    found += [(span, ["aim"]) for span in _aims(sentence, lower=lower)]
    tables: tuple[Mapping[str, tuple[str, ...]], ...] = (vocabulary.FAMILIES, vocabulary.WISHES)
    for table in tables:
        for words, several in table.items():
            found += [(span, list(several)) for span in spans(words, text)]
    found += [(span, _all(context)) for span in spans(vocabulary.EVERY, text)]
    found += [(span, list(PRIVATE)) for span in spans(vocabulary.PRIVATE_ONES, text)]
    taken = [m.span for m in sentence.mentions if not m.ordinary]
    found = [(span, names) for span, names in found if not any(span.overlaps(t) for t in taken)]
    off, wanted = list[str](), list[str]()
    for span, names in found:
        dropped = says(vocabulary.CUES["drop"], _clause(text, span))
        (off if dropped or negated(span, text) else wanted).extend(names)
    return [n for n in dict.fromkeys(wanted) if n not in off], list(dict.fromkeys(off))


def _aims(sentence: Sentence, *, lower: bool) -> list[Span]:
    """Where the generator aim stands, and not somebody's aim; in capitals, it is always meant."""
    if re.search(r"\bAIM\b", sentence.original):
        return spans("aim", sentence.text)
    mine = r"(?:the|my|our|an|main|its) aim|aims? (?:is|to|at|of|was)"
    return spans("aim", sentence.text) if lower and not says(mine, sentence.text) else []


def _clause(text: str, span: Span) -> str:
    return re.split(r"[;:]|\bbut\b|\badd\b|\bkeep\b", text[: span.start])[-1]


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


def _unknown_generators(sentence: Sentence) -> tuple[str, ...]:
    ours = spans("|".join(vocabulary.ALIASES.values()), sentence.text)
    names = [card.name for card in GENERATORS if not card.reference and not card.given]
    looks = rf"{vocabulary.OTHER_GENERATORS}|\w+[-_]?(?:gan|vae|ddpm|diffusion)"
    found = [
        span for span in spans(looks, sentence.text) if not any(span.overlaps(o) for o in ours)
    ]
    told = []
    for span in found:
        word = sentence.text[span.start : span.end]
        if word not in names:
            told.append(f"There is no generator «{word}» here. {nearest(word, names)}")
    return tuple(told)


def read_budget(sentence: Sentence, context: Context) -> Heard:
    """A limit of time, or a pace: quick, standard, for print."""
    seconds = seconds_in(sentence.text, context)
    if seconds is not None:
        return seconds_are(seconds)
    asked = "budget" in context.asked
    for name, words in vocabulary.PACES.items():
        plain_word = name == "standard" and not asked
        if says(words, sentence.text) and not plain_word and (asked or _paces(name, sentence.text)):
            return pace_is(name)
    return NOTHING


def _paces(name: str, text: str) -> bool:
    """Whether a word of haste or care is about the study where no one asked for it."""
    if says("|".join(vocabulary.WISHES), text):
        return False
    unmistakable = {
        "quick": r"quick(?:ly)?(?: look| check| one| test| try| run)|first look|just a look|kurz\w*"
        r"|as fast as possible|coup d'oeil|vistazo|be quick|quickly",
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
    alone = match.group().strip() == text.strip(" .!,") or "budget" in context.asked
    about = says(vocabulary.CUES["outcome"], text) or says(vocabulary.CUES["time"], text)
    return alone or (says(vocabulary.SPENDING, text) and not about and unit < 86_400)


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


def read_measures(sentence: Sentence, context: Context) -> Heard:
    """An analysis whose result must survive, or a metric by name."""
    heard = _analysis(sentence, context)
    asked = [
        card.name
        for card in METRICS
        if not card.default
        and card.name != "estimand"
        and says(re.escape(card.name).replace("_", "[ _-]"), sentence.text)
    ]
    if asked:
        blocks = _suite(context) | _blocks(asked)
        heard += Heard(
            (Change(("metrics",), blocks, "said", "the usual suite and what you named"),)
        )
    return heard


def _suite(context: Context) -> dict[str, Any]:
    """What is measured so far: as declared, else the default suite of the task, by name."""
    task = context.draft.get("dataset", "task") or "classification"
    now = context.draft.get("metrics")
    return dict(
        now or _blocks(card.name for card in METRICS if card.default and task in card.tasks)
    )


def _analysis(sentence: Sentence, context: Context) -> Heard:
    found = labelled(vocabulary.ANALYSES, sentence.text)
    if not found or context.data is None:
        return NOTHING
    kind = next((key for _, key in found if key), "")
    start = found[0][0].start
    target = context.draft.get("dataset", "target")
    named = [m for m in sentence.mentions if m.span.start >= start and not m.ordinary]
    if not named:
        return NOTHING
    if kind == "mean":
        return _estimands(
            {f"mean_{_label(m.column)}": {"model": "mean", "outcome": m.column} for m in named},
            context,
        )
    on = re.search(
        r"\b(?:on|for|with|and the risk of|auf|sur|sobre|predicting)\b", sentence.text[start:]
    )
    split = start + on.start() if on and on.start() > named[0].span.end - start else None
    terms = list(dict.fromkeys(m.column for m in named if split is None or m.span.start < split))
    after = [m.column for m in named if split is not None and m.span.start >= split]
    outcome = next((c for c in after if c not in terms), target)
    terms = [c for c in terms if c != outcome]
    column = context.column(outcome) if outcome else None
    amount = column is not None and column.kind == "numeric"
    survival = context.draft.get("dataset", "task") == "survival" and outcome == target
    model = kind or ("cox" if survival else "linear" if amount else "logistic")
    block: dict[str, Any] = {"model": model, "terms": terms}
    if outcome and outcome != target:
        block["outcome"] = outcome
    return _estimands({"main": block}, context)


def _label(name: str) -> str:
    return re.sub(r"\W+", "_", name)


def _estimands(analyses: Mapping[str, Any], context: Context) -> Heard:
    before = context.draft.get("metrics", "estimand", "params", "analyses") or {}
    blocks = _suite(context)
    blocks["estimand"] = {"plugin": "estimand", "params": {"analyses": {**before, **analyses}}}
    why = "the analysis whose result must survive, beside the usual suite"
    return Heard((Change(("metrics",), blocks, "said", why),))


def read_settings(sentence: Sentence, context: Context) -> Heard:  # noqa: ARG001
    """Plain settings: splits, seeds, what happens to missing values, samples to keep, the GPU."""
    text, changes = sentence.text, list[Change]()
    for words, (path, factor) in vocabulary.NUMBERS.items():
        if match := re.search(words, text):
            value = number(next(group for group in match.groups() if group)) * factor
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
    return Heard(tuple(changes))


def read_question(sentence: Sentence, context: Context) -> Heard:
    """The study's question, in the researcher's words: the first sentence that sounds like one."""
    if context.draft.get("question") is not None:
        return NOTHING
    if not re.search(vocabulary.QUESTION, sentence.text):
        return NOTHING
    return question_is(sentence.original)


def question_is(words: str) -> Heard:
    """The question that stands at the top of the report."""
    why = "your own words"
    return Heard((Change(("question",), " ".join(words.split())[:300], "said", why),))
