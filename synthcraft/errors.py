"""What can go wrong, in words a user can act on."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with what the user gave: where, what, and what to do.

    >>> print(Problem("params.n_itr", "unknown parameter", "Did you mean 'n_iter'?"))
    params.n_itr: unknown parameter. Did you mean 'n_iter'?
    """

    path: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path else ""
        return f"{where}{self.message.rstrip('.')}." + (f" {self.hint}" if self.hint else "")


class SynthCraftError(Exception):
    """Root of every error that SynthCraft raises on purpose; shown without a traceback."""

    exit_code = 1


class UserError(SynthCraftError):
    """Raised when input cannot be used as given; carries every problem found at once.

    >>> raise UserError([Problem("seed", "got -1")])
    Traceback (most recent call last):
    ...
    synthcraft.errors.UserError: seed: got -1.
    """

    exit_code = 2

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class SpecError(UserError):
    """Raised by reading and validating an experiment spec."""


class DataError(UserError):
    """Raised by a dataset that cannot be read or does not fit the spec."""


class RunError(UserError):
    """Raised when a run directory or its journal cannot be used."""


class NoUsableArm(SynthCraftError):
    """Raised when a run ends without one successful generator trial (exit code 1)."""


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint that names the closest known name, or all of them when none is close.

    >>> nearest("n_itr", ["n_iter", "lr"])
    "Did you mean 'n_iter'?"
    >>> nearest("zzz", ["n_iter", "lr"])
    'Accepted: lr, n_iter.'
    >>> nearest("zzz", [])
    'Nothing is accepted here.'
    """
    names = sorted(set(known))
    close = difflib.get_close_matches(str(name), names, n=1, cutoff=0.6)
    if close:
        return f"Did you mean {close[0]!r}?"
    if not names:
        return "Nothing is accepted here."
    shown = ", ".join(names[:25]) + (f", … ({len(names)} in all)" if len(names) > 25 else "")
    return f"Accepted: {shown}."
