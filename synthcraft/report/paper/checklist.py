"""Reporting checklists: filled where the run knows, and marked where only the author does.

TRIPOD+AI of 2024 (Collins et al., BMJ 385:e078378) for what concerns prediction models, and the
seven criteria of the scorecard for synthetic medical data of 2025 (Zamzmi et al., Communications
Engineering 4:130). Items are told by number and topic; the words are ours.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from synthcraft.report.document import Cell, Document, Head, Paragraph, Rows, Section, Table
from synthcraft.report.paper.used import cite, measured, model_name, models
from synthcraft.report.printed import escaped, latex
from synthcraft.report.render import markdown
from synthcraft.report.summary import Quantity, Summary
from synthcraft.report.words import clean, counted, filled, listed, short, title

AUTHOR = "Author to complete"
CHECKLISTS = frozenset((*cite("methods", "tripod").keys, *cite("methods", "scorecard").keys))
"""What the checklists themselves are cited by."""

_NOTE = (
    "Items by number and topic, in our words: read the published checklist beside them. “Run” says "
    "what specs and journals tell, and nothing more; “Author to complete” marks what only you can "
    "answer, and nothing is guessed there."
)
_SCOPE = (
    "TRIPOD+AI is for studies of prediction models. Here models are instruments: they measure what "
    "synthetic rows are worth, and none is proposed for use. It is filled as for such a study."
)


@dataclass(frozen=True)
class Item:
    """An item by number and topic; ``told`` is "" where only the author knows.

    ``rest`` says what else the author must complete, or why the item does not apply.
    """

    number: str
    topic: str
    told: str = ""
    rest: str = AUTHOR


@dataclass(frozen=True)
class Checklist:
    """Both lists, filled for some runs."""

    tripod: tuple[Item, ...]
    scorecard: tuple[Item, ...]

    def markdown(self) -> str:
        """As tables of Markdown."""
        return markdown(Document("Reporting checklists", _NOTE, self._sections()))

    def latex(self) -> str:
        """As LaTeX to be taken in; it needs booktabs and longtable."""
        parts = [f"\\section*{{Reporting checklists}}\n\n{escaped(_NOTE)}\n"]
        for section in self._sections():
            words = [escaped(b.text) for b in section.blocks if isinstance(b, Paragraph)]
            tables = [_long(b) for b in section.blocks if isinstance(b, Table)]
            source = f"Source:~\\cite{{{','.join(cite('methods', section.id).keys)}}}."
            heading = f"\\subsection*{{{escaped(section.title)}}}"
            parts.append("\n\n".join([heading, *words, source, *tables]))
        return "\n".join(parts)

    def _sections(self) -> tuple[Section, ...]:
        return (
            Section("tripod", "TRIPOD+AI (2024)", (Paragraph(_SCOPE), _table(self.tripod))),
            Section(
                "scorecard",
                "Scorecard for synthetic medical data (2025): the seven criteria",
                (Paragraph(_SCORECARD), _table(self.scorecard)),
            ),
        )


_SCORECARD = (
    "The names of the criteria are those of the scorecard; what stands under each is our reading "
    "of it for tables of people."
)


def _table(items: Sequence[Item]) -> Table:
    rows = tuple(
        (Cell(item.number), Cell(item.topic), Cell(item.told or "—"), Cell(item.rest or "—"))
        for item in items
    )
    heads = tuple(Head(text) for text in ("Item", "Topic", "Run", "Author"))
    return Table("", heads, (Rows(rows),), numeric=False)


def _long(table: Table) -> str:
    """A table that may break over pages."""
    text = latex(table, columns="@{}lp{34mm}p{86mm}p{40mm}@{}")
    body = "\n".join(row for row in text.splitlines() if not row.startswith("%"))
    headed = body.replace("\\midrule", "\\midrule\n\\endhead", 1)  # on every page
    return headed.replace("{tabular}", "{longtable}") + "\n"


def checklist(summaries: Sequence[Summary]) -> Checklist:
    """The lists for these runs; what runs tell differently stands side by side."""
    return Checklist(
        tuple(_item(row, summaries) for row in _TRIPOD),
        tuple(_item(row, summaries) for row in _CRITERIA),
    )


Row = tuple[str, str, Callable[[Summary], str] | None, str]


def _item(row: Row, summaries: Sequence[Summary]) -> Item:
    number, topic, tell, rest = row
    if tell is None:
        return Item(number, topic, "", rest)
    told = [text for text in dict.fromkeys(map(tell, summaries)) if text]
    return Item(number, topic, " / ".join(told), rest if told else AUTHOR)


# What a run tells -------------------------------------------------------------------------------


def _question(summary: Summary) -> str:
    question = clean(summary.run.spec.question)
    return f"The question in the spec: {question}" if question else ""


def _source(summary: Summary) -> str:
    return f"Dataset {short(summary.run.spec.dataset.plugin)}; see Methods: Data."


def _left_out(summary: Summary) -> str:
    return " ".join(clean(str(note)) for note in summary.run.table.get("notes", ()))


def _preparation(summary: Summary) -> str:
    spec = summary.run.spec.dataset
    told = filled(
        _missing(summary),
        f"{spec.screen.top:,} columns chosen in each split." if spec.screen else "",
        "See Methods: Data, Generators.",
    )
    return " ".join(told)


def _missing(summary: Summary) -> str:
    how = {
        "model": "Absent values were reproduced by generators, not filled in.",
        "impute": "Absent values were filled in from train rows, with an indicator.",
        "drop": "Rows with absent values were left out.",
    }
    columns = summary.run.table.get("columns", {}).values()
    if not any(column.get("missing") for column in columns):
        return "No value was absent."
    return how[summary.run.spec.dataset.missing]


def _outcome(summary: Summary) -> str:
    table = summary.run.table
    return f"{short(str(table.get('target')))} ({table.get('task')})."


def _predictors(summary: Summary) -> str:
    columns = summary.run.table.get("columns", {})
    return f"{counted(len(columns), 'column')}; the run’s own report tells their types and units."


def _size(summary: Summary) -> str:
    table = summary.run.table
    balance = table.get("target_balance") or {}
    counts = "; ".join(f"{short(str(name))}: {_count(count)}" for name, count in balance.items())
    return f"{counted(table.get('rows', 0), 'row')}{f' ({counts})' if counts else ''}."


def _count(count: object) -> str:
    return f"{count:,}" if isinstance(count, int) else str(count)


def _parts(summary: Summary) -> str:
    sizes = [f"{size.train:,} train, {size.holdout:,} holdout" for size in summary.run.splits]
    shown = "; ".join(sizes) if len(sizes) <= 5 else f"{sizes[0]}, and so on"
    return f"{counted(summary.run.plan.splits, 'split')}: {shown}." if sizes else ""


def _models(summary: Summary) -> str:
    names = [model_name(name) for name in models(summary)]
    return f"{listed(names)}; settings fixed, not tuned to the data." if names else ""


def _performance(summary: Summary) -> str:
    found = [
        title(Quantity(metric.name))
        for metric in measured(summary)
        if metric.family == "utility"
        and metric.direction != "none"
        and not metric.name.startswith("gap.")
    ]
    return f"{'; '.join(found)} (see measures)." if found else ""


def _balance(summary: Summary) -> str:
    spec = summary.run.spec.augmentation
    if spec is None:
        return "Models weigh all rows alike; nothing was done about rare classes."
    groups = listed([short(name) for name in spec.column])
    return f"Rows added by {groups}, with controls; see Methods: Augmentation."


def _fairness(summary: Summary) -> str:
    sensitive = [short(str(name)) for name in summary.run.table.get("sensitive") or ()]
    if not sensitive:
        return ""
    found = [m for m in measured(summary) if m.family == "fairness"]
    told = f"{counted(len(found), 'measure')} by group; see measures" if found else ""
    return f"Sensitive columns: {listed(sensitive)}. {told or 'No measure by group was run'}."


def _output(summary: Summary) -> str:
    outputs = {
        "classification": "The chance of each class.",
        "regression": "A value of the outcome.",
        "survival": "A risk, and chances to survive by time.",
    }
    return outputs.get(str(summary.run.table.get("task")), "")


def _same_table(summary: Summary) -> str:
    declared = {"holdout_path", "trained_on"} & {
        name for name, value in summary.run.spec.dataset.params.items() if value
    }
    if declared:
        return "Train and holdout rows as the data declare them."
    return "Train and holdout rows are of one table, divided at random: internal validation only."


def _code(summary: Summary) -> str:
    versions = summary.run.provenance.get("versions") or {}
    command = clean(str(summary.run.provenance.get("command") or ""))
    return (
        f"SynthCraft {versions.get('synthcraft', '')}; spec {summary.run.plan.spec_id[:12]}…"
        f"{f'; {command}' if command else ''}; README.md tells how to verify."
    )


def _results(_: Summary) -> str:
    return "Tables and figures, with intervals over splits."


def _limits(_: Summary) -> str:
    return "The report’s “What is not covered”, and Methods: Statistics."


def _names(*families: str) -> Callable[[Summary], str]:
    """The judging measures of some families."""

    def tell(summary: Summary) -> str:
        found = [
            title(Quantity(metric.name))
            for metric in measured(summary)
            if metric.family in families and metric.direction != "none"
        ]
        return f"{'; '.join(found)}." if found else ""

    return tell


def _covered(summary: Summary) -> str:
    wanted = ("recall", "coverage", "beta_recall_naive", "group_share", "representation")
    found = [title(Quantity(m.name)) for m in measured(summary) if m.name in wanted]
    return f"{'; '.join(found)}." if found else ""


def _complete(summary: Summary) -> str:
    return f"Every setting and version is in the spec and journal. {_missing(summary)}"


def _compliant(summary: Summary) -> str:
    private = summary.run.spec.privacy
    terms = "Differential privacy: see Methods." if private else "No generator promises any ε."
    return f"{terms} Risks: {_names('privacy')(summary)}"


def _consistent(summary: Summary) -> str:
    return f"Spread over {counted(summary.run.plan.splits, 'split')}. {_fairness(summary)}".strip()


_NOT_UPDATED = "Does not apply: no model is updated."
_YOURS = "Author to complete: "
_TRIPOD: tuple[Row, ...] = (
    ("1", "Title", None, AUTHOR),
    ("2", "Abstract", None, AUTHOR),
    ("3a", "Background: healthcare context, rationale", None, AUTHOR),
    ("3b", "Background: target population, intended use", None, AUTHOR),
    ("3c", "Background: known health inequalities", None, AUTHOR),
    ("4", "Objectives", _question, f"{_YOURS}development, evaluation or both"),
    ("5a", "Data: sources", _source, f"{_YOURS}why these data, how representative"),
    ("5b", "Data: dates", None, AUTHOR),
    ("6a", "Participants: setting", None, AUTHOR),
    ("6b", "Participants: eligibility", _left_out, f"{_YOURS}who was eligible"),
    ("6c", "Participants: treatments", None, AUTHOR),
    ("7", "Data preparation", _preparation, f"{_YOURS}what was done before the table came here"),
    ("8a", "Outcome: definition", _outcome, f"{_YOURS}how and when it was assessed"),
    ("8b", "Outcome: assessors", None, AUTHOR),
    ("8c", "Outcome: blinding", None, AUTHOR),
    ("9a", "Predictors: choice", None, AUTHOR),
    ("9b", "Predictors: definition", _predictors, f"{_YOURS}how and when they were measured"),
    ("9c", "Predictors: assessors", None, AUTHOR),
    ("10", "Sample size", _size, f"{_YOURS}how it was determined"),
    ("11", "Missing data", _missing, f"{_YOURS}why so"),
    ("12a", "Analysis: use of the data", _parts, ""),
    ("12b", "Analysis: handling of predictors", None, AUTHOR),
    ("12c", "Analysis: models, tuning, internal validation", _models, f"{_YOURS}rationale"),
    ("12d", "Analysis: heterogeneity between clusters", None, AUTHOR),
    ("12e", "Analysis: measures of performance", _performance, ""),
    ("12f", "Analysis: model updating", None, _NOT_UPDATED),
    ("12g", "Analysis: how predictions were calculated", None, AUTHOR),
    ("13", "Class imbalance", _balance, ""),
    ("14", "Fairness", _fairness, f"{_YOURS}rationale"),
    ("15", "Model output", _output, f"{_YOURS}thresholds, if any are used"),
    ("16", "Development against evaluation data", _same_table, ""),
    ("17", "Ethical approval", None, AUTHOR),
    ("18a", "Funding", None, AUTHOR),
    ("18b", "Conflicts of interest", None, AUTHOR),
    ("18c", "Protocol", None, AUTHOR),
    ("18d", "Registration", None, AUTHOR),
    ("18e", "Data sharing", None, AUTHOR),
    ("18f", "Code sharing", _code, f"{_YOURS}where it can be had"),
    ("19", "Patient and public involvement", None, AUTHOR),
    ("20a", "Participants: flow, events", _size, f"{_YOURS}flow before the table came here"),
    ("20b", "Participants: characteristics", _predictors, f"{_YOURS}values by group"),
    ("20c", "Participants: development against evaluation", None, AUTHOR),
    ("21", "Numbers in each analysis", _parts, ""),
    (
        "22",
        "Model specification",
        None,
        "Does not apply: models are instruments, and none is proposed.",
    ),
    ("23a", "Performance with intervals", _results, ""),
    ("23b", "Performance: heterogeneity between clusters", None, AUTHOR),
    ("24", "Results of model updating", None, _NOT_UPDATED),
    ("25", "Interpretation", None, AUTHOR),
    ("26", "Limitations", _limits, f"{_YOURS}limits of the data and of the question"),
    ("27a", "Use: input of poor quality", None, AUTHOR),
    ("27b", "Use: interaction and expertise of users", None, AUTHOR),
    ("27c", "Next steps", None, AUTHOR),
)
_CRITERIA: tuple[Row, ...] = (
    ("C1", "Congruence: distributions as in real data", _names("fidelity"), ""),
    ("C2", "Coverage: diversity as in real data", _covered, ""),
    ("C3", "Constraint: what cannot be does not occur", _names("plausibility"), ""),
    ("C4", "Completeness: details are there", _complete, f"{_YOURS}origin of the data"),
    ("C5", "Compliance: privacy and regulation", _compliant, f"{_YOURS}law, approval, governance"),
    ("C6", "Comprehension: clear and documented", _results, f"{_YOURS}intended use and limits"),
    ("C7", "Consistency: steady over splits and groups", _consistent, ""),
)


def counts(items: Sequence[Item]) -> Mapping[str, int]:
    """How many items the run filled, filled in part, left to the author, or do not apply."""
    found = {"filled": 0, "in part": 0, "author": 0, "does not apply": 0}
    for item in items:
        if item.told:
            found["in part" if item.rest else "filled"] += 1
        else:
            found["author" if item.rest == AUTHOR else "does not apply"] += 1
    return found
