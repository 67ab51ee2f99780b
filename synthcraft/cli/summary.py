"""The few lines that a run prints at its end: what the report leads with, and what failed."""

from collections.abc import Iterator

from synthcraft.cli.text import rounded_up, table
from synthcraft.report.audit import refuted
from synthcraft.report.campaign import Campaign
from synthcraft.report.choice import DECIDING, primary
from synthcraft.report.gains import (
    NOTHING,
    changed,
    deciding,
    design_of,
    gains,
    named,
    short_group,
    these,
    treatments,
)
from synthcraft.report.policy import lines, passes, released
from synthcraft.report.selection import fate, flattery, verdict_of
from synthcraft.report.summary import Contender, Quantity, Summary
from synthcraft.report.words import interval, number, unsuccessful
from synthcraft.results import Run, ledger_of
from synthcraft.stats import LEVEL

MARKS = {"pass": "✓", "fail": "✗", "unknown": "? cannot be told:"}
MOST_GROUPS = 3  # side by side on a terminal


def summarise(run: Run) -> str:
    """A table of generators by one quantity per family, with intervals, and what failed.

    With augmentation, a second one of what the added rows gained for the first three groups.
    """
    summary = Summary(run)
    leading = [q for family in DECIDING if (q := primary(summary, family)) is not None]
    header = ("generator", *(_heading(summary, quantity) for quantity in leading), "trials")
    rows = [
        (_label(c), *(_cell(summary, c, quantity) for quantity in leading), _trials(c))
        for c in summary.contenders
    ]
    notes = list(_chosen(summary))
    notes += [f"(…) reference generators; {LEVEL:.0%} intervals, where there are any"]
    notes += [f"{c.label}: {told}" for c in summary.contenders if (told := unsuccessful(c))]
    notes += [f"{c.label}: {told}" for c in summary.controls if (told := unsuccessful(c))]
    notes += [f"{label} was left out: {why}" for label, why in run.plan.impossible.items()]
    notes += [
        f"{summary.name(arm)}: REFUTED by the audit, its lower bound exceeds epsilon"
        for arm in refuted(run)
    ]
    notes += [*_selected(summary), *_gained(summary), *_policy(summary)]
    return "\n".join([table(rows, header=header), *notes])


def _chosen(summary: Summary) -> Iterator[str]:
    """What a policy recommends, and what became of the others."""
    if not summary.chosen:
        return
    campaign = Campaign(summary.run)
    yield verdict_of(summary)
    if campaign.overshoot:
        yield f"the last pull ended {campaign.overshoot:.1f} s beyond the budget"
    if campaign.winner:
        yield f"optimism of choosing: {flattery(campaign)}"
    for contender in summary.left_out:
        yield f"{contender.label}: {fate(campaign, contender.arm.label)}"


def _selected(summary: Summary) -> Iterator[str]:
    """What a private selection came to, and what releasing that arm costs."""
    run, found = summary.run, summary.run.selection
    if found is None:
        return
    if not found.arm:
        yield f"no arm was chosen privately: {found.reason or 'the run was interrupted'}"
        return
    spent = ledger_of(run).accounted
    void = "; void, as every epsilon of this run" if ledger_of(run).void else ""
    yield (
        f"chosen privately: {summary.name(found.arm)} (epsilon {found.spends[-1].epsilon:g} for "
        f"the choice; with the {spent.fits} fits behind it {rounded_up(spent.epsilon)}, at delta "
        f"{spent.delta:.2g}{void})"
    )


def _gained(summary: Summary) -> Iterator[str]:
    """What rows added to groups gained for them, beside what controls did."""
    design = design_of(summary)
    if design is None:
        return
    found = gains(summary, design)
    shown = design.targets[:MOST_GROUPS]
    rows = [
        (named(one), *(changed(found[one, group].change) for group in shown))
        for one in treatments(summary, design.primary)
        if one != NOTHING
    ]
    yield f"all above: of the added rows alone, against real rows of {these(design)}\n"
    yield table(rows, header=("added", *map(short_group, shown)))
    more = len(design.targets) - len(shown)
    others = f"; {more} more groups in the report" if more else ""
    yield (
        f"gain in {deciding(design)} over nothing added, at a dose of {design.primary:g} %, with "
        f"{LEVEL:.0%} intervals{others}"
    )


def _policy(summary: Summary) -> Iterator[str]:
    """Each limit of the release policy: passed, failed, or cannot be told."""
    found = lines(summary)
    if not found:
        return
    arm = released(summary)
    whose = f" of {arm.label}" if arm else ""
    said = "passes" if passes(summary) else "does NOT pass"
    yield f"release policy{whose}: {said}"
    for line in found:
        told = "; ".join(filter(None, (line.found, line.why)))
        yield f"{MARKS[line.status]} {line.label}: {line.limit}{f' – {told}' if told else ''}"


def _heading(summary: Summary, quantity: Quantity) -> str:
    arrow = {"maximize": "↑", "minimize": "↓"}.get(
        summary.descriptors[quantity.metric].direction, ""
    )
    of = ", ".join(part for part in (quantity.model, quantity.role) if part not in ("", "value"))
    return f"{quantity.metric}{f' ({of})' if of else ''} {arrow}"


def _label(contender: Contender) -> str:
    return f"({contender.label})" if contender.reference else contender.label


def _cell(summary: Summary, contender: Contender, quantity: Quantity) -> str:
    estimate = summary.score(contender.arm.id, quantity).estimate
    if estimate is None:
        return "–"
    bounds = interval(estimate)
    return number(estimate.mean) + (f" ({bounds})" if bounds else "")


def _trials(contender: Contender) -> str:
    return f"{contender.succeeded} of {contender.ended + contender.missing} ok"
