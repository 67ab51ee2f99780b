"""A conversation as it goes on: each step is taken, and written down before the next one.

What is known of the researcher's table is found here, on this computer; whoever answers, a model
or the rules, gets no more than a Talk and can do no more than propose.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from synthcraft import __version__
from synthcraft.catalogue import DATASETS
from synthcraft.chat import confirm, save
from synthcraft.chat.draft import Change, Draft
from synthcraft.chat.errors import Blocked, ChatError
from synthcraft.chat.guarded import permitted
from synthcraft.chat.named import DATA, Named, named, nearest_file
from synthcraft.chat.session import Session, after, fold
from synthcraft.chat.talk import Data, Interviewer, Reply
from synthcraft.chat.transcript import (
    UNNAMED,
    Agreed,
    Answered,
    Asked,
    Completed,
    Confirmed,
    Declined,
    Event,
    Failed,
    Found,
    Said,
    Saved,
    Started,
    Transcript,
    Undone,
    free,
)
from synthcraft.errors import Problem, UserError
from synthcraft.spec.types import NAME

WRITTEN = {
    "sep": "its cells are separated by {}",
    "decimal": "the decimal mark is {}",
    "encoding": "its text is {}",
}
"""How a text table is written, in words."""


class Shared(Protocol):
    """What of a table would be sent (chat/outgoing/sharing)."""

    @property
    def text(self) -> str:
        """Every word of it."""
        ...

    @property
    def sha256(self) -> str:
        """The text's hash, to which the researcher agrees."""
        ...


@dataclass(frozen=True)
class Means:
    """What a host acts with.

    ``load`` reads and profiles a table, ``problems`` says what is wrong with a draft, ``complete``
    fills what nobody spoke of. ``rules`` answer on this computer. Where there is a ``model``, it
    is made for a table, and answers only once the researcher has said yes to ``agree`` (the text
    that ``share`` makes, and what was agreed last), for ``address``, the server that it is sent to.
    ``assent`` stands for every yes, in scripts. ``tell`` shows what is found on this computer, and
    stays here.
    """

    rules: Interviewer
    load: Callable[[str, Mapping[str, Any]], Data]
    problems: Callable[[Draft, Data | None], Sequence[Problem]]
    complete: Callable[[Draft, Data | None], Sequence[Change]]
    model: Callable[[Data | None], Interviewer] | None = None
    share: Callable[[Data], Shared] | None = None
    agree: Callable[[Shared, str], bool] | None = None
    address: str = ""
    assent: bool = False
    tell: Callable[[str], None] = lambda _: None
    few: Callable[[Draft, Data | None], Sequence[Problem]] = lambda _, __: ()
    """What only few people's values make wrong: told at saving, to the researcher alone."""


@dataclass(frozen=True)
class Turn:
    """What the researcher gets to read: the answer, and what was refused or is wrong."""

    text: str
    refused: tuple[Problem, ...] = ()
    problems: tuple[Problem, ...] = ()


