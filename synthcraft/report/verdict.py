"""What a run says and does not say, in plain sentences that claim no more than its numbers hold."""

from collections.abc import Iterator, Mapping, Sequence

from synthcraft.privacy.guarantee import guarantee
from synthcraft.privacy.words import CLAIMED
from synthcraft.report.audit import refuted
from synthcraft.report.campaign import Campaign
from synthcraft.report.choice import FAMILIES, leading, overview, primary
from synthcraft.report.document import Bullets, Item, Section
from synthcraft.report.doses import by_generator, named
from synthcraft.report.helped import upshot
from synthcraft.report.inference import differences
from synthcraft.report.risks import Risk, Shown, by_answer, is_bounded, splits_above
from synthcraft.report.selection import fate
from synthcraft.report.served import findings, warnings
from synthcraft.report.summary import Contender, Quantity, Score, Summary, described
from synthcraft.report.words import (
    clean,
    counted,
    listed,
    number,
    scored,
    short,
    title,
    unsuccessful,
    within,
)
from synthcraft.stats import detectable

FEW_SPLITS = 5  # below, an interval over splits has little power, and its reader is told how little
ATTEMPTS = {
    "mia_": "membership inference",
    "singling_out": "singling out",
    "linkability": "linkability",
    "attribute_inference": "attribute inference",
}


def verdict(summary: Summary, *, prefix: str = "") -> tuple[Section, ...]:
    """What came out, what failed, and what is not known: the second and third part below the first.

    Nothing is left out of the first for being unwelcome; it is empty where nothing was measured.
    """
    parts = (
        ("found", "What came out", tuple(_findings(summary))),
        ("failed", "What failed or was left out", tuple(_failures(summary))),
        ("uninformative", "What cannot be told here", tuple(_uninformative(summary))),
        ("uncovered", "What is not covered", tuple(_uncovered(summary))),
    )
    return tuple(
        Section(f"{prefix}{name}", heading, (Bullets(items),), level=2 if name == "found" else 3)
        for name, heading, items in parts
        if items
    )


# What came out ----------------------------------------------------------------------------------


def _findings(summary: Summary) -> Iterator[Item]:
    if answer := upshot(summary):
        yield answer
    for family in FAMILIES:
        quantity = primary(summary, family)
        if family == "privacy":
            yield from _privacy(summary)
        elif family == "fairness":
            yield from findings(summary)
        elif quantity is not None and summary.ranked(quantity):
            yield Item(_leader(summary, quantity), _about(family, quantity))


def _privacy(summary: Summary) -> Iterator[Item]:
    """The leading risk in full; of the others what was shown, in a line for each kind of answer."""
    risks = leading(summary, "privacy")
    if not risks:
        yield from _uncontrolled(summary)
        return
    yield from _risks(summary, risks[0])
    yield from _other_risks(summary, risks[1:])


def _other_risks(summary: Summary, risks: Sequence[Quantity]) -> Iterator[Item]:
    partly: list[str] = []
    silent: list[str] = []
    unsure: list[str] = []
    for risk in risks:
        found = by_answer(summary, risk)
        yield from _above(summary, risk, found)
        for risks_there, told in ((found.get("partly"), partly), (found.get("unsure"), unsure)):
            if names := [short(c.label) for c, _ in risks_there or ()]:
                told.append(f"{title(risk)} ({listed(names)})")
        if found.keys() == {"within"}:
            silent.append(title(risk))
    if partly:
        yield Item(
            f"An excess over fresh real rows shown within some splits, not over all of them: "
            f"{'; '.join(partly)}. An interval within one split lies above 0 by chance in about "
            "one split of 40; the section on privacy has the numbers.",
            "Privacy, other risks",
        )
    if silent:
        yield Item(
            f"No excess over fresh real rows was shown for any generator in: {'; '.join(silent)}. "
            "That is not proof of privacy: a stronger attack, or more splits, may show one.",
            "Privacy, other risks",
        )
    if unsure:
        yield Item(
            f"Without an interval (one split, or all agree): {'; '.join(unsure)}. How far chance "
            "moves these values is not known.",
            "Privacy, other risks",
        )


