"""The interviewer that needs no model: it reads by stated rules, and says what it did not read."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from synthcraft.chat.named import DATA, named
from synthcraft.chat.offline import vocabulary
from synthcraft.chat.offline.answers import read_answer
from synthcraft.chat.offline.ask import asked_in, next_questions, told_already, told_question
from synthcraft.chat.offline.augmentation import read_doses
from synthcraft.chat.offline.columns import Lexicon, lexicon
from synthcraft.chat.offline.generators import read_generators
from synthcraft.chat.offline.heard import NOTHING, Context, Heard, Sentence
from synthcraft.chat.offline.meaning import read_meaning
from synthcraft.chat.offline.measures import read_measures
from synthcraft.chat.offline.parts import read_parts, read_row
from synthcraft.chat.offline.plan import read_budget, read_settings
from synthcraft.chat.offline.privacy import read_privacy
from synthcraft.chat.offline.purpose import read_fears, read_purpose, read_question
from synthcraft.chat.offline.telling import summary, told
from synthcraft.chat.offline.values import read_event, read_levels, read_ranges
from synthcraft.chat.offline.words import is_only, plain, sentences
from synthcraft.chat.talk import Reply, Talk

Reader = Callable[[Sentence, Context], Heard]
READERS: tuple[Reader, ...] = (
    read_parts,
    read_row,
    read_event,
    read_purpose,
    read_doses,
    read_fears,
    read_privacy,
    read_ranges,
    read_levels,
    read_generators,
    read_budget,
    read_measures,
    read_settings,
    read_question,
)
"""All of them read every sentence; each sees what those before it have read."""
HELLO = (
    "I ask by fixed rules here, without a language model, and nothing leaves this computer. Plain "
    "sentences are best; «I don't know» is a fine answer, and «what is …?» gets an explanation."
)
ENOUGH = "That is all I need. Say what to change, or save it with /save."
LONGEST_QUOTE = 80
MOST_QUOTES = 5
LONGEST_SENTENCE = 1000
MOST_SENTENCES = 200
"""A pasted text beyond these is no message: reading takes time with the square of a sentence."""
LONGEST_NAMING = 8
"""Words of a sentence that only names the table; a longer one may say more that was not read."""
TO_BE_SURE = "To be sure: the outcome is"
"""How the program itself asks for the target to be confirmed (chat/confirm)."""


@dataclass(frozen=True)
class Rules:
    """The interviewer by rules.

    >>> reply = Rules().reply(Talk(), "Hello")
    >>> reply.asks
    ('data', 'question')
    """

    def reply(self, talk: Talk, said: str) -> Reply:
        """What is read from a message, what is answered, and what is asked next."""
        context = _context(talk, said)
        late, context = _late(talk, context)
        heard, lost, context = _read(said, context, talk.turn)
        changes = late.changes + heard.changes
        parts = [HELLO] if talk.turn == 1 else []
        parts += _command(plain(said), context, talk)
        if acknowledged := told(changes, context.draft):
            parts.append(f"Noted: {acknowledged}{'' if acknowledged[-1] in '.?!' else '.'}")
        parts += heard.notes
        parts += _told_lost(lost)
        settled = told_already([*(exchange.said for exchange in talk.exchanges), said])
        questions = next_questions(talk, context.draft, waiting=context.asked, but=settled)
        parts += [told_question(slot, text, context.draft, talk.data) for slot, text in questions]
        if not questions and (changes or not _told_enough(talk)):
            parts += [summary(context.draft, talk.data), ENOUGH]
        asks = tuple(dict.fromkeys(slot for slot, _ in questions))
        return Reply("\n".join(parts), changes, asks)


def _told_enough(talk: Talk) -> bool:
    return any(ENOUGH in exchange.answer for exchange in talk.exchanges)


def _context(talk: Talk, said: str) -> Context:
    known = lexicon(talk.data.profile) if talk.data else Lexicon({}, {})
    return Context(talk.draft, talk.data, known, _asked(talk, said))


def _asked(talk: Talk, said: str) -> tuple[str, ...]:
    """The slots of the last questions; the outcome, too, where its confirmation is refused."""
    if not talk.exchanges:
        return ()
    answer = talk.exchanges[-1].answer
    refused = TO_BE_SURE in answer and re.match(rf"(?:{vocabulary.NO})\b", plain(said))
    return (("outcome",) if refused else ()) + asked_in(answer)


def _read(said: str, context: Context, turn: int) -> tuple[Heard, list[str], Context]:
    """What a message says, sentence by sentence; and the sentences that the rules cannot read."""
    heard, lost = NOTHING, list[str]()
    parts = sentences(_unconfirmed(said))
    for original in parts[:MOST_SENTENCES]:
        if len(original) > LONGEST_SENTENCE:
            lost.append(original)
            continue
        sentence = Sentence(original, context.known)
        found = read_sentence(sentence, context, turn)
        if not found and not _is_courtesy(sentence.text) and not _names_data(original):
            lost.append(original)
        context = context.after(found, turn)
        heard += found
    return heard, [*lost, *parts[MOST_SENTENCES:]], context


def _told_lost(lost: Sequence[str]) -> list[str]:
    """What was not read, the first of many."""
    told = [f"I did not understand: «{_quote(text)}»." for text in lost[:MOST_QUOTES]]
    more = len(lost) - MOST_QUOTES
    return told if more <= 0 else [*told, f"Nor {more:,} more sentences: say the rest in short."]


def read_sentence(sentence: Sentence, context: Context, turn: int) -> Heard:
    """What one sentence says: a refusal or an explanation alone; else settings; else an answer."""
    for words, answer in vocabulary.HOSTILE.items():
        if re.search(words, sentence.text):
            return Heard(notes=(answer,))
    if meaning := read_meaning(sentence, context):
        return meaning
    heard, now = NOTHING, context
    for reader in READERS:
        found = reader(sentence, now)
        now = replace(now, draft=now.draft.changed(found.changes, turn=turn))
        heard += found
    # What reads as the study's question may as well answer another one that was asked.
    only_question = heard.slots == {"question"} and "question" not in context.asked
    if not heard or (only_question and not heard.notes):
        heard += read_answer(sentence, now)
    return heard


def _late(talk: Talk, context: Context) -> tuple[Heard, Context]:
    """What earlier messages said of columns, read again once the table is there."""
    waited = [exchange for exchange in talk.exchanges if "data" in asked_in(exchange.answer)]
    if talk.data is None or not talk.exchanges or talk.exchanges[-1] not in waited:
        return NOTHING, context
    heard = NOTHING
    for exchange in waited:
        found, _, _ = _read(exchange.said, replace(context, asked=()), talk.turn)
        new = [
            c for c in found.changes if context.draft.get(*c.path) is None and c.value is not None
        ]
        heard += Heard(tuple(new))
        context = context.after(Heard(tuple(new)), talk.turn)
    return heard, context


def _unconfirmed(said: str) -> str:
    """A message without the program's own words for a yes to its question about the target."""
    return re.sub(
        r"^Yes, target and task are right\.?|^No, the target or the task is not right\.?", "", said
    )


