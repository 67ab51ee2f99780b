"""Whom added rows help and whom they may harm, in sentences; they claim what the splits show."""

from collections.abc import Iterator, Mapping

from synthcraft.report.document import Item
from synthcraft.report.gains import (
    NOTHING,
    Answer,
    Design,
    Effect,
    Gains,
    Harm,
    Treatment,
    changed,
    deciding,
    design_of,
    difference,
    effect,
    gains,
    groups_in_words,
    harms,
    named,
    short_group,
    splits_of,
    these,
)
from synthcraft.report.summary import Summary
from synthcraft.report.words import (
    capital,
    counted,
    listed,
    number,
)

SIMPLE = ("duplication", "weights", "smote_nc")
"""Controls that need neither a generator nor further real rows."""
Effects = Mapping[Treatment, Effect]


def upshot(summary: Summary) -> Item | None:
    """The answer in short, for the verdict."""
    design = design_of(summary)
    if design is None:
        return None
    found = gains(summary, design)
    made = {key: e for key, e in found.items() if key[0].kind == "generator"}
    about = (
        f"{deciding(design)}, dose {design.primary:g} % of the group’s train rows, against nothing "
        "added"
    )
    if all(e.value is None for e in made.values()):
        return Item(f"No generator made the rows that were asked ({about}).", "Augmentation")
    if all(e.answer(design.margin) == "unknown" for e in made.values()):
        return Item(f"No gain can be told from chance here ({about}).", "Augmentation")
    paid = counted(sum(e.p is not None for e in made.values()), "comparison")
    there = _those(design, made, "gain")
    helped = (
        f"Added rows help: {there}"
        if there
        else f"No generator is shown to help {these(design)}{_most(made)}"
    )
    lost = _those(design, made, "loss")
    text = f"{helped} ({about}; Holm-adjusted over {paid})."
    text += f" They are shown to harm: {lost}." if lost else ""
    real = {key: e for key, e in found.items() if key[0] == _real(found)}
    return Item(
        f"{text}{_of_real(design, real)}{_others_in_short(summary, design)}", "Augmentation"
    )


def _those(design: Design, found: Gains, answer: Answer) -> str:
    """The generators and groups with this answer, and by how much."""
    there = ((key, e) for key, e in found.items() if e.answer(design.margin) == answer)
    return listed([f"{named(t)} in {short_group(g)} by {changed(e.change)}" for (t, g), e in there])


def _most(made: Gains) -> str:
    """The highest mean change of any generator; "" where there is none."""
    there = [(key, e.change) for key, e in made.items() if e.change is not None]
    if not there:
        return ""
    (treatment, group), change = max(there, key=lambda one: one[1].mean)
    more = f" in {short_group(group)}" if len({g for (_, g), _ in there}) > 1 else ""
    return f"; the highest mean change is that of {named(treatment)}{more}, {changed(change)}"


def _real(found: Gains) -> Treatment | None:
    """The control that adds real rows."""
    return next((t for t, _ in found if t.kind == "control" and t.arm == "real"), None)


def _of_real(design: Design, real: Gains) -> str:
    """Whether as many real rows would have helped."""
    if there := _those(design, real, "gain"):
        return f" As many real rows help in {there.replace('real rows in ', '')}."
    told = {e.answer(design.margin) for e in real.values()}
    if told and told <= {"loss", "ruled out"}:
        return f" Even as many real rows gain less than {number(design.margin)}{_at(real)}."
    return f" As many real rows are not shown to help{_at(real)}." if "open" in told else ""


def _at(real: Gains) -> str:
    """The change by real rows where one group got rows; of several the section tells each."""
    found = [changed(e.change) for e in real.values() if e.change is not None]
    return f": {found[0]}" if len(found) == len(real) == 1 else ""


def _others_in_short(summary: Summary, design: Design) -> str:
    found = harms(summary, design)
    worse = [named(t) for t, h in found.items() if h.answer == "worse"]
    spared = [named(t) for t, h in found.items() if h.answer == "shown"]
    if worse:
        return f" A loss of other groups is shown for {listed(worse)}."
    some = any(h.unjudged for h in found.values())
    claim = (
        f" That no other group{' that can be judged' if some else ''} loses "
        f"{number(design.margin)} or more is shown for"
    )
    return f"{claim} {listed(spared) or 'none'}." if design.others else ""


def answers(summary: Summary, design: Design, found: Gains) -> Iterator[Item]:
    """The answer for each group that got rows, then for all others."""
    for target in design.targets:
        yield Item(
            " ".join(_about_target(summary, design, found, target)), capital(short_group(target))
        )
    yield Item(" ".join(_about_others(summary, design)), "The other groups")


def _about_target(summary: Summary, design: Design, found: Gains, target: str) -> Iterator[str]:
    """Whether generators help one group, beside what needs none and what real rows would do."""
    own = {treatment: e for (treatment, group), e in found.items() if group == target}
    base = own.get(NOTHING, Effect(None, None, why="not measured"))
    if base.value is None:
        yield f"Cannot be judged: {base.why}."
        return
    yield f"With nothing added {deciding(design)} is {number(base.value.mean)}."
    yield from _by_answer(design, own)
    yield from _simple(design, own)
    yield from _against(summary, design, own, target)
    yield _oracle(design, own)


