"""How a conversation is shown and read: on a terminal, or from lines of a file or a pipe."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Protocol

from synthcraft.printable import printable

if TYPE_CHECKING:
    from rich.live import Live

PROMPT = "you> "
TAIL = 12
"""Lines of an answer that are shown while it comes."""


class Terminal(Protocol):
    """Whatever shows a conversation; ``alive`` tells whether a person sits there."""

    alive: bool

    def lines(self) -> Iterator[str]:
        """What the researcher says, message by message."""
        ...

    def ask(self, question: str) -> str:
        """The researcher's answer to one question; empty where nobody can be asked."""
        ...

    def show(self, text: str, *, style: str = "") -> None:
        """Show a text."""
        ...

    def working(self) -> AbstractContextManager[None]:
        """Show that an answer is on its way."""
        ...

    def hear(self, piece: str) -> None:
        """Show a piece of the answer that is on its way."""
        ...


class Lines:
    """Messages that are there beforehand; a question is answered by the line that follows it.

    A line that is neither yes nor no answers no question, and is left to be said.
    """

    alive = False

    def __init__(self, messages: Iterable[str]) -> None:
        self._ahead: deque[str] = deque()
        self._messages = iter(messages)

    def lines(self) -> Iterator[str]:
        """Every message that is not empty, shown as it is said."""
        while (line := self._next()) is not None:
            if line.strip():
                print(f"{PROMPT}{printable(line.strip())}", flush=True)
                yield line.strip()

    def ask(self, question: str) -> str:
        """The next line, if it says yes or no."""
        from synthcraft.chat.confirm import answer_in

        self.show(question)
        line = self._next()
        if line is not None and answer_in(line)[0] == "other":
            self._ahead.append(line)
            line = None
        self.show(f"{PROMPT}{line.strip()}" if line else "(no answer)")
        return line or ""

    def show(self, text: str, *, style: str = "") -> None:  # noqa: ARG002 (plain text has none)
        """Print a text."""
        if text:
            print(printable(text), flush=True)

    @contextmanager
    def working(self) -> Iterator[None]:
        """Nothing is shown of an answer before it is whole."""
        yield

    def hear(self, piece: str) -> None:
        """Pieces are not shown."""

    def _next(self) -> str | None:
        return self._ahead.popleft() if self._ahead else next(self._messages, None)


class Person:
    """A person at a terminal: history, pasting of several lines, completion of commands."""

    alive = True

    def __init__(self, words: Callable[[], Sequence[str]], past: Iterable[str] = ()) -> None:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.completion import DynamicCompleter, WordCompleter
        from prompt_toolkit.history import InMemoryHistory
        from rich.console import Console

        # What was said stays in the transcript: no history file in the home directory.
        history = InMemoryHistory(list(past))
        completer = DynamicCompleter(lambda: WordCompleter(list(words()), sentence=True))
        self._prompt: PromptSession[str] = PromptSession(
            history=history, completer=completer, reserve_space_for_menu=4
        )
        self._console = Console()
        self._heard = ""
        self._live: Live | None = None

    def lines(self) -> Iterator[str]:
        """What is typed, until the end of input (Ctrl-D)."""
        while True:
            try:
                line = self._prompt.prompt(PROMPT).strip()
            except EOFError:
                return
            if line:
                yield line

    def ask(self, question: str) -> str:
        """What is typed next."""
        with self._still():
            self.show(question)
            try:
                return self._prompt.prompt(PROMPT).strip()
            except EOFError:
                return ""

    def show(self, text: str, *, style: str = "") -> None:
        """Print a text, wrapped at words."""
        if text:
            shown = printable(text)
            self._console.print(shown, style=style, markup=False, highlight=False, emoji=False)

    @contextmanager
    def working(self) -> Iterator[None]:
        """The last lines of the answer as it comes; they give way to the whole of it."""
        from rich.live import Live

        self._heard = ""
        self._live = Live("…", console=self._console, transient=True, refresh_per_second=8)
        try:
            with self._live:
                yield
        finally:
            self._live = None

    def hear(self, piece: str) -> None:
        """Show the piece below what came before it."""
        from rich.text import Text

        self._heard += piece
        tail = printable(self._heard).splitlines()[-TAIL:]
        if self._live is not None:
            self._live.update(Text("\n".join(tail), style="dim"))

    @contextmanager
    def _still(self) -> Iterator[None]:
        """Nothing moves on the terminal while something is typed."""
        live = self._live
        if live is None:
            yield
            return
        live.stop()
        try:
            yield
        finally:
            live.start()
