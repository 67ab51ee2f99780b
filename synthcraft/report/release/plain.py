"""The pack in a few sentences for people who decide and are no statisticians."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from synthcraft.report.audit import refuted
from synthcraft.report.document import Block, Cell, Head, Paragraph, Rows, Section, Table, present
from synthcraft.report.privacy import odds
from synthcraft.report.release.decision import decided
from synthcraft.report.release.picture import attacks_figure
from synthcraft.report.release.reach import DEEDS, Reach, reach, results
from synthcraft.report.release.subject import is_given, known, parts, secrets, subjects
from synthcraft.report.summary import Contender, Quantity, Summary
from synthcraft.report.words import counted, listed, short, times
from synthcraft.results import ledger_of

COPIED = Quantity("exact_match_rate", role="main")
SCALE = "On a scale from 0 (no better than on strangers) to 100 (always successful)"


def plain_section(summary: Summary) -> Section:
    """Who was attacked and how, what was found, what remains open: nine sentences at most."""
    done, found, limits = (
        " ".join(said) for said in (_what(summary), _found(summary), _limits(summary))
    )
    blocks: list[Block] = [Paragraph(text) for text in (done, found) if text]
    blocks += [*present(_side_by_side(summary)), Paragraph(limits)]
    blocks += present(attacks_figure(summary))
    return Section("plain", "In plain words", tuple(blocks))


# What was done ------------------------------------------------------------------------------


def _what(summary: Summary) -> Iterator[str]:
    run = summary.run
    rows, persons = run.table.get("rows", 0), run.table.get("persons")
    people = counted(persons, "person") if persons else f"{rows:,} rows (each taken for a person)"
    people = people.replace("persons", "people")
    place = "in addition to" if run.spec.augmentation else "in place of"
    yield (
        f"The question is whether made-up (“synthetic”) rows may be given away {place} a table "
        f"of {people}."
    )
    yield _made(summary)
    yield _tried(summary)


def _made(summary: Summary) -> str:
    run = summary.run
    names = listed([short(c.label) for c in subjects(summary)])
    rows = parts(run)
    if rows is None or not names:
        return "There are no such rows yet."
    train, holdout = rows
    given = is_given(summary)
    made = f"made elsewhere ({names})" if given else f"made by {names}"
    again = f", {times(len(run.splits))} over" if len(run.splits) > 1 else ""
    if holdout == "0":
        return (
            f"They were {made} and rest on all {train} rows; nobody was kept apart, so nobody can "
            "say what the same attacks find out about strangers."
        )
    # Of a file the run knows only what it was told.
    said, apart = (", as we were told,", "were not used") if given else ("", "were kept apart")
    return (
        f"They were {made}{said} from {train} rows{again}; the other {holdout} {apart} and stand "
        "for strangers: what an attack finds out about these, it finds out without their data."
    )


def _tried(summary: Summary) -> str:
    names = {q.metric for q in results(summary)}
    deeds = [deed for name, deed in DEEDS.items() if any(n.startswith(name) for n in names)]
    if not deeds:
        return "No attack on these rows has a result: nothing here speaks for or against them."
    about, hidden = known(summary.run), listed(secrets(summary.run), "or")
    what = [
        f"{deed} ({hidden})" if deed == DEEDS["attribute_inference"] else deed for deed in deeds
    ]
    knows = f", and know {about} of a person" if about and _uses_knowledge(names) else ""
    return (
        f"We played attackers who hold the synthetic rows{knows}; they tried to {listed(what)}"
        f"{_blind(summary)}{_unknown(deeds)}."
    )


def _unknown(deeds: Sequence[str]) -> str:
    """What they might have tried besides, and of which there is no result."""
    others = [deed for deed in DEEDS.values() if deed not in deeds]
    return f"; whether they could {listed(others, 'or')} is not known" if others else ""


def _blind(summary: Summary) -> str:
    """The deeds of which no attack would have noticed even a copy."""
    found = [q for q in results(summary) if q.role == "excess"]
    seeing = {q.metric for q in found if summary.informative(q) != "no"}
    blind = [
        deed
        for name, deed in DEEDS.items()
        if (own := {q.metric for q in found if q.metric.startswith(name)}) and not own & seeing
    ]
    if not blind:
        return ""
    return f" (trying to {listed(blind)} tells nothing here: even a copy is hardly noticed)"


def _uses_knowledge(names: set[str]) -> bool:
    return not names.isdisjoint({"linkability", "attribute_inference"})


# What was found -----------------------------------------------------------------------------


def _found(summary: Summary) -> Iterator[str]:
    """What one table gave away; of several a table tells (see ``_side_by_side``)."""
    reached = _reached(summary)
    if len(reached) == 1:
        yield f"{SCALE} the best attack came to {_one(reached[0][1])}."
        yield from _copy(summary)
    elif reached:
        yield f"{SCALE} the table below tells how far the best attack came with each of them."
        yield from _copy(summary)
    elif any(q.role == "excess" for q in results(summary)):
        yield "How far the attackers came is not known: none of them would have noticed a copy."
    elif results(summary):
        yield "How much of what the attackers found is chance is not known, for want of strangers."
    if len(reached) < 2:
        yield from _copies(summary)


def _reached(summary: Summary) -> list[tuple[Contender, Reach]]:
    return [(c, found) for c in subjects(summary) if (found := reach(summary, c))]


def _one(found: Reach) -> str:
    chance = (
        "how far chance moves this is not known"
        if found.bound is None
        else f"with the uncertainty, up to {found.bound} cannot be ruled out"
    )
    return f"{found.mean} (trying to {found.deed}; {chance})"


def _side_by_side(summary: Summary) -> Table | None:
    """The same of several tables, one a row; None where there is one only."""
    reached = _reached(summary)
    if len(reached) < 2:
        return None
    copied = dict(_shares(summary, COPIED))
    heads = ("Whose rows", "Best attack", "Not ruled out", "It tried to", "Copied rows")
    details = ((), ("of 100",), ("of 100",), (), ("of 100",))
    rows = tuple(
        (
            Cell(name),
            Cell(f"{found.mean}"),
            Cell("not known" if found.bound is None else f"{found.bound}"),
            Cell(found.deed),
            Cell(f"{copied[name]:.1f}" if name in copied else "—"),
        )
        for contender, found in reached
        if (name := short(contender.label))
    )
    caption = "How far attackers came with each table, and how many of its rows equal a real one."
    return Table(caption, tuple(map(Head, heads, details)), (Rows(rows),), numeric=False)


def _copy(summary: Summary) -> Iterator[str]:
    copier = next((c for c in summary.references if c.arm.id == "train_copy"), None)
    found = reach(summary, copier) if copier else None
    if found is not None:
        yield f"Handing out the real rows would come to {found.mean}."


def _copies(summary: Summary) -> Iterator[str]:
    told = dict(_shares(summary, COPIED))
    each = [f"{share:.1f} in 100" for share in told.values()]
    chance = dict(_shares(summary, replace(COPIED, role="control"))).values()
    strangers = f"; for strangers’ rows it is {max(chance):.1f} in 100" if chance else ""
    if told:
        yield f"Synthetic rows that equal a row that was used: {listed(each)}{strangers}."


def _shares(summary: Summary, quantity: Quantity) -> Iterator[tuple[str, float]]:
    """Means of 100, by the table."""
    for contender in subjects(summary):
        estimate = summary.score(contender.arm.id, quantity).estimate
        if estimate is not None:
            yield short(contender.label), 100 * estimate.mean


# What remains open --------------------------------------------------------------------------


def _limits(summary: Summary) -> Iterator[str]:
    yield _guarantee(summary)
    if results(summary):
        yield (
            "All this holds for the attacks that were tried on this table: somebody who knows more "
            "may find more, and people with rare traits may be worse off than the average."
        )
    yield decided(summary)


def _guarantee(summary: Summary) -> str:
    found = subjects(summary)
    kinds = {c.promise for c in found}
    if any(c.arm.id in refuted(summary.run) for c in found):
        return "A mathematical guarantee was promised, and an audit refutes it: do not rely on it."
    if kinds == {"promised"}:
        most, delta = _budget(summary, found)
        return (
            "A mathematical guarantee (differential privacy) bounds what any attack can gain from "
            f"one person’s data: it changes the odds of anything by a factor of {odds(most)} at "
            f"most, but for a chance of 1 in {_rarely(delta)}, on the terms given below."
        )
    if "promised" in kinds:
        return (
            "Some of these tables have a mathematical guarantee; others have none, or one that "
            "nobody has verified (see below)."
        )
    if "void" in kinds:
        return "A mathematical guarantee was asked for, but is void here: none protects anybody."
    if "claimed" in kinds:
        return (
            "A mathematical guarantee is claimed by the makers of a program, and nobody has "
            "verified it: do not count on it."
        )
    return "No mathematical guarantee limits what attackers may find one day."


def _rarely(delta: float) -> str:
    """How rare a chance is, never rarer than it is.

    >>> _rarely(1e-5), _rarely(3e-4)
    ('100,000', '3,333')
    """
    return f"{math.floor(1 / delta + 1e-6):,}"


def _budget(summary: Summary, found: Sequence[Contender]) -> tuple[float, float]:
    """The largest ε and δ of these tables; one that was drawn tells of all fits that took part."""
    privacy = summary.run.spec.privacy
    if privacy is not None and privacy.selection == "private":
        total = ledger_of(summary.run).accounted
        return total.epsilon, total.delta
    return max(c.arm.epsilon or 0.0 for c in found), max(c.arm.delta or 0.0 for c in found)
