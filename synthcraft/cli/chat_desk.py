"""One conversation at a terminal: messages go to the host, words after a slash are commands."""

import difflib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from synthcraft.chat.draft import Change, Draft
from synthcraft.chat.errors import Blocked, ChatError
from synthcraft.chat.explain import HOWS, explained, topic
from synthcraft.chat.explain import Origins as _Origins
from synthcraft.chat.host import Host, Turn
from synthcraft.chat.offline.meaning import told_column
from synthcraft.chat.save import FOLDER, Written, settings, spec_text
from synthcraft.cli.chat_terminal import Terminal
from synthcraft.cli.text import table
from synthcraft.errors import Problem, SynthCraftError, UserError, nearest
from synthcraft.redact import place_of

COMMANDS = {
    "/show": "the spec so far",
    "/diff": "what the last message changed; /diff FILE: against a spec file",
    "/undo": "take back what the last message changed",
    "/explain": "/explain WORD: what a setting, subject or column means; where a value comes from",
    "/data": "/data FILE or NAME: the table; a file, or a built-in table",
    "/agree": "what would be sent of the table to a model, and your agreement to it",
    "/save": "write the spec; /save FILE: under this name",
    "/retry": "send the last message again, after a failure",
    "/offline": "go on by rules, without any model",
    "/quit": "end; the conversation can be resumed",
    "/help": "these commands",
}
_COMMAND = re.compile(r"/[A-Za-z-]*(?:\s|$)")  # a path has another slash, or a dot
GREETING = (
    "Tell me what you want to find out, and on which data (a file on this computer, or a built-in "
    'table such as nhanes). "I don\'t know" is a good answer; /help lists commands.'
)


@dataclass
class Desk:
    """A conversation at a terminal; ``written`` is the spec that was saved last."""

    host: Host
    terminal: Terminal
    path: Path | None = None
    force: bool = False
    written: Written | None = None

    def hold(self) -> None:
        """Take messages until there are no more, or /quit. Each failure is told, none ends it.

        Raises
        ------
        SynthCraftError
            A failure where nobody sits at the terminal.
        """
        for line in self.terminal.lines():
            try:
                if not self.hear(line):
                    return
            except KeyboardInterrupt:
                if not self.terminal.alive:
                    raise
                self.tell("Interrupted. /retry sends your message again.")
            except SynthCraftError as exc:
                if not self.terminal.alive:
                    raise
                self.tell(told(exc), style="red")
            except Exception as exc:
                if not self.terminal.alive:
                    raise fault(exc) from None
                self.tell(str(fault(exc)), style="red")

    def hear(self, line: str) -> bool:
        """Whether the conversation goes on after this message or command."""
        if not _COMMAND.match(line):
            self.turn(lambda: self.host.say(line))
            return True
        word, _, rest = line.partition(" ")
        if word == "/quit":
            return False
        if word not in COMMANDS:
            hint = f"{nearest(word, COMMANDS)} /help lists all."
            raise UserError([Problem(word, "is no command", hint)])
        act: Callable[[str], None] = getattr(self, f"do_{word[1:]}")
        act(rest.strip())
        return True

    def turn(self, act: Callable[[], Turn]) -> None:
        """Show what comes of a message."""
        with self.terminal.working():
            turn = act()
        self.tell(turn.text)
        for problem in turn.refused:
            self.tell(f"Refused: {problem}", style="yellow")
        for problem in turn.problems:
            self.tell(f"To be settled: {problem}", style="yellow")

    def tell(self, text: str, *, style: str = "") -> None:
        """Show a text."""
        self.terminal.show(text, style=style)

    # Commands ------------------------------------------------------------------------------------

    def do_help(self, _: str) -> None:
        """/help"""
        self.tell(table(list(COMMANDS.items())))

    def do_show(self, _: str) -> None:
        """/show"""
        draft = self.host.session.draft
        self.tell(spec_text(draft) if draft.plain else "Nothing is settled yet.")

    def do_diff(self, rest: str) -> None:
        """/diff"""
        now = self.host.session.draft
        if rest:
            from synthcraft.spec.read import dump_plain, read_file

            self.tell(difference(dump_plain(read_file(Path(rest))), _yaml(now)))
            return
        before = self.host.session.before
        self.tell(difference(_yaml(before[-1].draft) if before else "", _yaml(now)))

    def do_undo(self, _: str) -> None:
        """/undo"""
        before = self.host.undo()
        self.tell("Taken back:\n" + difference(_yaml(before.draft), _yaml(self.host.session.draft)))

    def do_explain(self, rest: str) -> None:
        """/explain"""
        if not rest:
            hint = "Example: /explain epsilon. /show shows all settings."
            raise UserError([Problem("/explain", "of what?", hint)])
        draft, data = self.host.session.draft, self.host.session.data
        columns = {column.name: column for column in data.profile.columns} if data else {}
        if rest in columns:
            self.tell(told_column(columns[rest]))
            return
        for line in topic(rest, draft.plain):
            self.tell(line)
        for line in _origins_of(draft, rest):
            self.tell(line)

    def do_data(self, rest: str) -> None:
        """/data"""
        self.turn(lambda: self.host.use(rest))

    def do_agree(self, _: str) -> None:
        """/agree"""
        data = self.host.session.data
        if self.host.means.model is None:
            self.tell("This conversation goes by rules on this computer: nothing is sent.")
        elif data is None:
            self.tell("There is no table yet; nothing of it can be sent.")
        elif self.host.agreed(data, ask_again=True):
            self.tell("You have agreed: exactly that text is sent, and nothing else of the table.")
        else:
            self.tell("Not agreed: nothing of the table is sent; the rules go on.")

    def do_save(self, rest: str) -> None:
        """/save"""
        self.save(Path(rest).expanduser() if rest else None)

    def do_retry(self, _: str) -> None:
        """/retry"""
        if self.host.session.waiting is None:
            self.tell("Every message has its answer.")
        self.turn(self.host.answer)

    def do_offline(self, _: str) -> None:
        """/offline"""
        self.host.means = replace(self.host.means, model=None)
        self.tell("From here on by rules, on this computer.")
        if self.host.session.waiting is not None:
            self.turn(self.host.answer)

    # The end -------------------------------------------------------------------------------------

    def save(self, path: Path | None = None) -> None:
        """Complete the spec, have it confirmed, write it and say how it is run.

        Raises
        ------
        UserError
            When it cannot be saved; everything that is wrong is told.
        """
        if self.host.session.data is None:
            hint = "Name a file (.csv, .parquet, .xpt) or a built-in table, such as nhanes."
            raise UserError([Problem("dataset", "no table was named", hint)])
        for line in reasons(self.host.complete(path or self.path)):
            self.tell(line, style="dim")
        question = self.host.unconfirmed()
        if question:
            self.host.confirm(self.terminal.ask(question))
        path = path or self.path or self._by_name()
        self.written = self.host.save(path, force=self._may_replace(path))
        self.path = path
        self.tell(f"saved: {path}")
        self.tell(self._how_long())
        self.tell(f"Where each setting comes from:  python -m synthcraft explain {path}")
        self.tell(f"Run it:  python -m synthcraft run {path}")

    def _how_long(self) -> str:
        """About how long the run will take."""
        from synthcraft.chat.checks import duration
        from synthcraft.cli.validate import readable

        session = self.host.session
        found = None if session.data is None else duration(session.draft, session.data)
        if found is None:
            return f"How long it will take:  python -m synthcraft validate {self.path}"
        run = found.run
        span = f"{readable(run.low)} to {readable(run.high)} in four of five cases"
        return f"It will take about {readable(run.median)} on this computer ({span})."

    def _by_name(self) -> Path:
        """experiments/NAME.yaml, and the transcript beside it."""
        name = self.host.session.draft.get("name") or "experiment"
        path = FOLDER / f"{name}.yaml"
        self.host.settle_down(path)
        return path

    def _may_replace(self, path: Path) -> bool:
        """By --force, or a yes to the question whether another file may be replaced."""
        if self.force or not self.terminal.alive or self.host.may_write(path):
            return self.force
        from synthcraft.chat.confirm import answer_in

        asked = f"{path} is there already. Shall it be replaced? (yes / no)"
        return answer_in(self.terminal.ask(asked))[0] == "yes"


