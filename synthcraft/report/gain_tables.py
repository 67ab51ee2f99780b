"""Tables of augmentation: gains and harm at the dose that decides, every measure by group."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from synthcraft.report.document import Block, Cell, Fold, Head, Rows, Table, Tone, present
from synthcraft.report.gains import (
    FEW_GROUPS,
    NOTHING,
    Answer,
    Design,
    Effect,
    Gains,
    Treatment,
    difference,
    effect,
    harm,
    named,
    short_group,
    splits_of,
    treatments,
)
from synthcraft.report.inference import p_text
from synthcraft.report.responses import by_group, forest
from synthcraft.report.summary import Quantity, Summary
from synthcraft.report.words import (
    capital,
    counted,
    direction,
    filled,
    heading,
    interval,
    number,
    short,
    signed,
)
from synthcraft.spec.augmentation import TARGETS
from synthcraft.stats import Estimate

READINGS: Mapping[Answer, str] = {
    "gain": "gain shown",
    "loss": "loss shown",
    "ruled out": "no gain of {margin}",
    "open": "too little data to tell",
    "unknown": "cannot be told",
}


def gain_blocks(summary: Summary, design: Design, found: Gains) -> tuple[Block, ...]:
    """A table of each target, and how generators compare with controls."""
    tables = [_gain_table(design, found, k, t) for k, t in enumerate(design.targets)]
    rivals = present(*(_rival_table(summary, design, found, t) for t in design.targets))
    if len(tables) > FEW_GROUPS:
        shown: list[Block] = [
            Fold(capital(short_group(t)), (table,))
            for t, table in zip(design.targets, tables, strict=True)
        ]
    else:
        shown = [*tables]
    if rivals:
        shown.append(Fold("Each generator against each control", tuple(rivals)))
    return (*present(forest(summary, design, found)), *shown)


def _gain_table(design: Design, found: Gains, place: int, target: str) -> Table:
    def rows(*kinds: str) -> tuple[tuple[Cell, ...], ...]:
        return tuple(
            _gain_row(design, t, e)
            for (t, g), e in found.items()
            if g == target and t.kind in kinds
        )

    name, _, model = heading(design.endpoint)
    groups = (
        Rows(rows("generator"), "Synthetic rows for the target groups"),
        Rows(rows("everyone"), "As many synthetic rows for everyone instead"),
        Rows(rows("control"), "Controls: no generator"),
    )
    return Table(
        f"{capital(short_group(target))}, dose {design.primary:g} %. Gain: {name} with added rows "
        "less that with none, paired over splits; its interval is for one comparison: t, corrected "
        "as by Nadeau & Bengio for the rows that splits share, here for those learnt from where "
        "they are more than those held out, as a group’s gain moves with both. p: adjusted over "
        "all generators and target groups (Holm); controls’, and those of rows for everyone, are "
        "exploratory and plain. Would be seen: the smallest true gain that these splits would show "
        "in about 8 of 10 repetitions, were it the only comparison.",
        (
            Head("Trained with", (short_group(target),)),
            Head(name, filled(model), design.endpoint.metric),
            *(Head(text) for text in ("Gain", "Interval", "p", "Would be seen", "Reading")),
        ),
        tuple(group for group in groups if group.rows),
        id=f"augmentation-gains-{place + 1}",
    )


def _gain_row(design: Design, treatment: Treatment, one: Effect) -> tuple[Cell, ...]:
    name = Cell(named(treatment))
    if one.value is None:
        return (name, Cell("—", (short(one.why, 90),), "muted"), *[Cell("")] * 5)
    if treatment == NOTHING:
        return (name, Cell(number(one.value.mean)), *[Cell("")] * 5)
    if one.change is None:
        blank = [Cell("")] * 4
        return (name, Cell(number(one.value.mean)), Cell("—", ("no split in common",)), *blank)
    answer = one.answer(design.margin)
    tone: Tone = "best" if answer == "gain" else "alert" if answer == "loss" else ""
    seen = one.detectable
    return (
        name,
        Cell(number(one.value.mean)),
        Cell(signed(one.change.mean), filled(splits_of(design, one.change)), tone),
        Cell(interval(one.change) or "—"),
        Cell("—" if one.p is None else p_text(one.p)),
        Cell("—" if seen is None else number(seen)),
        Cell(
            READINGS[answer].format(margin=number(design.margin)),
            tone="" if answer in ("gain", "loss") else "muted",
        ),
    )


def _rival_table(summary: Summary, design: Design, found: Gains, target: str) -> Table | None:
    """Paired differences of generators to controls in one target; exploratory."""
    own = {t: e for (t, g), e in found.items() if g == target and e.value is not None}
    made = [t for t in own if t.kind == "generator"]
    rivals = [t for t in own if t.kind != "generator" and t != NOTHING]
    rows = tuple(
        (
            Cell(named(rival)),
            *(_change_cell(difference(summary, one, rival, design.at(target))) for one in made),
        )
        for rival in rivals
    )
    if not rows or not made:
        return None
    return Table(
        f"{capital(short_group(target))}, dose {design.primary:g} %: {heading(design.endpoint)[0]} "
        "of each generator less that of each control, paired over splits, with intervals; "
        "exploratory.",
        (Head("Less"), *(Head(named(one)) for one in made)),
        (Rows(rows),),
    )


def _change_cell(change: Estimate | None) -> Cell:
    if change is None:
        return Cell("—", tone="muted")
    return Cell(signed(change.mean), filled(interval(change) or "no interval"))


def harm_blocks(summary: Summary, design: Design) -> tuple[Block, ...]:
    """Changes of every group that got no rows, and whether all are spared."""
    if not design.others:
        return ()
    there = [t for t in treatments(summary, design.primary) if t != NOTHING]
    rows = {
        kind: tuple(_harm_row(summary, design, t) for t in there if t.kind == kind)
        for kind in ("generator", "everyone", "control")
    }
    name = heading(design.endpoint)[0]
    table = Table(
        f"Groups that got no rows: change of {name} by a dose of {design.primary:g} %, paired over "
        "splits, with its interval. No harm: every interval lies above "
        f"−{number(design.margin)} (all must, so nothing is adjusted); a group without a value is "
        "not judged.",
        (
            Head("Trained with"),
            Head("No harm"),
            *(Head(short_group(group)) for group in design.others),
        ),
        tuple(
            Rows(rows[kind], words)
            for kind, words in (
                ("generator", "Synthetic rows for the target groups"),
                ("everyone", "As many synthetic rows for everyone instead"),
                ("control", "Controls: no generator"),
            )
            if rows[kind]
        ),
        id="augmentation-harm",
    )
    return (table,)


def _harm_row(summary: Summary, design: Design, treatment: Treatment) -> tuple[Cell, ...]:
    found = harm(summary, design, treatment)
    words = {"shown": "shown", "worse": "loss shown", "not shown": "not shown"}
    tones: Mapping[str, Tone] = {"worse": "alert", "shown": "best"}
    return (
        Cell(named(treatment)),
        Cell(words.get(found.answer, "cannot be told"), tone=tones.get(found.answer, "muted")),
        *(_change_cell(found.changes.get(group)) for group in design.others),
    )


def group_blocks(summary: Summary, design: Design) -> tuple[Block, ...]:
    """The deciding measure in a picture, and every measure on demand."""
    return (*present(by_group(summary, design)), *_measures(summary, design))


def _measures(summary: Summary, design: Design) -> Iterator[Block]:
    """All measures at the dose that decides, by model and group; on demand."""
    # What a policy chose by is a mean of one of the others.
    found = [q for q in summary.augmented if q.model and q.metric != TARGETS]
    for model in dict.fromkeys(q.model for q in found):
        names = dict.fromkeys(q.metric for q in found if q.model == model)
        tables = present(*(_measure_table(summary, design, Quantity(n, model)) for n in names))
        if tables:
            told = heading(Quantity("augmented.auroc", model))[2]
            yield Fold(
                f"{capital(told)}: {counted(len(tables), 'measure')} by group", tuple(tables)
            )


def _measure_table(summary: Summary, design: Design, quantity: Quantity) -> Table | None:
    there = treatments(summary, design.primary)
    groups = [
        group
        for group in ("", *design.groups)
        if any(effect(summary, t, replace(quantity, group=group)).value for t in there)
    ]
    if not groups:
        return None
    metric = summary.descriptors[quantity.metric]
    name, _, model = heading(quantity)
    rows = tuple(
        (
            Cell(named(t)),
            *(_measure_cell(effect(summary, t, replace(quantity, group=g))) for g in groups),
        )
        for t in there
    )
    return Table(
        f"{name} ({model}), dose {design.primary:g} %: mean over splits, and below it the paired "
        "difference to nothing added, with its interval; exploratory. "
        f"{capital(direction(metric, quantity))}",
        (
            Head("Trained with", about=quantity.metric),
            *(Head(short_group(group) if group else "Everyone") for group in groups),
        ),
        (Rows(rows),),
    )


def _measure_cell(one: Effect) -> Cell:
    if one.value is None:
        return Cell("—", filled("too few" if one.why.startswith("too few") else ""), "muted")
    change = filled(signed(one.change.mean), interval(one.change)) if one.change else ()
    return Cell(number(one.value.mean), change)
