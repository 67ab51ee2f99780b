"""The pack in a few sentences for people who decide and are no statisticians."""

from collections.abc import Iterator, Sequence

from synthcraft.report.audit import refuted
from synthcraft.report.document import Paragraph, Section
from synthcraft.report.privacy import odds
from synthcraft.report.release.decision import decided
from synthcraft.report.release.reach import ATTACKS, DEEDS, Reach, reach
from synthcraft.report.release.risks import measured
from synthcraft.report.release.subject import known, parts, secrets, subjects
from synthcraft.report.summary import Contender, Quantity, Summary
from synthcraft.report.words import counted, listed, short, times
from synthcraft.results import ledger_of

SCALE = "On a scale from 0 (no better than on strangers) to 100 (always successful)"


def plain_section(summary: Summary) -> Section:
    """Who was attacked and how, what was found, what remains open: nine sentences at most."""
    said = (_what(summary), _found(summary), _limits(summary))
    texts = (" ".join(sentences) for sentences in said)
    return Section("plain", "In plain words", tuple(Paragraph(text) for text in texts if text))


# What was done ------------------------------------------------------------------------------


def _what(summary: Summary) -> Iterator[str]:
    run = summary.run
    rows, persons = run.table.get("rows", 0), run.table.get("persons")
    people = counted(persons, "person") if persons else f"{rows:,} people (one row each)"
    people = people.replace("persons", "people")
    yield (
        "The question is whether made-up (“synthetic”) rows may be given away in place of a table "
        f"of {people}."
    )
    yield _made(summary)
    yield _tried(summary)


def _made(summary: Summary) -> str:
    run = summary.run
    names = listed([short(c.label) for c in subjects(summary)]) or "no generator"
    rows = parts(run)
    if rows is None:
        return f"The rows were to be made by {names}; no part of that has ended yet."
    train, holdout = rows
    made = "came from outside" if _given(summary) else "were made by"
    again = f", {times(len(run.splits))} over" if len(run.splits) > 1 else ""
    if holdout == "0":
        return (
            f"They {made} {names} and rest on all {train} rows; nobody was kept apart, so nobody "
            "can say what the same attacks find out about strangers."
        )
    return (
        f"They {made} {names} from the data of {train} rows{again}; the other {holdout} were "
        "kept apart and stand for strangers, on whom nothing can have been given away."
    )


def _given(summary: Summary) -> bool:
    found = subjects(summary)
    return bool(found) and all(summary.card(c).get("family") == "given" for c in found)


def _tried(summary: Summary) -> str:
    names = {q.metric for q in measured(summary, ATTACKS)}
    deeds = [deed for name, deed in DEEDS.items() if any(n.startswith(name) for n in names)]
    if not deeds:
        return "No attack on these rows has a result: nothing here speaks for or against them."
    about, hidden = known(summary.run), listed(secrets(summary.run), "or")
    what = [
        f"{deed} ({hidden})" if deed == DEEDS["attribute_inference"] else deed for deed in deeds
    ]
    knows = f", and know {about} of a person" if about and _uses_knowledge(names) else ""
    return f"We played attackers who hold the synthetic rows{knows}; they tried to {listed(what)}."


def _uses_knowledge(names: set[str]) -> bool:
    return not names.isdisjoint({"linkability", "attribute_inference"})


# What was found -----------------------------------------------------------------------------


def _found(summary: Summary) -> Iterator[str]:
    reached = [(c, found) for c in subjects(summary) if (found := reach(summary, c))]
    if reached:
        yield f"{SCALE} the attack that came furthest reached {_all(reached)}.{_copy(summary)}"
    elif measured(summary, ATTACKS):
        yield "How much of what the attackers found is chance is not known, for want of strangers."
    yield from _copies(summary)


def _all(reached: Sequence[tuple[Contender, Reach]]) -> str:
    if len(reached) == 1:
        return _one(reached[0][1])
    return listed([f"{_one(found)} for {short(c.label)}" for c, found in reached])


def _one(found: Reach) -> str:
    chance = (
        "how far chance moves this is not known"
        if found.bound is None
        else f"with the uncertainty, up to {found.bound} cannot be ruled out"
    )
    return f"{found.mean} on average (trying to {found.deed}; {chance})"


def _copy(summary: Summary) -> str:
    copier = next((c for c in summary.references if c.arm.id == "train_copy"), None)
    found = reach(summary, copier) if copier else None
    return "" if found is None else f" Handing out the real rows would come to {found.mean}."


def _copies(summary: Summary) -> Iterator[str]:
    quantity = Quantity("exact_match_rate", role="main")
    told = [
        f"{100 * e.mean:.1f} in 100 ({short(c.label)})"
        for c in subjects(summary)
        if (e := summary.score(c.arm.id, quantity).estimate) is not None
    ]
    control = Quantity("exact_match_rate", role="control")
    chance = [
        e.mean
        for c in subjects(summary)
        if (e := summary.score(c.arm.id, control).estimate) is not None
    ]
    if told:
        strangers = (
            f"; of strangers’ rows {100 * max(chance):.1f} in 100 do so by chance" if chance else ""
        )
        yield f"Synthetic rows that equal a row that was used: {listed(told)}{strangers}."


# What remains open --------------------------------------------------------------------------


def _limits(summary: Summary) -> Iterator[str]:
    yield _guarantee(summary)
    yield (
        "All this holds for the attacks that were tried on this table: somebody who knows more may "
        "find more, and people with rare traits may be worse off than the average."
    )
    yield decided(summary)


def _guarantee(summary: Summary) -> str:
    found = subjects(summary)
    kinds = {c.promise for c in found}
    if any(c.arm.id in refuted(summary.run) for c in found):
        return "A mathematical guarantee was promised, and an audit refutes it: do not rely on it."
    if kinds == {"promised"}:
        privacy = summary.run.spec.privacy
        drawn = privacy is not None and privacy.selection == "private"
        most = (
            ledger_of(summary.run).accounted.epsilon  # its rows tell of all fits that took part
            if drawn
            else max(c.arm.epsilon or 0.0 for c in found)
        )
        return (
            "A mathematical guarantee (differential privacy) bounds what any attack can gain from "
            f"one person’s data: it changes the odds of anything by a factor of {odds(most)} at "
            "most, on the terms given below."
        )
    if "void" in kinds or "claimed" in kinds:
        return "A mathematical guarantee is claimed for some of these rows, but does not hold here."
    if "promised" in kinds:
        return "Some of these tables have a mathematical guarantee, others none (see below)."
    return "No mathematical guarantee limits what attackers may find one day."