class Host:
    """Leads a conversation over an open transcript."""

    def __init__(self, transcript: Transcript, means: Means) -> None:
        self.means = means
        self._transcript = transcript
        self._leader: tuple[Data | None, Interviewer] | None = None
        self.session = fold(transcript.events)
        if not transcript.events:
            self._note(Started(__version__))
        if isinstance(transcript.events[-1], Answered):
            self._ask()  # the process was killed just before it could be written down

    @classmethod
    def editing(
        cls, transcript: Transcript, means: Means, *, source: Path, settings: Sequence[Change]
    ) -> "Host":
        """A conversation about a spec that is there already."""
        if not transcript.events:
            transcript.append(Started(__version__, str(source), tuple(settings)))
        host = cls(transcript, means)
        plugin = host.session.draft.get("dataset", "plugin")
        if plugin and host.session.data is None:
            host.take(plugin, host.session.draft.get("dataset", "params") or {})
        return host

    def _note(self, event: Event) -> None:
        self._transcript.append(event)
        self.session = after(self.session, event)
        if isinstance(event, Found):
            self._leader = None  # whoever led before knows nothing of this table's secrets

    # One message ---------------------------------------------------------------------------------

    def say(self, text: str) -> Turn:
        """The answer to what the researcher typed.

        Raises
        ------
        ChatError, Blocked
            When no answer can be had, or the message holds something of the table's rows. The
            message is kept and can be sent again (``answer``) or be replaced by another.
        """
        text = text.encode("utf-8", "replace").decode()  # what a terminal could not read
        self._note(Said(text, named(text).heard))
        return self.answer()

    def answer(self) -> Turn:
        """The answer to the message that waits for one (after a failure, or a crash)."""
        said = self.session.waiting
        if said is None:
            return Turn("")
        self._read(named(self.session.said[-1]))
        heard = self._heard(said)
        try:
            reply = self._interviewer().reply(self.session.talk, heard)
        except (ChatError, Blocked) as exc:
            self._note(Failed(str(exc)))
            raise
        return self._settle(reply)

    def _heard(self, said: str) -> str:
        """The message without the yes or no to the program's own question, which is settled."""
        kind, rest = confirm.answer_in(said)
        if self.session.asked and kind == "yes":
            self._note(Confirmed(self.session.asked))
        if self.session.just_confirmed and kind == "yes":
            return rest or confirm.HELD
        return said if rest or not self.session.asked else confirm.NOT_HELD

    def _settle(self, reply: Reply) -> Turn:
        """The draft with what the reply may change, and the question that is due then."""
        session = self.session
        changes, refused = permitted(reply.changes, session.draft, said=session.said)
        draft = session.draft.changed(changes, turn=session.turn)
        problems = tuple(_of_what_stands(self.means.problems(draft, session.data), draft))
        outcome = confirm.outcome(draft, session.data)
        due = outcome not in ({}, session.confirmed, session.put)
        parts = [reply.text.strip(), confirm.question(outcome) if due else ""]
        text = "\n\n".join(part for part in parts if part)
        self._note(
            Answered(text, changes, refused, problems, reply.asks, reply.model, dict(reply.usage))
        )
        self._ask()
        return Turn(text, refused, problems)

    def _ask(self) -> None:
        """Write down that an outcome was put to the researcher, where the answer did so."""
        session = self.session
        outcome = confirm.outcome(session.draft, session.data)
        if outcome not in ({}, session.confirmed, session.put):
            self._note(Asked(outcome))

    def _interviewer(self) -> Interviewer:
        """The model where there is one and it may hear of the table, else the rules."""
        data = self.session.data
        if self.means.model is None or (data is not None and not self.agreed(data)):
            return self.means.rules
        if self._leader is None or self._leader[0] is not data:
            self._leader = (data, self.means.model(data))
        return self._leader[1]

    # The table -----------------------------------------------------------------------------------

    def take(self, plugin: str, params: Mapping[str, Any]) -> str:
        """Make this the table that the conversation is about; says what it is.

        Raises
        ------
        UserError
            When it cannot be read.
        """
        data = self.means.load(plugin, params)
        self._note(Found(data))
        return described(data)

    def refresh(self) -> str:
        """Read the table of a conversation that goes on again; what has changed of it, in words."""
        data = self.session.data
        if data is None:
            return ""
        try:
            now = self.means.load(data.plugin, data.params)
        except UserError as exc:
            return str(exc)
        if now == data:
            return ""
        self._note(Found(now))
        return f"The table has changed since. {described(now)}"

    def take_named(self, words: str) -> str:
        """Make the table of this name (a file's, or a built-in one's) the one that it is about.

        Raises
        ------
        UserError
            When there is none, or it cannot be read.
        """
        plugin, params = table_of(words)
        return "" if self._is_at_hand(plugin, params) else self.take(plugin, params)

    def use(self, words: str) -> Turn:
        """The answer to ``/data WORDS``: a file, or the name of a built-in table.

        Raises
        ------
        UserError
            When it is neither, or cannot be read.
        """
        plugin, params = table_of(words)
        data = self.means.load(plugin, params)
        self._note(Said(f"/data {words}", f"Take {DATA if params else plugin} as the data."))
        self._note(Found(data))
        self.means.tell(described(data))
        return self.answer()

    def _read(self, found: Named) -> None:
        """Read the table that a message names; files that are absent or unreadable are told."""
        for path in found.absent:
            self.means.tell(f"There is no file {path!r}. {nearest_file(path)}")
        plugin, params = self._meant(found)
        if plugin and not self._is_at_hand(plugin, params):
            try:
                self.means.tell(self.take(plugin, params))
            except UserError as exc:
                self.means.tell(str(exc))

    def _meant(self, found: Named) -> tuple[str, Mapping[str, Any]]:
        """The table that a message means, beside the one at hand: its holdout, or another file.

        The name of a built-in table is then no more than a word; ``/data`` takes it.
        """
        data = self.session.data
        if data is None or not found.plugin:
            return found.plugin, found.params
        if found.held_out and data.params.get("path") not in (None, found.params["path"]):
            return data.plugin, {**data.params, "holdout_path": found.params["path"]}
        return (found.plugin, found.params) if found.params else ("", {})

    def _is_at_hand(self, plugin: str, params: Mapping[str, Any]) -> bool:
        data = self.session.data
        if data is None or data.plugin != plugin:
            return False
        # How a file is written was found out when it was read; nobody names it.
        named = {key: value for key, value in data.params.items() if key not in WRITTEN}
        return named == {key: value for key, value in params.items() if key not in WRITTEN}

    def agreed(self, data: Data, *, ask_again: bool = False) -> bool:
        """Whether the researcher agrees that the table's profile is sent.

        Asked once for each text and server: a yes for one on this computer is none for the cloud.
        """
        if self.means.share is None:
            return True
        shared, to = self.means.share(data), self.means.address
        if (to, shared.sha256) in self.session.agreed:
            return True
        if (to, shared.sha256) in self.session.declined and not ask_again:
            return False
        agree = self.means.agree
        before = [text for (whom, _), text in self.session.agreed.items() if whom == to]
        last = before[-1] if before else ""
        yes = self.means.assent or (agree is not None and agree(shared, last))
        sha256, text = shared.sha256, shared.text
        self._note(Agreed(sha256, text, to) if yes else Declined(sha256, to))
        return yes

    # Back, and to the file -----------------------------------------------------------------------

    def undo(self) -> Session:
        """Take back what the last message changed; the session as it was before."""
        before = self.session
        self._note(Undone())
        return before

    def complete(self, path: Path | None = None) -> tuple[Change, ...]:
        """Fill in what nobody spoke of; what was filled in. ``path`` is the spec's file, if named.

        Only whoever names a file on purpose names the study by it.
        """
        session = self.session
        own = (*_own_outcome(session.draft, session.data), *_own_name(session.draft, path))
        draft = session.draft.changed(own, turn=session.turn)
        changes = (*own, *self.means.complete(draft, session.data))
        if changes:
            self._note(Completed(changes))
        return changes

    def unconfirmed(self) -> str:
        """The question that has to be answered with yes before a spec is saved; none if empty."""
        outcome = confirm.outcome(self.session.draft, self.session.data)
        if not outcome or self.session.is_confirmed(outcome):
            return ""
        if self.means.assent:
            self._note(Confirmed(outcome, "proposed"))
            return ""
        if self.session.asked != outcome:
            self._note(Asked(outcome))
        return confirm.question(outcome)

    def confirm(self, text: str) -> bool:
        """Whether a text says yes to what is asked."""
        yes = bool(self.session.asked) and confirm.answer_in(text)[0] == "yes"
        if yes:
            self._note(Confirmed(self.session.asked))
        return yes

    def may_write(self, path: Path) -> bool:
        """Whether a file is absent or this conversation's own."""
        return save.may_write(self.session, path, self._transcript.path)

    def changed_since_saving(self) -> bool:
        """Whether the draft is another one than the spec that was saved last."""
        return self.session.draft != self.session.kept

    def settle_down(self, spec: Path) -> None:
        """Let the transcript lie beside the spec, under its name, where it has none yet."""
        if self._transcript.path.name.startswith(UNNAMED):
            self._transcript.move(free(spec))

    def named_the_target(self) -> bool:
        """Confirm the outcome where the researcher's own words name it, as ``--once`` asks."""
        outcome = confirm.outcome(self.session.draft, self.session.data)
        named_it = confirm.names_target(self.session.said, outcome, self.session.data)
        if named_it:
            self._note(Confirmed(outcome))
        return named_it

    def save(self, path: Path, *, force: bool = False) -> save.Written:
        """Write the spec and where its settings come from.

        Raises
        ------
        UserError
            With everything that is wrong with the spec; when target and task are not confirmed;
            when there is another file, unless told by ``force`` to replace it.
        """
        self.complete(path)
        question = self.unconfirmed()
        draft, data = self.session.draft, self.session.data
        problems = [*self.means.problems(draft, data), *self.means.few(draft, data)]
        if problems:
            raise UserError(problems)
        if question:
            told = "target and task have to be confirmed before anything is saved"
            hint = f"{question} Answer with yes; in a script by the next line, or by --yes."
            raise UserError([Problem("dataset.target", told, hint)])
        done = save.write(self.session, path, self._transcript, force=force)
        self._note(Saved(str(done.path), done.sha256))
        return done


