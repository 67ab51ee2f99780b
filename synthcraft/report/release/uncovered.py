"""What no number of the pack speaks of."""

from collections.abc import Iterator

from synthcraft.report.document import Bullets, Item, Section
from synthcraft.report.release.reach import ATTACKS
from synthcraft.report.release.risks import MEMBERSHIP, WP29, label, measured
from synthcraft.report.release.subject import is_given, subjects
from synthcraft.report.summary import Quantity, Summary
from synthcraft.report.words import capital, clean, counted, listed, short, title


def uncovered_section(summary: Summary) -> Section:
    """The list of what a reader must not take as tested."""
    return Section("uncovered", "What is not covered", (Bullets(tuple(_items(summary))),))


def _items(summary: Summary) -> Iterator[Item]:
    run = summary.run
    absent = untried(summary)
    if absent:
        yield Item(f"{capital(listed(absent))}.", "No result")
    yield Item(
        "Other attacks, attackers who know more than is said above, who hold several releases of "
        "the same people, or who know the generator and its settings. An attack that found nothing "
        "is no proof that nothing can be found.",
        "Stronger attackers",
    )
    if run.plan.splits > 1 or run.plan.replicates > 1:
        fits = counted(run.plan.splits * run.plan.replicates, "fit")
        yield Item(
            f"The numbers are means over {fits}. A released sample is of the first of them; "
            "its own risks lie somewhere about the means.",
            "This very table",
        )
    yield Item(
        "What the rows teach about people in general, strangers included (smokers have more "
        "infarctions): it is what data are for, and can harm a group all the same.",
        "What holds for everybody",
    )
    yield Item(
        "Intervals are for one comparison at a time, and not widened for the number of attacks. "
        "The largest of several means is by chance too high rather than too low.",
        "Chance",
    )
    if run.plan.splits and all(size.holdout == 0 for size in run.splits):
        yield Item("No row was held out: no risk has a control.", "Strangers")
    yield from _left_out(summary)
    yield Item(
        "Whether it is lawful and right to give the rows away, whoever may ask for them.",
        "Law and ethics",
    )
    yield from _silent(summary)
    for contender in subjects(summary):
        if caveat := clean(str(summary.card(contender).get("caveat", ""))):
            yield Item(caveat, short(contender.label))


def _left_out(summary: Summary) -> Iterator[Item]:
    """Columns of the real table that no number is about."""
    dataset = summary.run.spec.dataset
    apart = (dataset.id, dataset.weight, dataset.strata, dataset.cluster)
    if is_given(summary) and (dataset.drop or dataset.keep or any(apart)):
        yield Item(
            "Columns of the real table that the run left out are in no number here. The files may "
            "have them all the same: take them out before the rows leave.",
            "Columns left out",
        )
    elif dataset.drop or dataset.keep:
        yield Item(
            "Columns of the real table that the run left out are in no synthetic row, and in no "
            "number here; somebody may hold them.",
            "Columns left out",
        )


def _silent(summary: Summary) -> Iterator[Item]:
    """Attacks that tell nothing here: without a value, or hardly noticing a copy."""
    found = [q for q in measured(summary, ATTACKS) if q.role == "excess"]
    for contender in subjects(summary):
        scores = {q: summary.score(contender.arm.id, q) for q in found}
        told = [
            f"{label(q)} – {short(clean(score.why), 120)}"
            for q, score in scores.items()
            if score.estimate is None
        ]
        if told:
            yield Item(f"{'; '.join(told)}.", f"No value for {short(contender.label)}")
    if dull := [label(q) for q in found if summary.informative(q) == "no"]:
        yield Item(
            f"{'; '.join(dull)}: on these data a copy of the train rows is hardly told from rows "
            "that give nobody away, so that they found nothing tells nothing.",
            "Attacks that are blind here",
        )


def untried(summary: Summary) -> list[str]:
    """The kinds of attack without any value: the three risks and membership."""
    kinds = [(name, (name,)) for name in WP29] + [("membership inference", MEMBERSHIP)]
    return [
        title(Quantity(name)).lower() if name in WP29 else name
        for name, measures in kinds
        if not measured(summary, measures)
    ]
