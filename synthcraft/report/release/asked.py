"""What only the steward can answer: marked, never guessed."""

MARK = "To be answered by you:"


def asked(what: str) -> str:
    """A question that the run knows no answer to, marked so that none is overlooked.

    >>> asked("who may use the rows.")
    'To be answered by you: who may use the rows.'
    """
    return f"{MARK} {what}"
