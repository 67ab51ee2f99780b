"""What the declared policy says of the table, limit by limit."""

from collections.abc import Sequence

from synthcraft.report import policy
from synthcraft.report.document import Block, Cell, Head, Paragraph, Rows, Section, Table, Tone
from synthcraft.report.release.reach import DEEDS
from synthcraft.report.release.subject import about
from synthcraft.report.summary import Summary
from synthcraft.report.words import clean, counted, listed
from synthcraft.spec.release import BUDGET

WORDS: dict[str, tuple[str, Tone]] = {
    "pass": ("✓ kept", ""),
    "fail": ("✗ not kept", "alert"),
    "unknown": ("? cannot be told", "alert"),
}


def decision_section(summary: Summary) -> Section:
    """Passed, failed, or not to be told; each limit with what was found."""
    blocks: list[Block] = []
    if not summary.run.complete:
        left = counted(len(summary.run.missing), "trial")
        blocks.append(
            Paragraph(
                f"The run is not complete ({left} to go): nothing can be decided on it.", "alert"
            )
        )
    blocks.append(Paragraph(about(summary)))
    found = policy.lines(summary)
    if not found:
        blocks.append(
            Paragraph(
                "No policy was declared: nothing here passes or fails. With release_policy in the "
                "spec the limits are set before the run, and judged by rule."
            )
        )
    else:
        passed = policy.passes(summary)
        blocks.append(Paragraph(decided(summary), "" if passed else "alert"))
        blocks.append(_lines(found))
        if others := _unasked(summary):
            blocks.append(Paragraph(others))
    return Section("decision", "The decision", tuple(blocks))


def decided(summary: Summary) -> str:
    """What the declared policy says, in a sentence."""
    found = [line.status for line in policy.lines(summary)]
    if not found:
        return "No rules were set beforehand for when this is good enough: that is yours to judge."
    limits = counted(len(found), "limit")
    if policy.passes(summary):
        return f"The rules that were set beforehand are met ({limits})."
    unsure = found.count("unknown")
    if broken := found.count("fail"):
        also = f", {unsure} cannot be judged" if unsure else ""
        return (
            f"The rules that were set beforehand are not met: of {limits}, {broken} "
            f"{'is' if broken == 1 else 'are'} not kept{also}."
        )
    return (
        "Whether the rules that were set beforehand are met cannot be told from this run: of "
        f"{limits}, {unsure} cannot be judged."
    )


def _unasked(summary: Summary) -> str:
    """What no limit of the policy is about; "" where one is about ε, which bounds every attack."""
    declared = summary.run.spec.release_policy
    names = [] if declared is None else [limit.measure for limit in declared.limits.values()]
    if not names or any(name in BUDGET for name in names):
        return ""
    others = [deed for key, deed in DEEDS.items() if not any(n.startswith(key) for n in names)]
    if not others:
        return ""
    return (
        f"No limit asks whether somebody can {listed(others, 'or')}: of that the policy tells "
        "nothing."
    )


def _lines(found: Sequence[policy.Line]) -> Table:
    rows = tuple(
        (
            Cell(clean(line.label)),
            Cell(clean(line.limit)),
            Cell(clean(line.found) or "—"),
            Cell(
                WORDS[line.status][0], (clean(line.why),) if line.why else (), WORDS[line.status][1]
            ),
        )
        for line in found
    )
    heads = ("Limit", "What is asked", "What was found", "Kept?")
    return Table(
        "The limits of the release policy. What cannot be told does not pass.",
        tuple(map(Head, heads)),
        (Rows(rows),),
        numeric=False,
    )