def reasons(filled: Iterable[Change]) -> Iterator[str]:
    """What was filled in and why, a line for each reason; the format's version is nobody's choice.

    >>> changes = [Change((key,), 1, "default", "as ever") for key in ("version", "seed", "name")]
    >>> list(reasons(changes))
    ['seed, name: as ever']
    """
    told = [change for change in filled if change.why and change.path != ("version",)]
    for why, alike in groupby(told, key=lambda change: change.why):
        yield f"{', '.join('.'.join(change.path) for change in alike)}: {why}"


def told(exc: SynthCraftError) -> str:
    """A failure in words, with what can be done; never a traceback."""
    if isinstance(exc, ChatError):
        return f"{exc}\n/retry sends your message again; /offline goes on by rules, without it."
    if isinstance(exc, Blocked):
        return f"{exc}\nIt was not sent. Say it in other words, or /offline to go on by rules."
    return str(exc)


def fault(exc: Exception) -> SynthCraftError:
    """A fault of ours; not the message, which may quote a cell."""
    where = f"{type(exc).__name__} at {place_of(exc)}"
    return SynthCraftError(f"Something went wrong inside SynthCraft ({where}).")


def difference(before: str, after: str) -> str:
    """The lines in which two texts differ.

    >>> print(difference("a: 1\\n", "a: 2\\n"))
    -a: 1
    +a: 2
    """
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1)
    kept = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
    return "\n".join(kept) or "No difference."


def _yaml(draft: Draft) -> str:
    return spec_text(draft) if draft.plain else ""


def _origins_of(draft: Draft, word: str) -> Iterator[str]:
    """Value and origin of the draft's settings that a word names."""
    origins = _Origins("", {}, 0, tuple(settings(draft)))
    for one in explained(draft.plain, origins):
        if word in (one.path, one.path.rpartition(".")[2]):
            turn = f", message {one.turn}" if one.turn else ""
            why = f": {one.why}" if one.why else ""
            yield f"{one.path} = {one.value!r} ({HOWS[one.how]}{turn}{why})"
