"""Two tables that data stewards fill in: the Five Safes, and an impact assessment under the GDPR.

What the run knows stands in them; what it cannot know is asked.
"""

from collections.abc import Iterator

from synthcraft.report.choice import primary
from synthcraft.report.document import Cell, Head, Paragraph, Rows, Section, Table
from synthcraft.report.release.asked import asked
from synthcraft.report.release.decision import decided
from synthcraft.report.release.reach import reach
from synthcraft.report.release.subject import each, is_given, known, named, parts, secrets, subjects
from synthcraft.report.summary import Summary
from synthcraft.report.words import clean, counted, listed, title

Point = tuple[str, str, str, str]  # its name, what it asks, what the run knows, what is left open


def safes_section(summary: Summary) -> Section:
    """The Five Safes: Desai, Ritchie & Welpton 2016, UWE Bristol working paper 1601."""
    intro = Paragraph(
        "Five questions to be weighed together: control may lie in one where it lacks in another "
        "(Desai, Ritchie & Welpton 2016)."
    )
    table = _table("The Five Safes.", "Safe", _safes(summary))
    return Section("five-safes", "Five Safes", (intro, table))


def assessment_section(summary: Summary) -> Section:
    """What an impact assessment contains at least: GDPR, Art. 35(7)."""
    intro = Paragraph(
        "What a data protection impact assessment contains at least (Regulation (EU) 2016/679, "
        "Article 35(7)). Whether one is due, and whether the synthetic rows are personal data at "
        "all, is for you and your data protection officer; this is no legal advice."
    )
    table = _table("Impact assessment.", "Article 35(7)", _assessment(summary))
    return Section("dpia", "Data protection impact assessment", (intro, table))


def _table(caption: str, first: str, points: Iterator[Point]) -> Table:
    heads = (first, "What this run knows", "What is left to you")
    rows = tuple(
        (Cell(name, (question,)), Cell(told or "Nothing."), Cell(asked(left)))
        for name, question, told, left in points
    )
    return Table(caption, tuple(map(Head, heads)), (Rows(rows),), numeric=False)


def _safes(summary: Summary) -> Iterator[Point]:
    yield (
        "Projects",
        "Is this use of the data appropriate?",
        _purpose(summary),
        "whether the use is lawful, ethical and in the public’s interest, and who approved it.",
    )
    yield (
        "People",
        "Can the users be trusted to use it in an appropriate manner?",
        "",
        "who receives the rows, their training, and what they signed.",
    )
    yield (
        "Settings",
        "Does the access facility limit unauthorised use?",
        "The attacks assume that the attacker holds all synthetic rows, as after an open download.",
        "where the rows are used: open download, on agreement, or in a secure environment.",
    )
    yield (
        "Data",
        "Is there a disclosure risk in the data itself?",
        _risks(summary),
        "whether that is acceptable together with the other four.",
    )
    yield (
        "Outputs",
        "Are the statistical results non-disclosive?",
        "This pack holds aggregates, counts of real people from 10 on, and no row; differential "
        "privacy, where there is any, does not cover it.",
        "who checks what is published from the synthetic rows, and this pack before it leaves.",
    )


def _assessment(summary: Summary) -> Iterator[Point]:
    yield (
        "(a) Description",
        "The processing and its purposes, and the legitimate interest where there is one",
        f"{_processing(summary)} {_purpose(summary)}".strip(),
        "the controller and processors, the legal basis (with health data also under Article 9), "
        "recipients, and how long real and synthetic rows are kept.",
    )
    yield (
        "(b) Necessity and proportionality",
        "Measured against the purposes",
        _worth(summary),
        "why the purpose needs these columns and rows, and why less, or access to the real data "
        "under control, would not do.",
    )
    yield (
        "(c) Risks to the people",
        "To their rights and freedoms",
        _risks(summary),
        "how severe it would be for somebody to be found or a secret learnt, how likely an "
        "attempt is, and by whom; the views of the people or their representatives (Article "
        "35(9)).",
    )
    yield (
        "(d) Measures",
        "Safeguards, security, and how compliance is shown",
        _measures(summary),
        "contracts, access control and deletion; the advice of the data protection officer "
        "(Article 35(2)); when the assessment is reviewed (Article 35(11)).",
    )


# What the run knows ---------------------------------------------------------------------------


def _purpose(summary: Summary) -> str:
    spec = summary.run.spec
    use = clean(spec.objective.use) if spec.objective else ""
    told = f"Question of the study: {clean(spec.question)}" if spec.question else ""
    return " ".join(filter(None, (told, f"Declared use: {use}." if use else "")))


def _processing(summary: Summary) -> str:
    table = summary.run.table
    columns = len(table.get("columns", {}))
    names = listed([named(c) for c in subjects(summary)]) or "no generator"
    made = f"made elsewhere ({names})" if is_given(summary) else f"drawn by {names}"
    used = parts(summary.run)
    learnt = f" (learnt from or declared as used: {used[0]})" if used and used[1] != "0" else ""
    return (
        f"Synthetic rows were {made}. The real table has {counted(table.get('rows', 0), 'row')}"
        f"{learnt} and {counted(columns, 'column')} of "
        f"{clean(summary.run.spec.dataset.plugin)} data, among them "
        f"{listed(list(secrets(summary.run)))}."
    )


def _worth(summary: Summary) -> str:
    utility = primary(summary, "utility")
    told = "" if utility is None else each(summary, utility)
    if utility is None or not told:
        return "What the synthetic rows are worth was not measured."
    return f"{title(utility)}: {told}. The report has the same of real rows beside it."


def _risks(summary: Summary) -> str:
    told = []
    for contender in subjects(summary):
        found = reach(summary, contender)
        came = "no attack has a value with a control" if found is None else found.text
        told.append(f"{named(contender)}: {came}")
    return (
        "How far the best attack came, from 0 (as on strangers) to 100 (always): "
        f"{'; '.join(told)}. What was tried stands above. {decided(summary)}"
        if told
        else decided(summary)
    )


def _measures(summary: Summary) -> str:
    private = [named(c) for c in subjects(summary) if c.promise == "promised"]
    parts = (
        f"Differential privacy of {listed(private)}." if private else "No differential privacy.",
        "" if is_given(summary) else "Only rows can leave, never the model.",
        "People who were held out serve as control."
        if any(size.holdout for size in summary.run.splits)
        else "Nobody was held out as control.",
        f"What an intruder may know is declared: {known(summary.run)}."
        if known(summary.run)
        else "What an intruder may know is not declared.",
        decided(summary),
        "Every number can be made again from spec and journal (verify).",
    )
    return " ".join(filter(None, parts))
