"""``chat``: a conversation that ends in a spec file."""

import argparse
import shlex
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from synthcraft.cli.chat_terminal import Lines, Person, Terminal
from synthcraft.cli.main import INTERRUPTED
from synthcraft.cli.profile import people
from synthcraft.errors import Problem, SynthCraftError, UserError

if TYPE_CHECKING:
    from synthcraft.chat.host import Host, Means
    from synthcraft.chat.transcript import Transcript
    from synthcraft.cli.chat_desk import Desk


def parser() -> argparse.ArgumentParser:
    """The options of ``chat``."""
    this = argparse.ArgumentParser(
        prog="python -m synthcraft chat",
        description="Describe a study in your own words; the conversation ends in a spec file that "
        "validates and runs. Your table is read on this computer only: before anything about it is "
        "sent to a language model you see the exact text, and are asked.",
        epilog=_EXPLAINED,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    this.add_argument("-o", "--output", type=Path, metavar="FILE", help="the spec to write")
    this.add_argument("--data", metavar="FILE|NAME", help="the table: a file or a built-in one")
    this.add_argument("--offline", action="store_true", help="by rules, without any model")
    this.add_argument("--base-url", metavar="URL", help="any OpenAI-compatible server")
    this.add_argument("--model", metavar="NAME", help="the model to ask for")
    how = this.add_mutually_exclusive_group()
    how.add_argument("--script", type=Path, metavar="FILE", help="messages: one a line, or a list")
    how.add_argument("--once", metavar="TEXT", help="one message; the spec is saved after it")
    start = this.add_mutually_exclusive_group()
    start.add_argument("--from", type=Path, dest="source", metavar="SPEC", help="edit this spec")
    start.add_argument("--resume", type=Path, metavar="TRANSCRIPT", help="go on where it stopped")
    this.add_argument("--yes", action="store_true", help="agree and confirm beforehand, in scripts")
    this.add_argument("--force", action="store_true", help="replace a spec file that is there")
    this.add_argument("--mask-names", action="store_true", help="send no column's name")
    this.add_argument(
        "--k",
        type=people,
        default=10,
        metavar="N",
        help="people behind anything that is told of the table (default: 10)",
    )
    return this


_EXPLAINED = """\
Without a key (OPENAI_API_KEY, or AZURE_OPENAI_API_KEY) and without --base-url the conversation goes
by rules on this computer. A pipe is read like a script; scripts save the spec at their end.
Everything said is kept in NAME.chat.jsonl beside the spec, from which --resume goes on."""


def main(argv: Sequence[str]) -> int:
    """0 when the conversation ends well, 2 when a script's spec cannot be saved."""
    options = parser().parse_args(argv)
    from synthcraft.chat.transcript import Transcript
    from synthcraft.cli.chat_desk import fault

    place = _place(options)
    messages = _messages(options)
    _make_folder(place.transcript.parent)
    with Transcript(place.transcript) as transcript:
        try:
            return _hold(options, place, transcript=transcript, messages=messages)
        except KeyboardInterrupt:
            print("Interrupted.", file=sys.stderr)
            _tell_resume(transcript)
            return INTERRUPTED
        except SynthCraftError:
            _tell_resume(transcript)
            raise
        except Exception as exc:
            _tell_resume(transcript)
            raise fault(exc) from None


@dataclass(frozen=True)
class Place:
    """Where a conversation is kept, and the spec that it is to write (None: by its name)."""

    transcript: Path
    spec: Path | None


def _place(options: argparse.Namespace) -> Place:
    """Where the conversation is kept.

    Raises
    ------
    UserError
        When a file that is to be resumed or edited is absent, or the new spec is there already.
    """
    from synthcraft.chat.save import FOLDER
    from synthcraft.chat.transcript import ENDING, UNNAMED, events_of, free

    if options.resume:
        events_of(options.resume)
        named = options.resume.name.removesuffix(ENDING)
        same = None if named.startswith(UNNAMED) else options.resume.with_name(f"{named}.yaml")
        return Place(options.resume, options.output or same)
    spec = options.output or options.source
    if spec is None:
        stamp = f"{datetime.now().astimezone():%Y%m%d-%H%M%S}"
        return Place(free(FOLDER / f"{UNNAMED}{stamp}.yaml"), None)
    if spec.suffix not in (".yaml", ".yml"):
        raise UserError([Problem("-o", f"{str(spec)!r} is no name of a spec", "It ends in .yaml.")])
    if spec.exists() and spec != options.source and not options.force:
        hint = "Edit it with --from, replace it with --force, or give another name."
        raise UserError([Problem("-o", f"{spec} is there already", hint)])
    return Place(free(spec), spec)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        why = f"the folder {folder} cannot be made ({exc.strerror or type(exc).__name__})"
        raise UserError([Problem("-o", why, "Name a file in a folder of your own.")]) from None


def _messages(options: argparse.Namespace) -> Iterable[str] | None:
    """What is said where nobody sits at the terminal; None for a person."""
    if options.once is not None:
        return [options.once]
    if options.script:
        return list(script(options.script))
    return None if sys.stdin.isatty() and sys.stdout.isatty() else _piped()


def _piped() -> Iterator[str]:
    try:
        for line in sys.stdin:
            yield line.rstrip("\n")
    except UnicodeDecodeError:
        raise UserError([Problem("stdin", "is not text", "Send it as UTF-8.")]) from None


def script(path: Path) -> Iterator[str]:
    """The messages of a script: a YAML list (messages of several lines), or one on each line.

    Raises
    ------
    UserError
        When the file cannot be read, or is YAML but no list of texts.
    """
    from synthcraft.spec.read import read_text

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        why = getattr(exc, "strerror", None) or "it is not text"
        raise UserError([Problem("--script", f"{path} cannot be read ({why})")]) from None
    if path.suffix not in (".yaml", ".yml"):
        yield from text.splitlines()
        return
    indented = "\n".join(f"  {line}" for line in text.splitlines())
    said = read_text(f"said:\n{indented}\n", str(path))["said"]
    if not isinstance(said, list) or any(isinstance(one, (dict, list)) for one in said):
        hint = "Begin each message with a dash and a blank."
        raise UserError([Problem("--script", f"{path} is no list of messages", hint)])
    for one in said:  # YAML reads yes, no and an empty message as other things
        yield "yes" if one is True else "no" if one is False else str(one or "")


def _hold(
    options: argparse.Namespace,
    place: Place,
    *,
    transcript: "Transcript",
    messages: Iterable[str] | None,
) -> int:
    """The conversation from its greeting to its end."""
    from synthcraft.chat.session import fold
    from synthcraft.cli.chat_desk import COMMANDS, GREETING, Desk
    from synthcraft.cli.chat_means import means

    past = fold(transcript.events).said
    terminal: Terminal = (
        Person(lambda: sorted(COMMANDS), past) if messages is None else Lines(messages)
    )
    host = _host(options, transcript, means(options, transcript, terminal))
    desk = Desk(host, terminal, path=place.spec, force=options.force)
    if options.resume:
        desk.tell(host.refresh())
    if options.data:
        desk.tell(host.take_named(options.data))
    if terminal.alive:
        desk.tell(host.session.exchanges[-1].answer if host.session.exchanges else GREETING)
        if host.session.waiting is not None:
            desk.tell("Your last message has no answer yet; /retry sends it again.")
    desk.hold()
    if terminal.alive:
        if desk.written is None:
            _tell_resume(transcript)
        return 0
    return _end(options, desk)


def _host(options: argparse.Namespace, transcript: "Transcript", means: "Means") -> "Host":
    """A new conversation, one that goes on, or one about a spec that is there."""
    from synthcraft.chat.explain import changes_of
    from synthcraft.chat.host import Host

    if options.source is None:
        return Host(transcript, means)  # new, or one that goes on
    settings = changes_of(options.source)
    return Host.editing(transcript, means, source=options.source, settings=settings)


def _end(options: argparse.Namespace, desk: "Desk") -> int:
    """What a script ends in: a saved spec, or everything that is wrong with it."""
    if desk.written is None or desk.host.changed_since_saving():
        if options.once is not None and not options.yes:
            desk.host.named_the_target()
        desk.save()
    return 0


def _tell_resume(transcript: "Transcript") -> None:
    """How the conversation is resumed, if anything was said in it."""
    from synthcraft.chat.transcript import Said

    if any(isinstance(event, Said) for event in transcript.events):
        words = ["python", "-m", "synthcraft", "chat", "--resume", str(transcript.path)]
        print(f"Nothing is lost. To go on:\n  {shlex.join(words)}", file=sys.stderr)
