"""A model card of each generator: Mitchell et al. 2019, Model Cards for Model Reporting, FAT*.

The model itself is never given away: what is, are rows that it drew.
"""

from collections.abc import Iterator

from synthcraft.report import tables
from synthcraft.report.choice import FAMILIES, leading, primary
from synthcraft.report.document import (
    Block,
    Bullets,
    Cell,
    Head,
    Item,
    Rows,
    Section,
    Table,
    present,
)
from synthcraft.report.doses import level
from synthcraft.report.release.asked import asked
from synthcraft.report.release.subject import is_given, parts, secrets, settings, subjects
from synthcraft.report.served import served
from synthcraft.report.summary import Contender, Quantity, Summary
from synthcraft.report.words import clean, counted, filled, group_name, listed, short, span, title

FEW_SPLITS = 5
SOURCE = "After Mitchell et al. 2019 (model cards for model reporting)."


def model_cards(summary: Summary) -> tuple[Section, ...]:
    """A card for each generator whose rows may be given away."""
    return tuple(
        Section(f"model-{place}", short(c.label), tuple(_card(summary, c)), 3)
        for place, c in enumerate(subjects(summary), start=1)
    )


def _card(summary: Summary, contender: Contender) -> Iterator[Block]:
    yield Bullets(tuple(_items(summary, contender)))
    yield from present(_results(summary, contender), _by_group(summary, contender))
    yield Bullets(tuple(_caveats(summary, contender)))


def _items(summary: Summary, contender: Contender) -> Iterator[Item]:
    yield Item(_details(summary, contender), "Model details")
    yield Item(
        asked("who made the model, its version, its licence, and whom to ask about it."),
        "Developer and contact",
    )
    use = summary.run.spec.objective.use if summary.run.spec.objective else ""
    said = filled(clean(summary.run.spec.question), f"Declared use: {clean(use)}." if use else "")
    yield Item(
        f"{' '.join(said) or 'Not said in the spec.'} Not meant: decisions about persons, and "
        "giving the model itself away.",
        "Intended use",
    )
    yield Item(_factors(summary), "Factors")
    yield Item(_metrics(summary), "Metrics")
    yield Item(_parts(summary, train=False), "Evaluation data")
    yield Item(_parts(summary, train=True), "Training data")


def _details(summary: Summary, contender: Contender) -> str:
    arm, card = contender.arm, summary.card(contender)
    versions = summary.run.provenance.get("versions") or {}
    packages = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
    own = settings(summary, contender)
    started = clean(str(summary.run.provenance.get("started") or ""))
    return " ".join(
        filled(
            f"Plug-in {short(arm.plugin)}.",
            clean(str(card.get("summary") or "")),
            f"Settings other than the default: {own}." if own else "",
            f"Differential privacy: {level(arm)} ({contender.promise})." if arm.epsilon else "",
            f"Run started {started}." if started else "",
            f"Packages: {clean(packages)}." if packages else "",
        )
    )


def _factors(summary: Summary) -> str:
    groups = summary.run.table.get("groups") or {}
    told = [
        f"{short(str(name))} ({counted(len(levels), 'group')})" for name, levels in groups.items()
    ]
    if not told:
        return "No sensitive column with groups is declared: nothing is told by group."
    return f"Results are told by group of {listed(told)}; others were not looked at."


def _metrics(summary: Summary) -> str:
    known = tables.valued(summary, summary.quantities)
    families = [
        f"{family} {counted(len(names), 'measure')}"
        for family in FAMILIES
        if (names := {q.metric for q in known if _family(summary, q) == family})
    ]
    splits = summary.run.plan.splits
    return f"{listed(families) or 'None'}; each is defined in the report. Uncertainty: " + (
        f"intervals over {splits} splits." if splits > 1 else "within the one split."
    )


def _family(summary: Summary, quantity: Quantity) -> str:
    metric = summary.descriptors.get(quantity.metric)
    return metric.family if metric else ""


def _parts(summary: Summary, *, train: bool) -> str:
    run = summary.run
    both = parts(run)
    if both is None:
        return "Not known yet: no split is recorded."
    rows = both[0] if train else both[1]
    if not train and rows == "0":
        return "None was held out: the same rows were learnt from and compared with."
    what = "which the model learnt from" if train else "which neither model nor tuning ever saw"
    if is_given(summary):
        what = f"declared as {'used' if train else 'not used'} for the rows; nobody checked that"
    splits = len(run.splits)
    each = f" in each of {splits} splits" if splits > 1 else ""
    return f"{rows} rows of the {clean(run.spec.dataset.plugin)} table{each}, {what}."


# Quantitative analyses ------------------------------------------------------------------------


def _results(summary: Summary, contender: Contender) -> Table | None:
    """What decides in each family, and the leading risks."""
    firsts = [primary(summary, family) for family in FAMILIES if family != "privacy"]
    wanted = [q for q in firsts if q is not None] + list(leading(summary, "privacy"))
    rows = tuple(
        (
            Cell(title(q), filled("excess" if q.role == "excess" else ""), about=q.metric),
            tables.plain(summary, contender, q),
            tables.of_real(summary, q),
            Cell(span(summary.score(contender.arm.id, q).rows) or "—"),
        )
        for q in wanted
        if tables.valued(summary, [q])
    )
    if not rows:
        return None
    heads = ("Measure", "Synthetic rows", "Real rows", "n")
    caption = f"Quantitative analyses of {short(contender.label)}: overall."
    return Table(caption, tuple(map(Head, heads)), (Rows(rows),))


def _by_group(summary: Summary, contender: Contender) -> Table | None:
    """The use that decides, at each group of the sensitive columns."""
    quantities = [q for one in served(summary) for q in one.groups]
    there = tables.valued(summary, quantities)
    if not there:
        return None
    rows = tuple(
        (
            Cell(short(group_name(q.group))),
            tables.plain(summary, contender, q),
            tables.of_real(summary, q),
            Cell(span(summary.score(contender.arm.id, q).rows) or "—"),
        )
        for q in there
    )
    name = title(Quantity(there[0].metric, there[0].model))
    heads = ("Group", "Synthetic rows", "Real rows", "n")
    return Table(
        f"Quantitative analyses of {short(contender.label)} by group: {name}. Groups too small for "
        "a number are left out.",
        tuple(map(Head, heads)),
        (Rows(rows),),
    )


# Considerations -------------------------------------------------------------------------------


def _caveats(summary: Summary, contender: Contender) -> Iterator[Item]:
    hidden = listed(list(secrets(summary.run)))
    yield Item(
        f"The rows tell of people; what could harm one if it were learnt: {hidden}. "
        + asked("who might be harmed, and what was done against it."),
        "Ethical considerations",
    )
    caveat = clean(str(summary.card(contender).get("caveat", "")))
    splits = summary.run.plan.splits
    wide = "only: intervals are wide, and small risks unseen."
    few = f"{counted(splits, 'split')} {wide}" if splits < FEW_SPLITS else ""
    bad = contender.ended - contender.succeeded
    failed = f"{bad} of {counted(contender.ended, 'trial')} did not succeed." if bad else ""
    told = " ".join(filled(caveat, few, failed))
    yield Item(
        f"{told} Results hold for this table, these parameters and this training. They are "
        "measures of real rows, which no ε covers.".strip(),
        "Caveats and recommendations",
    )
