"""How mistakes are told on the terminal."""

import sys

from synthcraft.errors import SynthCraftError, UserError


def complain(error: SynthCraftError) -> None:
    """Print what is wrong, one line per problem, on stderr."""
    problems = error.problems if isinstance(error, UserError) else (error,)
    if len(problems) > 1:
        print(f"{len(problems)} problems:", file=sys.stderr)
    for problem in problems:
        print(f"  {problem}" if len(problems) > 1 else problem, file=sys.stderr)
