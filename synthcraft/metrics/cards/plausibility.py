"""Card of plausibility: whether rows are possible at all."""

from synthcraft.catalogue import MetricCard
from synthcraft.records import Direction, MetricDescriptor

_KEPT = "A rule that all rows keep says nothing of how typical they are; one that real rows break "
_MISLEADS = (
    f"{_KEPT}often is no rule: look at the excess. Rows that a missing value keeps from being "
    "judged do not count (n is what was judged)."
)
_CHECKED = "rules evaluated row by row in Python on random tables; intervals by simulation"


def _rates(
    name: str,
    direction: Direction,
    question: str,
    *,
    formula: str,
    interval: str,
    low: float = 0,
    null: float | None = None,
    scaled: bool = False,
) -> MetricDescriptor:
    return MetricDescriptor(
        name,
        "plausibility",
        direction,
        question,
        ideal=0,
        low=low,
        high=1,
        null=null,
        floor="noise" if scaled else "",
        ceiling="train_copy" if scaled else "",
        order=("train_copy", "noise") if scaled else (),
        interval=interval,
        source="own definition",
        formula=formula,
        misleads=_MISLEADS,
        cost="O(n) per rule",
        checked=_CHECKED,
    )


_WILSON = "Wilson; of persons instead of rows, where an id is declared"

PLAUSIBILITY = MetricCard(
    name="plausibility",
    without_holdout=True,
    summary="Shares of rows that break declared rules, or leave declared ranges and levels.",
    implementation="synthcraft.metrics.plausibility:Plausibility",
    measures=(
        _rates(
            "rule_violations",
            "minimize",
            "What share of the synthetic rows breaks a declared rule? “Column” is the rule’s name; "
            "without one: breaks any of them.",
            formula="broken / (broken + kept) over synthetic rows",
            interval="Wilson",
            scaled=True,
        ),
        _rates(
            "rule_violations_real",
            "none",
            "What share of the holdout rows (of train rows, where there is no holdout) breaks the "
            "rule? Real rows have errors too.",
            formula="broken / (broken + kept) over holdout rows",
            interval=_WILSON,
        ),
        _rates(
            "rule_violations_excess",
            "minimize",
            "How much more often do synthetic rows break the rule than real ones?",
            formula="rule_violations − rule_violations_real",
            interval="Newcombe, of two independent shares",
            low=-1,
            null=0,
            scaled=True,
        ),
        _rates(
            "range_violations",
            "minimize",
            "What share of the synthetic rows has a value outside the declared range or levels of "
            "a column? Without a column: of any of them. Real rows have none, or the data are "
            "refused.",
            formula="rows with a value < low, > high or not among the levels / rows with a value",
            interval="Wilson",
        ),
    ),
)