def _names_data(original: str) -> bool:
    """Whether a sentence does no more than name the table, which was read before it came here."""
    return len(original.split()) <= LONGEST_NAMING and (
        re.search(rf"\b{DATA}\b", original) is not None or bool(named(original).plugin)
    )


def _is_courtesy(text: str) -> bool:
    words = (
        vocabulary.SMALL_TALK, vocabulary.YES, vocabulary.NO, vocabulary.UNKNOWN, vocabulary.DONE,
        vocabulary.SUMMARY, vocabulary.BACK, vocabulary.HELP,
    )  # fmt: skip
    return any(is_only(pattern, text) for pattern in words)


def _command(text: str, context: Context, talk: Talk) -> list[str]:
    """Answers to messages about the conversation itself."""
    if is_only(vocabulary.BACK, text):
        return [
            "/undo takes back what your last message changed. Or just say what is to be different."
        ]
    if is_only(vocabulary.HELP, text):
        return [
            "Tell me about your study in plain sentences; /show, /undo, /explain and /save work at "
            "any time."
        ]
    if is_only(vocabulary.SUMMARY, text):
        return [summary(context.draft, talk.data)]
    if is_only(vocabulary.DONE, text):
        return [
            "/save writes the file; what is still open is filled with the defaults that I name."
        ]
    return []


def _quote(text: str) -> str:
    return text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"