def _by_answer(design: Design, own: Effects) -> Iterator[str]:
    """The generators by what the splits show of them."""
    made = {t: e for t, e in own.items() if t.kind == "generator"}

    def those(answer: Answer) -> list[tuple[Treatment, Effect]]:
        return [(t, e) for t, e in made.items() if e.answer(design.margin) == answer]

    margin = number(design.margin)
    if there := [_told(design, t, e) for t, e in those("gain")]:
        yield f"A gain is shown for {listed(there)}."
    if there := [_told(design, t, e) for t, e in those("loss")]:
        yield f"A loss is shown for {listed(there)}."
    if there := [_told(design, t, e) for t, e in those("ruled out")]:
        yield f"No gain is shown, and one of {margin} is ruled out, for {listed(there)}."
    if there := [_told(design, t, e, unseen=True) for t, e in those("open")]:
        yield f"Too little data to tell, neither a gain nor its absence, for {listed(there)}."
    for treatment, one in those("unknown"):
        if one.change is None:
            yield f"{named(treatment)} has no value; the end of this section says why."
        else:
            yield f"{_told(design, treatment, one)}: without an interval (one split, or all agree)."


def _simple(design: Design, own: Effects) -> Iterator[str]:
    """What controls gain that need no generator."""
    there = [
        _told(design, t, e)
        for t, e in own.items()
        if t.arm in SIMPLE and t.kind == "control" and e.change
    ]
    if there:
        yield f"Without any generator: {listed(there)}."


def _against(summary: Summary, design: Design, own: Effects, target: str) -> Iterator[str]:
    """How each generator that gains compares with controls, paired over splits."""
    rivals = [t for t in own if t.kind == "control" and t.arm in (*SIMPLE, "real")]
    for treatment, one in own.items():
        if treatment.kind != "generator" or one.answer(design.margin) != "gain":
            continue
        same = [t for t in own if t.kind == "everyone" and t.arm == treatment.arm]
        sides: dict[str, list[str]] = {}
        for rival in (*rivals, *same):
            gap = difference(summary, treatment, rival, design.at(target))
            if gap is not None and gap.low is not None and gap.high is not None:
                side = "more than" if gap.low > 0 else "less than" if gap.high < 0 else ""
                sides.setdefault(side or "not told apart from", []).append(named(rival))
        if sides:
            told = "; ".join(f"{side} {listed(names)}" for side, names in sides.items())
            yield f"Against each control, {named(treatment)}: {told}."


def _oracle(design: Design, own: Effects) -> str:
    """What real rows of the same number do: if they gain nothing, no synthetic rows could."""
    one = next((e for t, e in own.items() if t.kind == "control" and t.arm == "real"), None)
    if one is None:
        return "No real rows were withheld, so what as many real rows would gain is not known."
    if one.change is None:
        return f"What as many real rows would gain is not known: {one.why}."
    told = changed(one.change)
    match one.answer(design.margin):
        case "gain":
            return f"As many real rows gain {told}: there is something to be had."
        case "loss":
            return f"As many real rows lose {told}, so no synthetic rows could be expected to help."
        case "ruled out":
            return (
                f"Even as many real rows gain less than {number(design.margin)}: {told}. So no "
                "synthetic rows could be expected to help."
            )
        case "open":
            return (
                f"As many real rows are not shown to gain: {told}. So these data do not tell how "
                "much there is to be had."
            )
        case _:
            return f"As many real rows change it by {told}, without an interval."


def _about_others(summary: Summary, design: Design) -> Iterator[str]:
    """Whether groups that got no rows are spared."""
    if not design.others:
        yield "Every group got rows: nobody else could be harmed."
        return
    found = harms(summary, design)
    margin = number(design.margin)

    def those(answer: str) -> list[Treatment]:
        return [t for t, h in found.items() if h.answer == answer]

    if there := those("shown"):
        yield (
            f"That none of them loses {margin} or more is shown for "
            f"{listed([named(t) for t in there])}."
        )
    if there := those("not shown"):
        each = [f"{named(t)} in {_lowest(found[t])}" for t in there]
        yield f"Not shown, which is not harm but too little data to rule it out: {listed(each)}."
    if there := those("worse"):
        each = [f"{named(t)} in {_lowest(found[t])}" for t in there]
        yield f"A loss of more than {margin} is shown for {listed(each)}."
    if there := those("unknown"):
        yield f"Cannot be told for {listed([named(t) for t in there])}."
    silent = {
        group: one.why
        for group in design.others
        if (one := effect(summary, NOTHING, design.at(group))).value is None
    }
    for why in dict.fromkeys(silent.values()):
        names = [group for group, told in silent.items() if told == why]
        yield f"Nothing is said of {groups_in_words(names)}: {why}."


def _lowest(found: Harm) -> str:
    """Of the groups that the answer is about, the one that may lose most, and how much."""
    changes = {g: c for g, c in found.changes.items() if found.losses[g].answer == found.answer}
    group = min(changes, key=lambda g: changes[g].low or 0.0)
    return f"{short_group(group)} {changed(changes[group])}"


def _told(design: Design, treatment: Treatment, one: Effect, *, unseen: bool = False) -> str:
    """A treatment with its gain, and on demand the gain that might well go unseen."""
    if one.change is None:
        return named(treatment)
    seen = one.detectable if unseen else None
    least = "" if seen is None else f"a gain under about {number(seen)} may well go unseen"
    return f"{named(treatment)} {changed(one.change, splits_of(design, one.change), least)}"
