"""How mistakes are told on the terminal."""

import sys

from synthcraft.errors import SynthCraftError, UserError
from synthcraft.printable import printable


def complain(error: SynthCraftError) -> None:
    """Print what is wrong, one line per problem, on stderr."""
    problems = error.problems if isinstance(error, UserError) else (error,)
    if len(problems) > 1:
        print(f"{len(problems)} problems:", file=sys.stderr)
    for problem in problems:
        told = printable(str(problem))  # a column's name may hold what steers a terminal
        print(f"  {told}" if len(problems) > 1 else told, file=sys.stderr)
