"""``chat-eval``: how well a model, or the rules, lead the written conversations."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthcraft.chat.errors import ChatError
from synthcraft.cli.main import INTERRUPTED
from synthcraft.cli.text import paragraph, table
from synthcraft.errors import Problem, UserError, nearest

if TYPE_CHECKING:
    from synthcraft.chat.talk import Data, Interviewer
    from synthcraft.chat.written.play import Lead, Played
    from synthcraft.chat.written.score import Figure, Line, Score
    from synthcraft.chat.written.suite import Conversation

SUITE = "conversations"
NOTHING = "–"
MOST_UNANSWERED = 2
"""Conversations without any answer, one after the other, that are still put down to the model."""
HEADER = ("", "n", "first try %", "valid %", "settings %", "clean %", "questions", "tokens")
READ = (
    "first try: the spec could be saved, and no proposal had to be repaired; valid: it could be "
    "saved in the end; settings: share of what a right spec must hold, in the mean over "
    "conversations; clean: nothing forbidden in spec or answers, of those that forbid something; "
    "questions and tokens: per conversation. In brackets 95 % intervals over conversations "
    "(Wilson for shares, on the safe side; BCa bootstrap for counts): another suite of this kind "
    "could give any value in them."
)


def parser() -> argparse.ArgumentParser:
    """The options of ``chat-eval``."""
    this = argparse.ArgumentParser(
        prog="python -m synthcraft chat-eval",
        description="Hold the written conversations with a language model, or by the rules, and "
        "score the specs that come out. Their tables are public or invented: no row of yours is "
        "read.",
        epilog="Choose a model by these numbers, not by its name; see docs/conversations.md.",
    )
    who = this.add_mutually_exclusive_group()
    who.add_argument("--offline", action="store_true", help="by rules, without any model")
    who.add_argument("--silent", action="store_true", help="by defaults alone: the floor")
    this.add_argument("--base-url", metavar="URL", help="any OpenAI-compatible server")
    this.add_argument("--model", metavar="NAME", help="the model to ask for")
    this.add_argument(
        "--only", action="append", default=[], metavar="NAME",
        help="a category or a conversation; may be given several times"
    )  # fmt: skip
    this.add_argument(
        "--repeats", type=_count, default=1, metavar="N",
        help="how often each conversation is held; a model answers differently each time"
    )  # fmt: skip
    this.add_argument("--show", metavar="NAME", help="tell one conversation word by word")
    this.add_argument("--json", action="store_true", help="all scores and figures as JSON")
    this.add_argument("--suite", type=Path, metavar="DIR", help="conversations of your own")
    return this


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"got {text!r}, give a whole number of at least 1")
    return int(text)


def main(argv: Sequence[str]) -> int:
    """0 when the conversations were held, however well; 1 when there was nobody to talk to."""
    options = parser().parse_args(argv)
    suite = _suite(options)
    from synthcraft.chat.written.play import judge

    held, ended = _as_far_as_it_goes(_held(suite, _lead(options), options.repeats))
    if options.show:
        print("\n\n".join("\n".join(_told(played)) for played in held))
    else:
        scores = [judge(played) for played in held]
        print(_as_json(held, scores) if options.json else "\n".join(_tables(held, scores)))
    return ended


def _as_far_as_it_goes(plays: "Iterator[Played]") -> "tuple[list[Played], int]":
    """What was held, and the exit code: a server that dies, or Ctrl-C, loses nothing of it."""
    held: list[Played] = []
    try:
        held.extend(plays)
    except (ChatError, KeyboardInterrupt) as stop:
        if not held:
            raise
        told = str(stop) or "Interrupted."
        print(f"{told}\nStopped after {len(held)} conversations:", file=sys.stderr)
        return held, INTERRUPTED if isinstance(stop, KeyboardInterrupt) else stop.exit_code
    return held, 0


def _suite(options: argparse.Namespace) -> "tuple[Conversation, ...]":
    from synthcraft.chat.written.suite import read_suite
    from synthcraft.shipped import home

    folder = options.suite or home() / SUITE
    if not folder.is_dir():
        raise UserError([Problem("--suite", f"there is no directory {str(folder)!r}")])
    suite = read_suite(folder, options.only)
    if not suite:
        hint = "Give a directory with conversations as YAML, and what is in it with --only."
        raise UserError([Problem("--suite", "no conversation was chosen", hint)])
    if options.show is None:
        return suite
    names = [conversation.name for conversation in suite]
    if options.show not in names:
        told = f"no conversation {options.show!r}"
        raise UserError([Problem("--show", told, nearest(options.show, names))])
    return tuple(c for c in suite if c.name == options.show)


def _held(suite: "Sequence[Conversation]", lead: "Lead", repeats: int) -> "Iterator[Played]":
    """Each conversation, held so many times.

    Raises
    ------
    ChatError
        When the first one gets no answer at all, or several one after the other: nobody is there.
    """
    from synthcraft.chat.checks import problems
    from synthcraft.chat.written.play import play

    shown: Callable[[str], None] = _line if sys.stderr.isatty() else lambda _: None
    unanswered = MOST_UNANSWERED
    for repeat in range(repeats):
        for place, conversation in enumerate(suite, start=1):
            shown(f"{place} of {len(suite)}, time {repeat + 1} of {repeats}: {conversation.name}")
            played = play(conversation, lead, check=problems)
            unanswered = 0 if played.replies else unanswered + 1
            if unanswered > MOST_UNANSWERED:
                raise ChatError(played.failure)
            yield played
    shown("")


def _line(text: str) -> None:
    print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def _lead(options: argparse.Namespace) -> "Lead":
    """Whoever leads the conversations."""
    if options.silent:
        from synthcraft.chat.written.play import Silent

        return lambda _: Silent()
    if options.offline:
        from synthcraft.chat.offline.rules import Rules

        return lambda _: Rules()
    return _model(options)


def _model(options: argparse.Namespace) -> "Lead":
    """A language model, told of each table what ``chat`` would tell it."""
    from synthcraft.chat.checks import problems_when_completed
    from synthcraft.chat.model.endpoint import NoKey, endpoint
    from synthcraft.chat.model.interviewer import interviewer_at
    from synthcraft.cli.chat_means import Tables
    from synthcraft.data.profile import FEWEST

    try:
        at = endpoint(options.base_url, options.model, environ=os.environ)
    except NoKey as exc:
        raise ChatError(f"{exc} To score the rules instead: --offline.") from None
    tables = Tables(FEWEST, mask=False)

    def lead(data: "Data") -> "Interviewer":
        guard, shared = tables.guarded(data)
        return interviewer_at(at, problems=problems_when_completed, shared=shared, guards=[guard])

    return lead


# What is told --------------------------------------------------------------------------------


def _tables(held: "Sequence[Played]", scores: "Sequence[Score]") -> Iterator[str]:
    from synthcraft.chat.written.score import by_category, by_slot

    if models := sorted({model for played in held for model in played.session.models}):
        yield f"model: {', '.join(models)}\n"
    yield table([_row(line) for line in by_category(scores)], header=HEADER)
    yield ""
    slots = [(name, str(f.n), _share(f)) for name, f in by_slot(scores).items()]
    yield table(slots, header=("slot", "n", "settings %"))
    yield ""
    yield from _wrong(scores)
    yield paragraph(READ)


def _row(line: "Line") -> tuple[str, ...]:
    shares = map(_share, (line.first, line.valid, line.right))
    clean = NOTHING if line.clean is None else _share(line.clean)
    tokens = NOTHING if line.tokens is None else _amount(line.tokens)
    return (line.name, str(line.n), *shares, clean, _amount(line.questions), tokens)


def _share(figure: "Figure") -> str:
    mean, low, high = (100 * (value or 0.0) for value in (figure.mean, figure.low, figure.high))
    return f"{mean:.0f} ({low:.0f}–{high:.0f})"


def _amount(figure: "Figure") -> str:
    mean = f"{figure.mean:,.1f}" if figure.mean < 100 else f"{figure.mean:,.0f}"
    if figure.low is None or figure.high is None:
        return mean
    digits = 1 if figure.mean < 100 else 0
    return f"{mean} ({figure.low:,.{digits}f}–{figure.high:,.{digits}f})"


def _wrong(scores: "Sequence[Score]") -> Iterator[str]:
    """What each conversation lacks, a paragraph each; of repeats, what any of them lacks."""
    lacks: dict[str, dict[str, None]] = {}
    for score in scores:
        if found := list(_lacks(score)):
            lacks.setdefault(score.conversation, {}).update(dict.fromkeys(found))
    for name, its in sorted(lacks.items()):
        yield paragraph(f"{name}: {', '.join(its)}", indent=2)
    if lacks:
        yield "\nWhat they lack stands above; --show NAME tells one word by word.\n"


def _lacks(score: "Score") -> Iterator[str]:
    yield from (path for path, right in score.held.items() if not right)
    yield from (f"forbidden text {text!r}" for text in score.breaches)
    if score.failure:
        yield score.failure.splitlines()[0]
    elif not score.valid:
        yield "cannot be saved"


def _told(played: "Played") -> Iterator[str]:
    """One conversation, word by word, and what its spec holds of what it should."""
    from synthcraft.chat.written.play import judge
    from synthcraft.chat.written.score import found

    conversation, score = played.conversation, judge(played)
    yield f"{conversation.name} ({conversation.category}): {conversation.who}"
    for exchange in played.session.exchanges:
        yield f"\n> {exchange.said}\n{exchange.answer}"
    yield ""
    rows = [
        ("right" if score.held[path] else "wrong", path, _short(found(plain, path.split("."))),
         _short(wanted))
        for plain in [played.session.draft.plain]
        for path, wanted in conversation.gold.items()
    ]  # fmt: skip
    yield table(rows, header=("", "setting", "is", "shall be"))
    yield from (f"cannot be saved: {problem}" for problem in played.problems)
    yield from (f"forbidden: {text}" for text in score.breaches)
    if played.failure:
        yield f"ended early: {played.failure}"


def _short(value: Any) -> str:
    text = NOTHING if value is None else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _as_json(held: "Sequence[Played]", scores: "Sequence[Score]") -> str:
    from synthcraft.chat.written.score import by_category, by_slot

    plain = {
        "models": sorted({model for played in held for model in played.session.models}),
        "categories": [asdict(line) for line in by_category(scores)],
        "slots": {name: asdict(figure) for name, figure in by_slot(scores).items()},
        "conversations": [
            {
                **asdict(score),
                "right": score.right,
                "problems": [str(problem) for problem in played.problems],
                "usage": dict(played.session.usage),
            }
            for played, score in zip(held, scores, strict=True)
        ],
    }
    return json.dumps(plain, ensure_ascii=False, indent=2)
