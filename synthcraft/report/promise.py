"""The mark that the name of an arm carries wherever it stands, if its ε is no promise."""

from synthcraft.records import Arm
from synthcraft.results import Promise

MARKS: dict[Promise, str] = {"claimed": "ε claimed", "void": "ε void"}
ROOM = 22  # characters of a marked arm's label, so that figures do not cut off its mark


def marked(arm: Arm, kind: Promise) -> str:
    """The name of an arm, with the mark of an ε that is no promise.

    >>> marked(Arm("mst@eps=1", "mst", epsilon=1.0), "promised")
    'mst@eps=1'
    >>> marked(Arm("a_very_long_label_of_dpgan@eps=1", "dpgan", epsilon=1.0), "claimed")
    'a_very_long_lab…@eps=1 (ε claimed)'
    """
    if kind not in MARKS:
        return arm.id
    name, at, level = arm.id.partition("@")
    room = max(1, ROOM - len(at + level))
    kept = name if len(name) <= room else f"{name[: room - 1]}…"
    return f"{kept}{at}{level} ({MARKS[kind]})"
