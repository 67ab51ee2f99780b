"""The command line: finds the command, runs it, and turns every mistake into a readable list."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper

from synthcraft import __version__
from synthcraft.cli.errors import complain
from synthcraft.errors import Problem, SynthCraftError, UserError, nearest

COMMANDS = {
    "run": "run an experiment, or resume it, and build its report",
    "validate": "say everything that is wrong with an experiment, or what it will do",
    "profile": "tell what a table is, without giving anybody away",
    "chat": "describe a study in your own words; the conversation ends in a spec file",
    "explain": "tell where each setting of a spec file comes from, and what it means",
    "chat-eval": "score a model, or the rules, on written conversations",
    "evaluate": "judge synthetic files that were made elsewhere",
    "audit": "play a membership game against the generators that have an epsilon",
    "ledger": "tell what private fits have spent, in each run and in all together",
    "results": "print the results of runs as one long table",
    "diff": "tell what differs between two runs in settings, environment and numbers",
    "report": "rebuild the report of a run, or of several together",
    "verify": "compare a report with what its runs give, byte for byte",
    "record": "add the trials of sweeps to a table that selectors learn from",
    "tune": "tune how a selector explores, on recorded runs",
    "list": "list datasets, generators, metrics, selectors or experiments",
    "describe": "tell everything about one of them",
    "schema": "print the JSON Schema of experiments, for editors",
    "doctor": "check this installation",
}
NOT_PASSED = 4  # the release policy: a limit is broken, or it cannot be told that it is kept
INTERRUPTED = 130
BROKEN_PIPE = 141


def entry() -> None:
    """Run the command of this process's arguments and exit with its code."""
    if isinstance(sys.stdout, TextIOWrapper):
        # A pipe may not be able to write every letter (≤, ε); that ends no conversation.
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(main(sys.argv[1:]))


def main(argv: Sequence[str]) -> int:
    """The exit code: 0 done, 1 nothing usable, 2 wrong input, 3 differs, 4 no release.

    >>> main(["--version"])
    synthcraft 0.1.0
    0
    """
    try:
        code = _dispatch(list(argv))
        print(end="", flush=True)  # a reader may have gone; there may be no stdout at all
    except SynthCraftError as exc:
        complain(exc)
        return exc.exit_code
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; nothing more may be written, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except SystemExit as exc:
        return exc.code if isinstance(exc.code, int) else 2
    return code


def _dispatch(argv: list[str]) -> int:
    name, rest = (argv[0], argv[1:]) if argv else ("--help", [])
    if name in ("-h", "--help", "help"):
        print(usage())
        return 0
    if name == "--version":
        print(f"synthcraft {__version__}")
        return 0
    if name not in COMMANDS:
        hint = f"{nearest(name, COMMANDS)} See: python -m synthcraft --help"
        raise UserError([Problem("", f"unknown command {name!r}", hint)])
    code: int = import_module(module_of(name)).main(rest)
    return code


def module_of(command: str) -> str:
    """The module of a command.

    >>> module_of("chat-eval")
    'synthcraft.cli.chat_eval'
    """
    return f"synthcraft.cli.{command.replace('-', '_')}"


def usage() -> str:
    """The help text of the whole program."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {summary}" for name, summary in COMMANDS.items()]
    return "\n".join(
        [
            "usage: python -m synthcraft COMMAND …",
            "",
            "Benchmarks of synthetic healthcare data, from one file to a report.",
            "",
            *lines,
            "",
            "Start with:  python -m synthcraft run +exp=quickstart",
            "Help on one: python -m synthcraft COMMAND --help",
        ]
    )
