"""Whose synthetic rows the pack is about: the arm that would be released, or all of them."""

from synthcraft.report import policy
from synthcraft.report.summary import Contender, Quantity, Summary
from synthcraft.report.words import clean, listed, scored, short, span
from synthcraft.results import Run

YARDSTICKS = {
    "fresh_real": "yardstick: fresh real rows",
    "train_copy": "yardstick: a copy of the train rows",
}
"""References between which every risk is read: nobody given away, everybody given away."""


def subjects(summary: Summary) -> tuple[Contender, ...]:
    """The arm that would be released; without a decision on one, every generator."""
    arm = policy.released(summary)
    return summary.generators if arm is None else (arm,)


def yardsticks(summary: Summary) -> tuple[Contender, ...]:
    """The references beside which risks are told, as far as the run has them."""
    known = {c.arm.id: c for c in summary.references}
    return tuple(known[name] for name in YARDSTICKS if name in known)


def named(contender: Contender) -> str:
    """What a table calls a generator, or a yardstick."""
    return YARDSTICKS.get(contender.arm.id) or short(contender.label)


def about(summary: Summary) -> str:
    """Whose rows the pack is about, in a sentence."""
    found = subjects(summary)
    names = listed([short(c.label) for c in found])
    if not found:
        return f"There is no table yet that could be given away: {policy.unreleased(summary)}."
    if policy.released(summary) is not None or len(found) == 1:
        return f"This pack is about the synthetic rows of {names}."
    return (
        f"Which table would be given away was not fixed, so all stand side by side: {names}. To "
        "choose one by these numbers is itself a look at real people; give the choice with the "
        "reasons for it."
    )


def is_given(summary: Summary) -> bool:
    """Whether the rows were made elsewhere and came as files."""
    found = subjects(summary)
    return bool(found) and all(policy.is_given(summary, c) for c in found)


def settings(summary: Summary, contender: Contender) -> str:
    """The parameters that differ from their defaults; "" where none does.

    None of rows that were made elsewhere: theirs are names of files.
    """
    if is_given(summary):
        return ""
    defaults = summary.card(contender).get("defaults") or {}
    return ", ".join(
        f"{short(name)} {short(str(value), 40)}"
        for name, value in contender.arm.params.items()
        if name not in defaults or defaults[name] != value
    )


def known(run: Run) -> str:
    """What the attackers are taken to know of a person, for a sentence; "" where none is declared.

    It is what the spec declares as quasi-identifiers.
    """
    return listed([short(str(name)) for name in run.table.get("quasi_identifiers", ())])


def secrets(run: Run) -> tuple[str, ...]:
    """The columns that the attackers want to learn: the sensitive ones, and the outcome."""
    names = (*run.table.get("sensitive", ()), run.table.get("target"))
    return tuple(dict.fromkeys(short(clean(str(name))) for name in names if name))


def each(summary: Summary, quantity: Quantity) -> str:
    """What a quantity came to for each of the tables that the pack is about; "" where for none."""
    return "; ".join(
        f"{named(c)} {scored(score)}"
        for c in subjects(summary)
        if (score := summary.score(c.arm.id, quantity)).estimate is not None
    )


def parts(run: Run) -> tuple[str, str] | None:
    """How many rows were used, and how many held out, in words; None before the first split."""
    if not run.splits:
        return None
    train = [size.train for size in run.splits]
    holdout = [size.holdout for size in run.splits]
    return span((min(train), max(train))), span((min(holdout), max(holdout)))