def _uncontrolled(summary: Summary) -> Iterator[Item]:
    """Copied rows where no risk has a control: what can be said at all."""
    copied = [
        f"{short(c.label)} {scored(score)}"
        for c, score in summary.ranked(Quantity("exact_match_rate", role="main"))
    ]
    if copied:
        yield Item(
            f"Share of synthetic rows that equal a train row: {listed(copied)}. Without people "
            "whom the generator has not seen nobody can say how much of this, or of the other "
            "risks below, is chance.",
            "Privacy, copied rows without a control",
        )


def _about(family: str, quantity: Quantity) -> str:
    return f"{family.capitalize()}, {within(quantity)}"


def _leader(summary: Summary, quantity: Quantity) -> str:
    ranked = summary.ranked(quantity)
    best, score = ranked[0]
    whole = [(c, s) for c, s in ranked if s.complete == score.complete]
    partial = [f"{short(c.label)} {scored(s)}" for c, s in ranked if s.complete != score.complete]
    present = {c.arm.id for c, _ in ranked}
    absent = [short(c.label) for c in summary.generators if c.arm.id not in present]
    side = "lowest" if summary.falling(quantity) else "highest"
    tied = len(whole) > 1 and len({s.estimate.mean for _, s in whole if s.estimate}) == 1
    leads = f"has the {side} mean," if len(whole) > 1 else "reaches"
    who = f"{short(best.label)} {leads}"
    if tied:
        who = f"{listed([short(c.label) for c, _ in whole])} have the same mean,"
    text = f"{who} {scored(score)}"
    text += f"{_beside_real(summary, best, quantity)}."
    if not score.complete and len(ranked) > 1:
        text += " No generator has all its trials, so means may rest on different splits."
    if partial:
        text += f" Placed after it, for lack of a split or a trial: {listed(partial)}."
    if absent:
        text += f" Last, without any value: {listed(absent)}."
    if len(whole) == 1 or tied:
        return text
    if summary.run.plan.splits == 1:
        return f"{text} With one split nobody can say whether it is really ahead."
    alike, behind, before = _told_apart(summary, [c for c, _ in whole[1:]], quantity)
    if behind:
        text += f" Ahead of {listed(behind)} in paired differences, Holm-adjusted over all pairs."
    if before:
        text += f" On the splits that both have, {listed(before)} did better than it."
    if alike:
        text += f" Not to be told apart from it with so few splits: {listed(alike)}."
    return text


def _beside_real(summary: Summary, best: Contender, quantity: Quantity) -> str:
    """What the value stands beside: the same model trained on real rows, or the two ends."""
    kind, _, score = quantity.metric.partition(".")
    if kind != "tstr":
        return _on_scale(summary, best, quantity)
    real = summary.score(best.arm.id, Quantity(f"trtr.{score}", quantity.model)).estimate
    return (
        ""
        if real is None
        else f"; trained on as many real rows the model reaches {number(real.mean)}"
    )


def _on_scale(summary: Summary, best: Contender, quantity: Quantity) -> str:
    metric, place = summary.descriptors[quantity.metric], summary.score(best.arm.id, quantity)
    if place.calibrated is None:
        return ""
    below = f", so that its mean is worse than that of {metric.floor}"
    return (
        f"; {number(place.calibrated)} on the scale from {metric.floor} (0) to {metric.ceiling} (1)"
        f"{below if place.calibrated < 0 else ''}"
    )


def _told_apart(
    summary: Summary, others: Sequence[Contender], quantity: Quantity
) -> tuple[list[str], list[str], list[str]]:
    """The others that cannot be told from the best, those behind it, and those before it."""
    alike: list[str] = []
    behind: list[str] = []
    before: list[str] = []
    found = differences(summary, quantity)
    for other in others:
        difference = found.get(other.arm.id)
        if difference is None or not difference.shown:
            alike.append(short(other.label))
            continue
        worse = (difference.estimate.mean > 0) == summary.falling(quantity)
        (behind if worse else before).append(short(other.label))
    return alike, behind, before