def described(data: Data) -> str:
    """What a table is, in one line."""
    profile = data.profile
    persons = f" of about {profile.persons:,} persons" if profile.persons else ""
    return (
        f"The table has about {profile.rows:,} rows{persons} and {len(profile.columns)} columns"
        f"{_written(data.params)}. It was read on this computer; nothing of it has been sent."
    )


def _written(params: Mapping[str, Any]) -> str:
    """How its file is written, where that is not as usual."""
    told = [words.format(repr(params[key])) for key, words in WRITTEN.items() if params.get(key)]
    return f"; {', '.join(told)}" if told else ""


def table_of(words: str) -> tuple[str, dict[str, Any]]:
    """The plug-in and parameters that the words of ``/data`` mean.

    Raises
    ------
    UserError
        For a file that is absent, and a name that is no built-in table's.

    >>> table_of("nhanes")
    ('nhanes', {})
    """
    words = words.strip().strip("\"'")
    if words in DATASETS and not _needs_file(words):
        return words, {}
    found = named(words)
    if found.plugin:
        return found.plugin, dict(found.params)
    if found.absent:
        raise UserError([Problem(found.absent[0], "no such file", nearest_file(found.absent[0]))])
    built_in = ", ".join(card.name for card in DATASETS if not _needs_file(card.name))
    hint = f"Name a file (.csv, .parquet, .xpt) or a built-in table: {built_in}."
    raise UserError([Problem(words, "is neither a table's file nor a built-in table", hint)])


def _needs_file(name: str) -> bool:
    return any(info.is_required() for info in DATASETS.get(name).params.model_fields.values())


def _own_outcome(draft: Draft, data: Data | None) -> Iterator[Change]:
    """A built-in table's own outcome, where the researcher named no other."""
    if data is None or draft.get("dataset", "target") is not None:
        return
    own = DATASETS.get(data.plugin).defaults or {}
    for key in ("target", "task", "positive", "time"):
        if key in own and draft.get("dataset", key) is None:
            why = "the outcome that comes with this built-in table"
            yield Change(("dataset", key), own[key], "default", why)


def _own_name(draft: Draft, path: Path | None) -> Iterator[Change]:
    """The name of the file as that of a study that has none."""
    if path is not None and draft.get("name") is None and re.fullmatch(NAME, path.stem):
        yield Change(("name",), path.stem, "said", "the name of the file")


def _of_what_stands(problems: Sequence[Problem], draft: Draft) -> Iterator[Problem]:
    """The problems of settings that there are; what is still missing is asked about, not told."""
    standing = {".".join(path) for path in draft.origins}
    for problem in problems:
        if any(f"{problem.path}.".startswith(f"{path}.") for path in standing):
            yield problem
