"""How many rows a group gets."""


def label(dose: float, *, everyone: bool = False) -> str:
    """How measures name what was added: rows of the targets, or as many of ``everyone``.

    >>> label(100.0), label(12.5, everyone=True)
    ('dose=100', 'dose=12.5&to=everyone')
    """
    return f"dose={dose:g}{'&to=everyone' if everyone else ''}"
