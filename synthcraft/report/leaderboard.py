"""The leaderboard: generators for the declared use, or by the measure that decides in each family.

No overall winner is made up where no use was declared.
"""

from collections.abc import Mapping

from synthcraft.report import tables
from synthcraft.report.document import Block, Cell, Head, Paragraph, Rows, Section, Table
from synthcraft.report.inference import MARKS, Difference, differences, endpoints, rank_cell
from synthcraft.report.objective import objective_blocks
from synthcraft.report.summary import Contender, Quantity, Summary
from synthcraft.report.words import capital, direction, number, short, title


def leaderboard_section(summary: Summary, *, prefix: str = "") -> Section | None:
    """Rank, value with interval, and who is indistinguishable from the best; None without any."""
    objective = summary.run.spec.objective
    if objective is not None:
        name = f"Leaderboard for the declared use: {short(objective.use)}"
        blocks = objective_blocks(summary, objective)
        return Section(f"{prefix}leaderboard", name if objective.use else "Leaderboard", blocks)
    deciding = {f: q for f, q in endpoints(summary).items() if summary.ranked(q)}
    if not deciding or not summary.generators:
        return None
    return Section(f"{prefix}leaderboard", "Leaderboard", tuple(_by_family(summary, deciding)))


def _by_family(summary: Summary, deciding: Mapping[str, Quantity]) -> tuple[Block, ...]:
    intro = (
        "No use was declared before the run, so there is no overall rank: each family has its own, "
        "by the measure that decides in it. “objective” in a spec declares a use."
    )
    found = {quantity: differences(summary, quantity) for quantity in deciding.values()}
    rows = tuple(
        (
            Cell(short(c.label)),
            *(_cell(summary, c, quantity, found[quantity]) for quantity in deciding.values()),
        )
        for c in summary.generators
    )
    ranks = " Ranks are by the mean." if len(summary.generators) > 1 else ""
    marks = f" {MARKS}" if any(found.values()) and summary.run.plan.splits > 1 else ""
    table = Table(
        f"Generators in the order of the spec. {tables.reading(summary)}{ranks}{marks}",
        (Head("Generator"), *(_head(summary, f, q) for f, q in deciding.items())),
        (Rows(rows),),
    )
    return Paragraph(intro), table


def _head(summary: Summary, family: str, quantity: Quantity) -> Head:
    way = direction(summary.descriptors[quantity.metric], quantity)
    role = "excess over control" if quantity.role == "excess" else ""
    lines = (title(quantity), role, way, tables.count(summary, quantity))
    return Head(capital(family), tuple(line for line in lines if line), quantity.metric)


def _cell(
    summary: Summary, contender: Contender, quantity: Quantity, found: Mapping[str, Difference]
) -> Cell:
    score = summary.score(contender.arm.id, quantity)
    if score.estimate is None:
        return tables.absent(contender, score)
    order = [c.arm.id for c, _ in summary.ranked(quantity)]
    rank = rank_cell(contender.arm.id, order, found)
    if len(order) == 1:
        return Cell(number(score.estimate.mean), tables.lines(score))
    told = f"rank {rank.text}, {rank.details[0]}"
    return Cell(number(score.estimate.mean), (*tables.lines(score), told), rank.tone)
