"""What is asked next: at most two things, each with what would be taken by default."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from synthcraft import shipped
from synthcraft.chat.draft import Change, Draft
from synthcraft.chat.offline import vocabulary
from synthcraft.chat.offline.heard import slots_of
from synthcraft.chat.offline.privacy import is_declined
from synthcraft.chat.offline.words import plain, says, sentences
from synthcraft.chat.proposals import FILES, augmented, column_of, complete, event_level, is_private
from synthcraft.chat.slots import SLOTS
from synthcraft.chat.talk import Data, Talk

MOST = 2
MOST_TIMES = 3
ORDER = (
    *("data", "question", "outcome", "person", "sensitive", "known", "purpose", "augmentation"),
    *("privacy", "generators", "budget", "measures"),
)
TIME = "Which column holds the follow-up time?"
EVENT = "Which value of the outcome says that the event happened?"
ROWS = (
    "How many rows may be stated publicly (a round figure will do)? The exact number is itself "
    "data, so I do not take it from the table."
)
FOLLOW_UPS = {TIME: "outcome", EVENT: "outcome", ROWS: "privacy"}
"""Questions beyond those of the slots, and the slot that each belongs to."""
_QUESTIONS = {slot.name: slot.question for slot in SLOTS}
_NEEDED = {slot.name for slot in SLOTS if slot.needed}


def asked_in(answer: str) -> tuple[str, ...]:
    """The slots that an answer asked about, in the order of its questions.

    >>> asked_in(f"Good. {_QUESTIONS['known']} {ROWS}")
    ('known', 'privacy')
    """
    texts = [*((text, name) for name, text in _QUESTIONS.items()), *FOLLOW_UPS.items()]
    found = sorted((answer.find(text), name) for text, name in texts if text in answer)
    return tuple(dict.fromkeys(name for _, name in found))


def next_questions(
    talk: Talk, draft: Draft, *, waiting: Sequence[str] = (), but: Collection[str] = ()
) -> tuple[tuple[str, str], ...]:
    """The next questions, at most two, each with its slot; none when all is settled or asked.

    ``draft`` is the talk's with the changes of this turn; ``waiting`` are slots that were asked
    about in the last answer and that this message does not settle; ``but`` are not asked about.
    What is not needed is asked once; again, if it was passed over.
    """
    before = [exchange.answer for exchange in talk.exchanges]
    found = []
    for slot, text in _open(draft, talk.data):
        if slot in but and text not in FOLLOW_UPS:
            continue
        times = sum(text in answer for answer in before)
        if slot in _NEEDED or not times or (slot in waiting and times < MOST_TIMES):
            found.append((slot, text))
        if slot == "data":
            found += [("question", _QUESTIONS["question"])] * (not times and _silent(draft))
            break
    return tuple(dict.fromkeys(found))[:MOST]


def told_already(texts: Iterable[str]) -> frozenset[str]:
    """Slots that messages settle without a setting: what a row is, and that no guarantee is wanted.

    >>> sorted(told_already(["One row is one patient. No differential privacy, please."]))
    ['person', 'privacy']
    """
    found = set()
    for text in (plain(part) for message in texts for part in sentences(message)):
        if says(vocabulary.ROW_IS_PERSON, text):
            found.add("person")
        if is_declined(text):
            found.add("privacy")
    return frozenset(found)


def _silent(draft: Draft) -> bool:
    return draft.get("question") is None


def _open(draft: Draft, data: Data | None) -> Iterator[tuple[str, str]]:
    """Every question whose answer the draft lacks, in order.

    Whoever has named an outcome has said what is to be found out; the wording of it can wait.
    """
    named = draft.get("dataset", "target") is not None
    for slot in sorted(ORDER, key=lambda slot: named and slot == "question"):
        if slot == "outcome" and draft.get("dataset", "target") is not None:
            yield from _open_survival(draft, data)
        elif slot == "privacy" and draft.get("privacy") is not None:
            if _needs_rows(draft, data):
                yield slot, ROWS
        elif not settled(slot, draft, data):
            yield slot, _QUESTIONS[slot]


def _open_survival(draft: Draft, data: Data | None) -> Iterator[tuple[str, str]]:
    if draft.get("dataset", "task") != "survival":
        return
    if draft.get("dataset", "time") is None:
        yield "outcome", TIME
    column = column_of(data, draft.get("dataset", "target"))
    known = draft.get("dataset", "positive") is not None or (column and event_level(column))
    if column and len(column.levels) == 2 and not known:
        yield "outcome", EVENT


def _needs_rows(draft: Draft, data: Data | None) -> bool:
    own_file = data is not None and data.plugin in FILES
    return is_private(draft) and own_file and draft.get("privacy", "rows") is None


def settled(slot: str, draft: Draft, data: Data | None) -> bool:
    """Whether nothing has to be asked about a slot.

    >>> settled("sensitive", Draft(), None)
    False
    >>> none = Draft().changed([Change(("dataset", "sensitive"), [], "said")], turn=1)
    >>> settled("sensitive", none, None)
    True
    """
    if slot == "data":
        return data is not None
    if slot == "person":
        return data is None or data.plugin not in FILES or draft.get("dataset", "id") is not None
    if slot == "privacy":
        return draft.get("privacy") is not None or _use(draft) == "augmentation"
    if slot == "augmentation":
        return _use(draft) != "augmentation" or bool(augmented(draft))
    if slot == "budget":
        return bool(draft.get("design", "splits") or draft.get("budget", "seconds"))
    places = {
        "question": ("question",),
        "outcome": ("dataset", "target"),
        "sensitive": ("dataset", "sensitive"),
        "known": ("dataset", "quasi_identifiers"),
        "purpose": ("objective", "use"),
        "generators": ("generators",),
        "measures": ("metrics",),
    }
    return draft.get(*places[slot]) is not None


def _use(draft: Draft) -> str:
    """The preset of the draft's use; empty where it is none of them."""
    use = draft.get("objective", "use")
    names = ("augmentation", "dp_release", "data_access", "model_development")
    return next((n for n in names if shipped.option("objective", n)["use"] == use), "")


def proposed(slot: str, draft: Draft, data: Data | None) -> tuple[Change, ...]:
    """What is taken for a slot where the researcher leaves it to us."""
    return tuple(change for change in complete(draft, data) if slot in slots_of(change))


def told_question(slot: str, text: str, draft: Draft, data: Data | None) -> str:
    """A question with what would be taken by default."""
    offer = _offer(slot, proposed(slot, draft, data), text)
    return f"{text} {offer}".strip()


def _offer(slot: str, changes: Sequence[Change], text: str) -> str:
    if text in FOLLOW_UPS:
        return ""
    names = {change.path[-1]: change.value for change in changes}
    told = {
        "outcome": names.get("target"),
        "sensitive": ", ".join(names.get("sensitive") or ()),
        "known": ", ".join(names.get("quasi_identifiers") or ()),
        "person": names.get("id"),
        "generators": ", ".join(names.get("generators") or ()),
        "augmentation": ", ".join(names.get("groups") or names.get("column") or ()),
    }.get(slot)
    if told:
        return f"(I would take: {told}.)"
    return {"budget": "(I would take: a standard study, three splits.)"}.get(slot, "")