def _risks(summary: Summary, quantity: Quantity) -> Iterator[Item]:
    about = _about("privacy", quantity)
    found = by_answer(summary, quantity)
    above = found.get("above")
    yield from _above(summary, quantity, found)
    if partly := found.get("partly"):
        each = [_partly(summary, c, s, quantity) for c, s in partly]
        yield Item(
            f"An excess over fresh real rows shown within some splits, not over all of them: "
            f"{'; '.join(each)}. An interval within one split lies above 0 by chance in about one "
            f"split of 40.{'' if above else _yardstick(summary, quantity)}",
            about,
        )
    if silent := found.get("within"):
        each = [f"{short(c.label)} {scored(s)}" for c, s in silent]
        yield Item(
            f"No excess over fresh real rows was shown for {listed(each)}. That is not proof of "
            f"privacy: a stronger attack, or more splits, may show one.{_unseen(silent)}"
            f"{'' if above or partly else _yardstick(summary, quantity)}",
            about,
        )
    if unsure := found.get("unsure"):
        each = [f"{short(c.label)} {scored(s)}" for c, s in unsure]
        yield Item(
            f"Without an interval (one split, or all agree): {listed(each)}. 0 is as fresh rows, "
            "1 a table of copies; how far chance moves these values is not known.",
            about,
        )


def _above(
    summary: Summary, quantity: Quantity, found: Mapping[Shown, Sequence[Risk]]
) -> Iterator[Item]:
    each = [
        f"{short(c.label)} {scored(s)}{'' if is_bounded(s) else ', without an interval'}"
        for c, s in found.get("above", ())
    ]
    if each:
        yield Item(
            f"Above 0 by more than the uncertainty, or large (0: as fresh real rows, 1: a table of "
            f"copies): {listed(each)}.{_yardstick(summary, quantity)}",
            _about("privacy", quantity),
        )


def _partly(summary: Summary, contender: Contender, score: Score, quantity: Quantity) -> str:
    own = summary.own_intervals(contender.arm.id, quantity)
    shown = splits_above(summary, contender, quantity)
    bounds = listed([f"{number(low)} to {number(high)}" for low, high in shown])
    return (
        f"{short(contender.label)} {scored(score)}, within {len(shown)} of "
        f"{counted(len(own), 'split')} ({bounds})"
    )


def _unseen(risks: Sequence[Risk]) -> str:
    """How large a true excess few splits would miss; of some, any that there can be."""
    limits = {
        short(c.label): limit
        for c, s in risks
        if s.estimate
        and s.estimate.splits < FEW_SPLITS
        and (limit := detectable(s.estimate)) is not None
    }
    some = [f"{number(limit)} ({name})" for name, limit in limits.items() if limit < 1]
    any_of = [name for name, limit in limits.items() if limit >= 1]  # no excess is larger
    told = [f"an excess under about {listed(some)}"] if some else []
    told += [f"any excess of {listed(any_of)}"] if any_of else []
    return f" With these splits {', and '.join(told)} may well go unseen." if told else ""


def _yardstick(summary: Summary, quantity: Quantity) -> str:
    """What the reference that should show 0 shows in this run, where it could show anything else.

    Halves that are swapped and averaged give exactly 0 wherever main and control are alike.
    """
    order = summary.descriptors[quantity.metric].order
    names = [c.arm.id for c in summary.references]
    if not order or order[0] not in names or summary.zero_by_making(order[0], quantity):
        return ""
    score = summary.score(order[0], quantity)
    return f" In this run {order[0]} shows {scored(score)}." if score.estimate else ""


# What failed, what is unknown -------------------------------------------------------------------


