"""What was compared on what: generators, data, judging rows, training and yardsticks, in a list."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from synthcraft.report.augmentation import scope
from synthcraft.report.document import Block, Bullets, Item, Paragraph, Section
from synthcraft.report.doses import by_generator, named
from synthcraft.report.gains import design_of
from synthcraft.report.summary import Contender, Summary
from synthcraft.report.words import clean, counted, listed, short, span, times
from synthcraft.results import Run
from synthcraft.spec.privacy import generator_label

REFERENCES = {
    "train_copy": "the train rows again",
    "fresh_real": "real rows that nobody learnt from",
    "marginals": "each column drawn by itself",
    "noise": "random values",
}


def compared_section(summary: Summary, *, prefix: str = "") -> Section:
    """Generators, data, rows that judge, training effort and yardsticks of one run."""
    blocks: list[Block] = [Paragraph(told)] if (told := scope(summary)) else []
    return Section(
        f"{prefix}compared", "What was compared", (*blocks, Bullets(tuple(_items(summary))))
    )


def _items(summary: Summary) -> Iterator[Item]:
    run = summary.run
    yield Item(_tried(summary), "Generators")
    rows, columns = run.table.get("rows", 0), len(run.table.get("columns", {}))
    yield Item(
        f"The {_table_name(run)} of {counted(rows, 'row')} and "
        f"{counted(columns, 'column')}{_screened(run)}. {_outcome(run.table)}",
        "Data",
    )
    if run.splits:
        yield Item(_parts(summary), "Judged on")
    if trained := _trained(summary):
        yield Item(trained, "Training")
    references = [
        f"{c.label} ({REFERENCES[c.arm.plugin]})" if c.arm.plugin in REFERENCES else c.label
        for c in summary.references
    ]
    if references:
        yield Item(
            f"{listed(references)}: no candidates. They show what a number is worth on these data.",
            "References",
        )


def _table_name(run: Run) -> str:
    """The file of a table of one's own, else the dataset."""
    path = Path(str(run.spec.dataset.params.get("path") or ""))
    return f"table {short(path.name)}" if path.suffix else f"{run.spec.dataset.plugin} table"


def _tried(summary: Summary) -> str:
    """Which generators were tried, by whose choice."""
    if summary.chosen:
        names = [
            short(label) for label in dict.fromkeys(arm.label for arm in summary.run.plan.arms)
        ]
        return (
            f"The selector {summary.run.spec.selector.plugin} chose among "
            f"{counted(len(names), 'generator')}: {listed(names)}."
        )
    arms = [named(name, doses) for name, doses in by_generator(summary).items()]
    return f"{listed(arms)}."


def _screened(run: Run) -> str:
    """The columns that each split has chosen for itself, where there were more than it wants."""
    screen = run.spec.dataset.screen
    there = any("dataset.screen" in note for note in run.table.get("notes", ()))
    return f", and {screen.top:,} more that each split chooses" if screen and there else ""


def _outcome(table: dict[str, Any]) -> str:
    target = str(table.get("target", ""))
    label = short(str(table.get("columns", {}).get(target, {}).get("label") or target))
    balance = table.get("target_balance") or {}
    positive = table.get("positive")
    events = balance.get(positive)
    if isinstance(events, int) and table.get("rows"):
        share = 100 * events / table["rows"]
        return (
            f"The outcome is “{label}”: {events:,} of {table['rows']:,} rows are "
            f"“{short(str(positive))}” ({share:.1f} %)."
        )
    return f"The outcome is “{label}”."


def _parts(summary: Summary) -> str:
    """Which rows were learnt from, and which judge."""
    run = summary.run
    train = span(_range([size.train for size in run.splits]))
    holdout = span(_range([size.holdout for size in run.splits]))
    if all(size.holdout == 0 for size in run.splits):
        return (
            f"Nobody: all {train} rows are train rows. What people whom the generator has not seen "
            "look like is not known, so fidelity and utility are not measured, and no risk has a "
            "control."
        )
    if any(is_given(summary, contender) for contender in summary.generators):
        return (
            f"{holdout} holdout rows; the synthetic rows were made from {train} train rows, as the "
            f"data declare. {_caution(summary)}"
        )
    return (
        f"{holdout} holdout rows that no generator saw, after learning from {_learnt(summary)}: "
        f"{counted(run.plan.splits, 'split')}, "
        f"{counted(run.plan.replicates, 'generator seed')} each. "
        f"{_inner(summary)}{_caution(summary)}"
    )


def _learnt(summary: Summary) -> str:
    """The train rows; an augmentation sets some of them aside before anything is fitted."""
    train = span(_range([size.train for size in summary.run.splits]))
    if design_of(summary) is None:
        return f"{train} train rows"
    return f"{train} train rows less those that “Augmentation” tells were set aside or withheld"


def _inner(summary: Summary) -> str:
    """Which rows a policy has chosen on."""
    sizes = summary.run.inner
    if not sizes:
        return ""
    train = span(_range([size.train for size in sizes]))
    validation = span(_range([size.holdout for size in sizes]))
    return (
        f"The train rows were divided again {times(len(sizes))}, into {train} rows to train on "
        f"and {validation} validation rows: all choosing rests on these. "
    )


def is_given(summary: Summary, contender: Contender) -> bool:
    """Whether its rows were made elsewhere."""
    return summary.card(contender).get("family") == "given"


def _range(values: list[int]) -> tuple[int, int]:
    return min(values), max(values)


def _caution(summary: Summary) -> str:
    splits = summary.run.plan.splits
    if summary.chosen:
        return (
            "Every interval below is conditional on this one holdout: another one would give other "
            "numbers."
        )
    if splits == 1:
        return "One split cannot tell how far results vary: rankings are preliminary."
    if splits * summary.run.plan.replicates < 15:
        return "A quick comparison: published tables use five splits and three seeds, or more."
    return ""


def _trained(summary: Summary) -> str:
    """How hard generators were trained, where that was set for this run; "" where by default."""
    if short_of := efforts(summary):
        each = [f"{name} with {told}" for name, told in short_of.items()]
        return f"Low effort: {listed(each)}. More training may change the ranking."
    said = tuple(_said_params(summary))
    return f"Set by the author of the spec ({listed(said)}), not tuned." if said else ""


def efforts(summary: Summary) -> dict[str, str]:
    """Generators whose training effort is below their plug-in's default, where the run knows it."""
    found = {}
    for contender in (*summary.generators, *summary.left_out):
        card = summary.card(contender)
        name = card.get("effort", "")
        used, default = contender.arm.params.get(name), card.get("defaults", {}).get(name)
        if isinstance(used, (int, float)) and isinstance(default, (int, float)) and used < default:
            found[short(contender.label)] = f"{name} {used:g} instead of {default:g}"
    return found


def _said_params(summary: Summary) -> Iterator[str]:
    for path in summary.run.said:
        parts = path.split(".")
        if len(parts) == 4 and parts[0] == "generators" and parts[2] == "params":
            tried = (*summary.generators, *summary.left_out)
            trained = (c.arm for c in tried if not is_given(summary, c))
            arm = next((arm for arm in trained if generator_label(arm.label) == parts[1]), None)
            if arm is not None and parts[3] in arm.params:
                yield f"{short(parts[1])} {parts[3]} {clean(str(arm.params[parts[3]]))}"
