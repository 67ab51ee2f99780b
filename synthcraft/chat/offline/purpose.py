"""What the synthetic rows are for, what must not happen, and the question in own words."""

import re

from synthcraft import shipped
from synthcraft.chat.draft import Change
from synthcraft.chat.named import DATA
from synthcraft.chat.offline import vocabulary
from synthcraft.chat.offline.heard import NOTHING, Context, Heard, Sentence
from synthcraft.chat.offline.words import labelled, negated, says, spans
from synthcraft.chat.proposals import augmented


def read_purpose(sentence: Sentence, context: Context) -> Heard:
    """The objective preset of what the synthetic rows are for."""
    names = [mention.span for mention in sentence.mentions]
    told = [
        key
        for span, key in labelled(vocabulary.PURPOSES, sentence.text)
        if not negated(span, sentence.text) and span not in names
    ]
    if says(vocabulary.NOT_A_RELEASE, sentence.text):
        told = [key for key in told if key != "dp_release"]
    few = spans(vocabulary.CUES["few"], sentence.text)
    if few and any(not negated(span, sentence.text) for span in few):
        told.append("augmentation")
    if not told:
        return NOTHING
    return purpose_is(next(name for name in _STRICT if name in told), context)


_STRICT = ("augmentation", "dp_release", "data_access", "model_development")
_TOLD = {
    "augmentation": "Whether added rows help is put to a trial: models are trained with them and "
    "without, by doses, beside copies and weights, and tested on real people only.",
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
    if name != "augmentation" and augmented(context.draft):
        changes.append(Change(("augmentation",), None, "said", "the rows are for something else"))
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


def read_question(sentence: Sentence, context: Context) -> Heard:
    """The study's question, in the researcher's words: the first sentence that sounds like one."""
    if context.draft.get("question") is not None:
        return NOTHING
    about = sentence.mentions or says(vocabulary.FIELD, sentence.text)
    if not about or not re.search(vocabulary.QUESTION, sentence.text):
        return NOTHING
    return question_is(sentence.original)


def question_is(words: str) -> Heard:
    """The question that stands at the top of the report."""
    why = "your own words"
    told = re.sub(rf"\b{DATA}\b", "the table", " ".join(words.split()))
    return Heard((Change(("question",), told[:300], "said", why),))
