"""The files of the release pack of a run: a page, the same as Markdown, and two cards."""

from dataclasses import replace

from synthcraft.report import render
from synthcraft.report.crate import placed
from synthcraft.report.document import (
    Document,
    Fold,
    Link,
    Paragraph,
    Section,
    Table,
    Terms,
    flat,
    present,
)
from synthcraft.report.release import data_card, model_card
from synthcraft.report.release.asked import MARK
from synthcraft.report.release.cells import cells_section
from synthcraft.report.release.decision import decision_section
from synthcraft.report.release.formal import formal_section
from synthcraft.report.release.frameworks import assessment_section, safes_section
from synthcraft.report.release.persons import persons_section
from synthcraft.report.release.plain import plain_section
from synthcraft.report.release.risks import others_section, wp29_section
from synthcraft.report.release.uncovered import uncovered_section
from synthcraft.report.sections import definitions_section
from synthcraft.report.summary import Summary
from synthcraft.report.words import clean, counted

NAME = "release"
"""What the pack is called in the manifest, and its folder in the report."""
FILES = tuple(
    f"{NAME}/{name}" for name in ("index.html", "release.md", "data_card.md", "model_card.md")
)
FIGURES = f"{NAME}/figures/*.svg"
KIND = "SynthCraft release pack"


def files(summary: Summary, up: str = "../") -> dict[str, str]:
    """The text of each file of the pack, by its name in the report; ``up`` leads to the report."""
    page = replace(render.drawable(document(summary)), links=(_report(up),))
    data, model = _data(summary), _model(summary)
    drawn = render.pictures(page)
    texts = (render.html(page, drawn), *(render.markdown(one) for one in (page, data, model)))
    pictures = {f"{NAME}/figures/{name}.svg": svg for name, svg in drawn.items()}
    return dict(zip(FILES, texts, strict=True)) | pictures


def _report(up: str) -> Link:
    text = "The whole report: how faithful and useful the rows are, and where each number is from"
    return Link(text, f"{up}index.html", f"{up}report.md")


def link(place: str, run_id: str) -> Link:
    """From a report to the pack of a run in this folder of it; of several, each tells its run."""
    text = "Release pack: what a decision on giving the rows away rests on"
    text += "" if place == "." else f" ({run_id})"
    return Link(text, *(placed(place, name) for name in FILES[:2]))


def document(summary: Summary) -> Document:
    """The pack as one document, which holds both cards, too."""
    sections = present(
        decision_section(summary),
        plain_section(summary),
        wp29_section(summary),
        others_section(summary),
        cells_section(summary),
        persons_section(summary),
        formal_section(summary),
        uncovered_section(summary),
        Section("data-card", "Data card", (Paragraph(data_card.SOURCE, "muted"),)),
        *data_card.data_card(summary),
        Section("model-card", "Model card", (Paragraph(model_card.SOURCE, "muted"),)),
        *model_card.model_cards(summary),
        safes_section(summary),
        assessment_section(summary),
    )
    defined = _definitions(summary, sections)
    subtitle = (
        "What a decision on giving these synthetic rows away rests on. Made from the run by rule; "
        f"whatever only you can know is marked “{MARK}”"
    )
    return Document(_title(summary), subtitle, (*sections, *present(defined)), KIND)


def _title(summary: Summary) -> str:
    spec = summary.run.spec
    return f"Release pack: {clean(spec.report.title or spec.name)}"


def _data(summary: Summary) -> Document:
    title = f"Data card: {clean(summary.run.spec.report.title or summary.run.spec.name)}"
    return Document(title, data_card.SOURCE, _alone(data_card.data_card(summary)), KIND)


def _model(summary: Summary) -> Document:
    title = f"Model card: {clean(summary.run.spec.report.title or summary.run.spec.name)}"
    return Document(title, model_card.SOURCE, _alone(model_card.model_cards(summary)), KIND)


def _alone(sections: tuple[Section, ...]) -> tuple[Section, ...]:
    """Sections below another's as those of a document of their own."""
    return tuple(replace(section, level=2) for section in sections)


def _definitions(summary: Summary, sections: list[Section]) -> Section | None:
    """The definitions of the measures that these sections name."""
    blocks = [block for section in sections for block in flat(section.blocks)]
    tables = [block for block in blocks if isinstance(block, Table)]
    named = {head.about for table in tables for head in table.heads} | {
        cell.about for table in tables for rows in table.groups for row in rows.rows for cell in row
    }
    everything = definitions_section([summary])
    terms = [
        term
        for block in flat(everything.blocks)
        if isinstance(block, Terms)
        for term in block.terms
        if term.name in named
    ]
    if not terms:
        return None
    fold = Fold(f"{counted(len(terms), 'measure')} of the tables above", (Terms(tuple(terms)),))
    return replace(everything, blocks=(fold,))
