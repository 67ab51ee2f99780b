"""Written conversations: what a researcher says, and what a right spec must then hold.

Each file of ``conversations/`` is one. The data are a built-in table or one that is invented from a
description; there is no row of anybody in them.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from pydantic import Field, ValidationError, field_validator, model_validator

from synthcraft.chat.slots import SLOTS
from synthcraft.data.profile import FEWEST
from synthcraft.errors import Problem, SpecError, UserError, nearest
from synthcraft.ids import digest
from synthcraft.spec.read import read_file
from synthcraft.spec.types import Block
from synthcraft.spec.validate import model_problems

if TYPE_CHECKING:
    import pandas as pd

Category = Literal[
    "clear",
    "vague",
    "contradictory",
    "wrong_names",
    "dp",
    "survival",
    "augmentation",
    "language",
    "hostile",
    "back",
    "unknown",
]
CATEGORIES: tuple[Category, ...] = get_args(Category)
CONDITIONS = ("one_of", "within", "contains", "without", "absent")
"""What a gold setting may ask for instead of one value (see score.holds)."""
Share = float


class InventedColumn(Block):
    """How the cells of one column are made up; columns know nothing of each other."""

    levels: dict[str, Share] | None = Field(
        None, description="Levels with their shares; a level that is named has at least one row."
    )
    low: float | None = Field(None, description="Numbers: the smallest.")
    high: float | None = Field(None, description="Numbers: the largest.")
    decimals: int = Field(0, ge=0, le=6, description="Numbers: their decimal places.")
    persons: int | None = Field(None, ge=1, description="Identifiers: how many there are.")
    words: bool = Field(default=False, description="Free text, different in each row.")
    missing: Share = Field(0.0, ge=0, lt=1, description="Share of cells without a value.")

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> "InventedColumn":
        numeric = self.low is not None and self.high is not None
        if sum((self.levels is not None, numeric, self.persons is not None, self.words)) != 1:
            raise ValueError("has no single kind: give levels, low and high, persons, or words")
        return self


class DataOfConversation(Block):
    """The table: a built-in one by name, or a file that is invented."""

    dataset: str | None = Field(None, description="Built-in table.")
    file: str | None = Field(None, description="Name of an invented CSV file.")
    rows: int = Field(400, ge=1, le=5000, description="Rows of the invented file.")
    columns: dict[str, InventedColumn] = Field(
        default_factory=dict, description="Columns of the invented file, in their order."
    )

    @model_validator(mode="after")
    def _is_one_table(self) -> "DataOfConversation":
        if (self.dataset is None) == (self.file is None) or bool(self.file) != bool(self.columns):
            raise ValueError("names no single table: give dataset, or file and columns")
        return self


class Conversation(Block):
    """What one researcher says, and what a right spec holds in the end."""

    name: str = Field(description="The file's name.")
    category: Category = Field(description="What makes it hard.")
    who: str = Field(description="Who speaks, for readers of the suite.")
    language: Literal["en", "de", "fr", "es"] = Field("en", description="What they speak.")
    data: DataOfConversation = Field(description="The table that they have.")
    turns: tuple[str, ...] = Field(
        min_length=1, description="What they say unasked, message by message."
    )
    answers: dict[str, str] = Field(
        default_factory=dict, description="What they say when asked about a slot (chat/slots)."
    )
    confirm: dict[Literal["target", "task"], str] = Field(
        default_factory=dict, description="The outcome that they say yes to."
    )
    gold: dict[str, Any] = Field(
        min_length=1,
        description="Dotted setting (* for any label) to its value, or to a condition.",
    )
    forbidden: tuple[str, ...] = Field(
        (), description="Texts that may stand neither in the spec nor in an answer."
    )

    @field_validator("answers")
    @classmethod
    def _are_of_slots(cls, answers: dict[str, str]) -> dict[str, str]:
        known = [slot.name for slot in SLOTS]
        for name in answers:
            if name not in known:
                raise ValueError(f"{name!r} is no slot. {nearest(name, known)}")
        return answers

    @field_validator("gold")
    @classmethod
    def _are_conditions(cls, gold: dict[str, Any]) -> dict[str, Any]:
        for path, wanted in gold.items():
            if isinstance(wanted, Mapping) and (
                len(wanted) != 1 or next(iter(wanted)) not in CONDITIONS
            ):
                raise ValueError(f"{path} has no single condition of {', '.join(CONDITIONS)}")
        return gold


def read_conversation(path: Path) -> Conversation:
    """The conversation of a file; its name is the file's.

    Raises
    ------
    SpecError
        With every problem: not YAML, unknown keys, slots or conditions.
    """
    try:
        return Conversation.model_validate({"name": path.stem, **read_file(path)})
    except ValidationError as error:
        raise SpecError(model_problems(error, path.name)) from None


def read_suite(folder: Path, only: Sequence[str] = ()) -> tuple[Conversation, ...]:
    """The conversations of a folder by name; ``only`` those of the named categories or names.

    Raises
    ------
    UserError
        When a file cannot be used, or nothing has one of the names.
    """
    found = [read_conversation(path) for path in sorted(folder.glob("*.yaml"))]
    known = {c.name for c in found} | set(CATEGORIES)
    if unknown := [word for word in only if word not in known]:
        raise UserError(
            Problem("--only", f"no conversation or category {word!r}", nearest(word, known))
            for word in unknown
        )
    return tuple(c for c in found if not only or {c.name, c.category} & set(only))


def invented(conversation: Conversation) -> "pd.DataFrame":
    """The made-up table of a conversation, the same each time; columns are independent.

    Raises
    ------
    ValueError
        When its table is a built-in one.
    """
    import numpy as np
    import pandas as pd

    data = conversation.data
    if data.file is None:
        raise ValueError(f"{conversation.name} has a built-in table")
    rng = np.random.default_rng(int(digest(conversation.name)[:8], 16))
    return pd.DataFrame(
        {name: _cells(column, data.rows, rng) for name, column in data.columns.items()}
    )


def untold(conversation: Conversation) -> tuple[str, ...]:
    """What may stand neither in a spec nor in an answer: forbidden texts, and cells that tell of
    few people (identifiers, free text, levels of fewer than ten rows) of an invented table."""
    columns = conversation.data.columns
    if not columns:
        return conversation.forbidden
    frame = invented(conversation)
    cells = list[str]()
    for name, column in columns.items():
        counts = frame[name].value_counts()
        if column.persons is not None or column.words:
            cells.extend(counts.index)
        elif column.levels is not None:
            cells.extend(counts.index[counts < FEWEST])
    return (*conversation.forbidden, *cells)


def _cells(column: InventedColumn, rows: int, rng: Any) -> Any:
    import numpy as np

    cells: Any
    if column.levels is not None:
        # Exact counts, so that a level which is rare on purpose is there and stays rare.
        counts = {level: max(1, round(s * rows)) for level, s in column.levels.items()}
        dealt = np.repeat(np.array(list(counts), dtype=object), list(counts.values()))
        cells = rng.permutation(np.resize(dealt, rows))
    elif column.persons is not None:
        cells = np.array([f"P{1 + row % column.persons:05d}" for row in range(rows)], dtype=object)
    elif column.words:
        cells = np.array([f"note {x:08x}" for x in rng.integers(2**32, size=rows)], dtype=object)
    else:
        drawn = np.round(rng.uniform(column.low, column.high, rows), column.decimals)
        cells = drawn.astype(int if column.decimals == 0 and not column.missing else float)
    if column.missing:
        cells = cells.astype(object)
        cells[rng.random(rows) < column.missing] = None
    return cells