def _failures(summary: Summary) -> Iterator[Item]:
    for contender in (*summary.contenders, *summary.controls):
        if told := unsuccessful(contender):
            yield Item(f"{told}.", short(contender.label))
    if summary.left_out:
        yield from _left_out(summary)
    left = [f"{short(c.label)} {c.missing}" for c in summary.contenders if c.missing]
    if left:
        yield Item(f"{listed(left)} (trials).", "Not run yet")
    for label, why in summary.run.plan.impossible.items():
        yield Item(f"Not tried: {clean(why)}.", short(label))


def _left_out(summary: Summary) -> Iterator[Item]:
    """Generators that a policy left out: they have not failed."""
    campaign = Campaign(summary.run)
    each = [f"{short(c.label)} ({fate(campaign, c.arm.label)})" for c in summary.left_out]
    yield Item(
        f"{'; '.join(each)}. They have not failed: the selector spent its budget elsewhere.",
        "Not trained on all train rows",
    )


def _uninformative(summary: Summary) -> Iterator[Item]:
    dull = [title(q) for q in overview(summary) if summary.informative(q) == "no"]
    if dull:
        yield Item(
            f"Not informative here, and kept out of the verdict: {listed(dull)}. On these data the "
            "reference generators that mark the two ends of the scale lie within four standard "
            "errors, or stand in the wrong order, so a generator's place between them means little."
        )
    if summary.run.plan.splits == 1:
        yield Item("With one split no metric can be tested for being informative on these data.")
    yield from warnings(summary)


def _uncovered(summary: Summary) -> Iterator[Item]:
    run = summary.run
    for name, arms in by_generator(summary).items():
        caveat = clean(str(summary.card(arms[0]).get("caveat", "")))
        if caveat:
            yield Item(caveat, short(name))
    yield from _promises(summary)
    names = [metric.name for metric in run.plan.metrics]
    absent = [text for key, text in ATTEMPTS.items() if not any(n.startswith(key) for n in names)]
    if absent:
        yield Item(f"Not attempted: {listed(absent)}.")
    yield Item(
        "Intervals are for one comparison at a time; they are not widened for the number of "
        "generators and metrics. Results hold for this table, these parameters and this training."
    )
    for name in run.table.get("sensitive", ()):
        if described(run, name).get("type") == "numeric":
            yield Item(f"No results by group of {short(name)}: it is numeric.")


def _promises(summary: Summary) -> Iterator[Item]:
    """Which generators give a formal guarantee, which only claim one, and which give none."""
    found = promises(summary)
    if against := found.get("refuted"):
        yield Item(
            f"{listed(against)}: the audit shows a lower bound above ε. Do not rely on it.",
            "Differential privacy, refuted",
        )
    if held := found.get("promised"):
        yield Item(
            f"{listed(held)}: each release promises its ε to every person, on the terms of the "
            "section on differential privacy. That covers the released samples, not this report.",
            "Differential privacy",
        )
    if void := found.get("void"):
        why = "; ".join(guarantee(summary.run.spec).void)
        yield Item(f"No ε of this run holds ({listed(void)}): {why}.", "Differential privacy, void")
    if claimed := found.get("claimed"):
        yield Item(f"{listed(claimed)}: {CLAIMED}.", "Differential privacy, claimed")
    if none := found.get("none"):
        whose = "No generator here gives" if len(found) == 1 else f"{listed(none)}: without"
        yield Item(
            f"{whose} a formal guarantee (differential privacy). Privacy "
            "numbers say what the attacks that were run could find, not what is impossible."
        )


def promises(summary: Summary) -> dict[str, list[str]]:
    """Generators by what their ε is: refuted (by the audit), promised, void, claimed, none."""
    found: dict[str, list[str]] = {}
    broken = refuted(summary.run)
    for name, arms in by_generator(summary).items():
        shown = [contender for contender in arms if contender.arm.id in broken]
        rest = [contender for contender in arms if contender.arm.id not in broken]
        if shown:
            found.setdefault("refuted", []).append(named(name, shown))
        if rest:
            found.setdefault(rest[0].promise, []).append(named(name, rest))
    return found
