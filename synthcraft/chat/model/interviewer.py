"""The interviewer that asks a language model. It proposes; schema, checks and researcher decide."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from synthcraft.chat.draft import Change, Draft
from synthcraft.chat.errors import ChatError
from synthcraft.chat.guarded import permitted
from synthcraft.chat.model import prompt
from synthcraft.chat.model.answer import Answer, Call
from synthcraft.chat.model.client import Client, Mode, Sent, TooLong
from synthcraft.chat.model.endpoint import Endpoint
from synthcraft.chat.model.failures import KEPT
from synthcraft.chat.model.fitting import fitting
from synthcraft.chat.model.hearing import Ear, Names, understood
from synthcraft.chat.model.prompt import Round
from synthcraft.chat.model.proposal import TOOL, Proposal, Unreadable, read_proposal
from synthcraft.chat.slots import SLOTS
from synthcraft.chat.talk import Data, Exchange, Reply, Talk
from synthcraft.errors import Problem

if TYPE_CHECKING:
    from synthcraft.chat.outgoing.guard import Guard
    from synthcraft.chat.outgoing.sharing import Shared

T = TypeVar("T")
Checks = Callable[[Draft, Data | None], Sequence[Problem]]
STAYS = "(stays on the researcher's computer)"
_LATER = frozenset({"dataset", *(path for slot in SLOTS for path in slot.paths)})
"""Settings that may be missing until the conversation has come to them."""


class Unmasked:
    """Names that all go out as they are."""

    def hide(self, value: T) -> T:
        """The value itself."""
        return value

    show = hide


@dataclass(frozen=True)
class ModelInterviewer:
    """Asks the model behind ``client``.

    ``about`` is the text on the table that the researcher agreed to send ("" without a table, or
    without agreement: then no check of the table is told either), ``names`` masks its columns.
    ``problems`` are the checks of a draft. A model may correct its proposals ``repairs`` times in
    a turn; then the researcher sees what is wrong. ``hear`` gets the words as they come.
    """

    client: Client
    problems: Checks
    about: str = ""
    names: Names = field(default_factory=Unmasked)
    repairs: int = 3
    hear: Callable[[str], None] = lambda _: None

    def reply(self, talk: Talk, said: str) -> Reply:
        """The answer to what the researcher said, and the changes that the schema takes.

        Raises
        ------
        ChatError
            When no answer can be had, or the model declines; nothing is changed.
        Blocked
            When the message holds something of the table's rows; it was not sent.
        """
        return _Turn(self, talk, said).reply()


def interviewer_at(
    at: Endpoint,
    *,
    problems: Checks,
    shared: "Shared | None" = None,
    guards: "Sequence[Guard]" = (),
    sent: Callable[[Sent], None] = lambda _: None,
    hear: Callable[[str], None] = lambda _: None,
) -> ModelInterviewer:
    """The interviewer that asks the model at a server, about a table or none yet.

    ``shared`` is what the researcher agreed to send of the table; ``guards`` compare every message
    with the cells of that table, and of those that were talked about before.
    """
    about, names = (shared.text, shared.names) if shared else ("", Unmasked())
    unsaid = shared.names.unsaid if shared else ()
    ours = prompt.our_words(about)
    ready = [guard.allowing(ours).without(unsaid) for guard in guards]

    def check(text: str) -> None:
        for guard in ready:
            guard.check(text)

    return ModelInterviewer(Client(at, check=check, sent=sent), problems, about, names, hear=hear)


@dataclass(frozen=True)
class _State:
    """How far a turn has come. ``faults`` are those of the last proposals."""

    draft: Draft
    changes: tuple[Change, ...] = ()
    words: tuple[str, ...] = ()
    rounds: tuple[Round, ...] = ()
    asks: tuple[str, ...] = ()
    faults: tuple[Problem, ...] = ()
    repairs: int = 0
    requests: int = 0
    tokens: Mapping[str, int] = field(default_factory=dict)
    model: str = ""
    cut: bool = False


class _Turn:
    """One message of the researcher, from the first request to the answer."""

    def __init__(self, interviewer: ModelInterviewer, talk: Talk, said: str) -> None:
        self.who, self.talk, self.said = interviewer, talk, said
        self.data = talk.data if interviewer.about else None
        self.before = tuple(self._problems(talk.draft))
        self.exchanges = tuple(self._earlier())
        self.told = replace(talk, draft=self._tellable(talk.draft))

    def reply(self) -> Reply:
        """Ask, take what fits, send back what does not, until there are words and no faults."""
        state = _State(self.talk.draft)
        while True:
            answer = self._ask(state)
            words, calls = understood(answer)
            state = self._heard(state, answer, words)
            if not calls:  # what it could not correct, the model has told in its words
                return self._finished(replace(state, faults=()))
            state = self._taken(state, answer, calls)
            if state.faults and state.repairs < self.who.repairs:
                state = replace(state, repairs=state.repairs + 1)
            elif state.faults or words or state.requests > self.who.repairs + 1:
                return self._finished(state)

    # Asking --------------------------------------------------------------------------------------

    def _ask(self, state: _State) -> Answer:
        ear = Ear(self.who.hear, self.who.names, begun=bool(state.words))
        try:
            answer = self._asked(state, self.exchanges, ear)
        except TooLong:
            if not self.exchanges:
                raise
            self.exchanges = ()  # what they settled is in the draft
            answer = self._asked(state, (), ear)
        if answer.refusal:
            told = f"The model declines: “{answer.refusal.strip()[:300]}”"
            raise ChatError(f"{told} {KEPT} Say it otherwise, or choose another model.")
        if answer.finish == "content_filter":
            raise ChatError(f"The server's content filter cut the answer off. {KEPT}")
        ear.close(understood(answer)[0])
        return answer

    def _asked(self, state: _State, exchanges: Sequence[Exchange], ear: Ear) -> Answer:
        hide = self.who.names.hide

        def messages(mode: Mode) -> list[dict[str, object]]:
            ear.quiet = mode == "json"
            problems = self._tellable_problems(self.before)
            system = prompt.system(
                self.told, mode, about=self.who.about, problems=problems, hide=hide
            )
            return prompt.messages(system, exchanges, hide(self.said), state.rounds)

        return self.who.client.ask(messages, tool=prompt.tool(), hear=ear)

    def _earlier(self) -> Iterator[Exchange]:
        """The last exchanges, masked, without those that hold what must not leave."""
        hide = self.who.names.hide
        own = [one for one in self.talk.exchanges if _is_of(one, self.talk.data)]
        for exchange in prompt.recent(own):
            if self._may_leave(f"{exchange.said}\n{exchange.answer}"):
                yield Exchange(hide(exchange.said), hide(exchange.answer))

    # Earlier words may hold what must not leave, since nobody knew the table then. Sent again, they
    # would block every message that follows; so they stay here, and the message itself is checked.

    def _tellable(self, draft: Draft) -> Draft:
        """The draft without the values that must not leave."""
        values = {path: str(draft.get(*path)) for path in draft.origins}
        if self._may_leave("\n".join(values.values())):
            return draft
        kept_here = [path for path, value in values.items() if not self._may_leave(value)]
        return draft.changed([Change(path, STAYS, "said") for path in kept_here], turn=0)

    def _tellable_problems(self, problems: Sequence[Problem]) -> list[Problem]:
        """The problems, those that must not leave by their place only."""
        untold = "cannot be told here"
        return [
            problem
            if self._may_leave(str(problem))
            else Problem(problem.path, untold, "Ask the researcher, who sees why.")
            for problem in problems
        ]

    def _may_leave(self, text: str) -> bool:
        return self.who.client.allows(self.who.names.hide(text))

    def _heard(self, state: _State, answer: Answer, words: str) -> _State:
        """The state with the words for the researcher and what the request cost."""
        shown = self.who.names.show(words)
        tokens = {
            name: state.tokens.get(name, 0) + answer.usage.get(name, 0)
            for name in {*state.tokens, *answer.usage}
        }
        return replace(
            state,
            words=(*state.words, shown) if shown else state.words,
            requests=state.requests + 1,
            tokens=tokens,
            model=answer.model or self.who.client.at.model,
            cut=answer.finish == "length" and bool(shown),
        )

    # Taking proposals ----------------------------------------------------------------------------

    def _taken(self, state: _State, answer: Answer, calls: Sequence[Call]) -> _State:
        """The state with what can be taken of the proposals, and what the model hears of them."""
        draft, kept, asks, faults = state.draft, list[Change](), state.asks, list[Problem]()
        for call in calls:
            proposal, unread = self._read(call, draft)
            news = [change for change in proposal.changes if _is_news(change, draft)]
            said = [*(exchange.said for exchange in self.talk.exchanges), self.said]
            allowed, refused = permitted(news, draft, said=said)
            fits, unfit = fitting(allowed, draft)
            draft = draft.changed(fits, turn=self.talk.turn)
            kept += fits
            asks = proposal.asks or asks
            faults += [*unread, *refused, *unfit]
        if kept:
            faults += [p for p in self._problems(draft) if p not in (*self.before, *faults)]
        hide = self.who.names.hide
        paths = [".".join(change.path) for change in kept]
        told = hide(prompt.result(paths, self._tellable_problems(faults), draft))
        return replace(
            state,
            draft=draft,
            changes=(*state.changes, *kept),
            rounds=(*state.rounds, Round(answer.text, answer.calls, told)),
            asks=asks,
            faults=tuple(faults),
        )

    def _read(self, call: Call, draft: Draft) -> tuple[Proposal, tuple[Problem, ...]]:
        if call.name != TOOL:
            hint = f"The only tool is {TOOL}."
            return Proposal(), (Problem("tool", "there is no such tool", hint),)
        try:
            return read_proposal(call.arguments, draft, show=self.who.names.show), ()
        except Unreadable as exc:
            return Proposal(), exc.problems

    def _problems(self, draft: Draft) -> Iterator[Problem]:
        """What the checks find wrong; what is only missing yet is no fault."""
        for problem in self.who.problems(draft, self.data):
            if not (problem.message == "is missing" and _comes_later(problem.path)):
                yield problem

    def _finished(self, state: _State) -> Reply:
        words = list(state.words)
        own = _own_words(state)
        if own:
            self.who.hear(f"\n\n{own}" if words else own)
            words.append(own)
        usage = {**state.tokens, "requests": state.requests, "repairs": state.repairs}
        return Reply("\n\n".join(words), state.changes, state.asks, state.model, usage)


def _is_of(exchange: Exchange, data: Data | None) -> bool:
    """Whether an exchange was about this table, or about none: only that may be told of."""
    then = exchange.data
    return then is None or (data is not None and _place(then) == _place(data))


def _place(data: Data) -> tuple[object, ...]:
    return data.plugin, data.params.get("path"), data.profile.names


def _is_news(change: Change, draft: Draft) -> bool:
    """Whether a change changes anything: a value, or that the researcher has now stated it."""
    current = draft.get(*change.path)
    if change.value is None or current != change.value:
        return bool(current != change.value)
    origin = draft.origins.get(change.path)
    return change.how == "said" and origin is not None and origin.how != "said"


def _comes_later(path: str) -> bool:
    return path in _LATER


def _own_words(state: _State) -> str:
    """What the program adds: what nobody corrected, and something where the model said nothing."""
    if state.faults:
        return prompt.told(state.faults, "This could not be settled")
    if state.cut:
        return "(The model's answer was cut off here.)"
    if state.words:
        return ""
    settled = ", ".join(".".join(change.path) for change in state.changes)
    return f"Noted: {settled}." if settled else "The model had nothing to say."
