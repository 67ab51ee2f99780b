"""The state of a conversation: what all its events so far amount to. Nothing here acts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from synthcraft.chat import transcript as event
from synthcraft.chat.draft import Change, Draft
from synthcraft.chat.talk import Data, Exchange, Talk
from synthcraft.chat.transcript import Event

UNDO = "(/undo: what my last message changed is taken back)"
UNDONE = "It is as it was before that message."


@dataclass(frozen=True)
class Before:
    """What a message may change, as it was before."""

    draft: Draft
    data: Data | None
    confirmed: Mapping[str, Any]


@dataclass(frozen=True)
class Session:
    """A conversation as it stands.

    ``asked`` is the outcome that the next message may say yes to, ``put`` the one that was last
    asked about, ``confirmed`` the one that got its yes (all by dotted setting). ``waiting`` is a
    message that has no answer yet, as interviewers hear it; ``said`` are all messages as typed.
    ``agreed`` holds what may be sent of tables, by address and sha256; ``declined`` what may not.
    ``saves`` are the files that were written, by sha256, the latest last, and ``kept`` is the draft
    in it.
    ``before`` holds what each message found, for undo. ``usage`` is the sum over all answers.
    """

    draft: Draft = field(default_factory=Draft)
    data: Data | None = None
    exchanges: tuple[Exchange, ...] = ()
    asked: Mapping[str, Any] = field(default_factory=dict)
    put: Mapping[str, Any] = field(default_factory=dict)
    confirmed: Mapping[str, Any] = field(default_factory=dict)
    waiting: str | None = None
    agreed: Mapping[tuple[str, str], str] = field(default_factory=dict)
    declined: frozenset[tuple[str, str]] = frozenset()
    before: tuple[Before, ...] = ()
    said: tuple[str, ...] = ()
    source: str = ""
    saves: Mapping[str, str] = field(default_factory=dict)
    kept: Draft | None = None
    models: tuple[str, ...] = ()
    usage: Mapping[str, int] = field(default_factory=dict)

    @property
    def talk(self) -> Talk:
        """What an interviewer sees of it."""
        sure = {path for path, value in self.confirmed.items() if self._is(path, value)}
        return Talk(self.draft, self.data, self.exchanges, frozenset(sure))

    @property
    def just_confirmed(self) -> bool:
        """Whether the message that waits for an answer said yes to what was asked."""
        return bool(self.confirmed and self.before) and self.before[-1].confirmed != self.confirmed

    @property
    def turn(self) -> int:
        """The number of the message that is answered now or next; the first is 1."""
        return len(self.exchanges) + 1

    @property
    def now(self) -> int:
        """The number of the message that is being answered, or was answered last."""
        return len(self.exchanges) + (self.waiting is not None)

    def is_confirmed(self, outcome: Mapping[str, Any]) -> bool:
        """Whether the researcher has said yes to just this target, task and time."""
        return bool(outcome) and dict(outcome) == dict(self.confirmed)

    def _is(self, path: str, value: Any) -> bool:
        return bool(self.draft.get(*path.split(".")) == value)


def fold(events: Iterable[Event]) -> Session:
    """The session after these events, in their order.

    >>> said = event.Said("predict died", "predict died")
    >>> change = Change(("dataset", "target"), "died", "said")
    >>> session = fold([event.Started("0"), said, event.Answered("Good.", (change,))])
    >>> session.draft.get("dataset", "target"), session.turn
    ('died', 2)
    >>> after(session, event.Undone()).draft.plain
    {}
    """
    session = Session()
    for one in events:
        session = after(session, one)
    return session


def after(session: Session, one: Event) -> Session:
    """The session after one more event."""
    match one:
        case event.Started(source=source, settings=settings):
            draft = session.draft.changed(settings, turn=0)
            return replace(session, draft=draft, source=source)
        case event.Said(text=text, heard=heard):
            before = Before(session.draft, session.data, session.confirmed)
            return replace(
                session,
                said=(*session.said, text),
                waiting=heard,
                before=(*session.before, before),
            )
        case event.Found(data=data):
            draft = session.draft.changed(about(data, session.draft), turn=session.now)
            return replace(session, draft=draft, data=data, asked={}, confirmed={})
        case event.Agreed(sha256=sha256, text=text, to=to):
            return replace(
                session,
                agreed={**session.agreed, (to, sha256): text},
                declined=session.declined - {(to, sha256)},
            )
        case event.Declined(sha256=sha256, to=to):
            return replace(session, declined=session.declined | {(to, sha256)})
        case event.Answered():
            return _answered(session, one)
        case event.Asked(outcome=outcome):
            return replace(session, asked=dict(outcome), put=dict(outcome))
        case event.Confirmed(outcome=outcome, how=how):
            changes = _changes_of(outcome, session.draft, how=how)
            draft = session.draft.changed(changes, turn=session.now)
            return replace(session, draft=draft, asked={}, confirmed=dict(outcome))
        case event.Undone():
            return _undone(session)
        case event.Completed(changes=changes):
            return replace(session, draft=session.draft.changed(changes, turn=session.now))
        case event.Saved(file=file, sha256=sha256):
            return replace(session, saves={**session.saves, sha256: file}, kept=session.draft)
        case event.Sent() | event.Failed():
            return session  # told for the record; a failed message goes on waiting


def _answered(session: Session, answer: event.Answered) -> Session:
    exchange = Exchange(session.waiting or "", answer.text, session.data)
    counts = {**session.usage}
    for name, count in answer.usage.items():
        counts[name] = counts.get(name, 0) + count
    models = (*session.models, answer.model) if answer.model else session.models
    return replace(
        session,
        draft=session.draft.changed(answer.changes, turn=session.turn),
        exchanges=(*session.exchanges, exchange),
        asked={},
        waiting=None,
        models=tuple(dict.fromkeys(models)),
        usage=counts,
    )


def _undone(session: Session) -> Session:
    """The session with draft, table and confirmation as before the last message that changed any.

    The exchanges stay, and one more tells an interviewer what happened.
    """
    now = Before(session.draft, session.data, session.confirmed)
    earlier = list(session.before)
    while earlier and earlier[-1] == now:
        earlier.pop()
    then = earlier.pop() if earlier else now
    return replace(
        session,
        draft=then.draft,
        data=then.data,
        confirmed=then.confirmed,
        asked={},
        put={},
        waiting=None,
        before=tuple(earlier),
        exchanges=(*session.exchanges, Exchange(UNDO, UNDONE, then.data)),
    )


def about(data: Data, draft: Draft) -> tuple[Change, ...]:
    """What a new table changes: its place, and all that was settled about another one goes."""
    plugin, params = draft.get("dataset", "plugin"), draft.get("dataset", "params")
    place = (
        Change(("dataset", "plugin"), data.plugin, "said"),
        *(Change(("dataset", "params", key), value, "said") for key, value in data.params.items()),
    )
    if plugin == data.plugin and (params or {}).get("path") == data.params.get("path"):
        return place
    return (Change(("dataset",), None, "said"), *place)


def _changes_of(outcome: Mapping[str, Any], draft: Draft, *, how: Any) -> Iterable[Change]:
    """The settings of a confirmed outcome; one that stands already keeps where it came from."""
    for path, value in outcome.items():
        place = tuple(path.split("."))
        if draft.get(*place) != value:
            yield Change(place, value, how, "confirmed when asked")
