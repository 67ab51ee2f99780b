"""``list``: what a spec can name."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from synthcraft import shipped
from synthcraft.cli.kinds import KINDS, plural, registry
from synthcraft.cli.text import paragraph, table
from synthcraft.errors import SpecError
from synthcraft.privacy.words import CLAIMED

if TYPE_CHECKING:
    from synthcraft.catalogue import Card


def parser() -> argparse.ArgumentParser:
    """The options of ``list``."""
    this = argparse.ArgumentParser(
        prog="python -m synthcraft list", description="List what an experiment can name."
    )
    this.add_argument("kind", metavar="KIND", help=", ".join(KINDS))
    return this


def main(argv: Sequence[str]) -> int:
    """Print names and what they are."""
    kind = plural(parser().parse_args(argv).kind)
    rows = _experiments() if kind == "experiments" else _cards(kind)
    print(table(list(rows)))
    if kind == "metrics":
        print("\nmeasures of each (describe metric NAME takes these, too):")
        print("\n".join(_measures()))
    return 0


def _cards(kind: str) -> Iterator[tuple[str, str]]:
    for card in registry(kind):
        reference = " (reference: part of every run)" if getattr(card, "reference", False) else ""
        yield card.name, card.summary + reference + _privacy(card)


def _privacy(card: "Card") -> str:
    """What a generator says of differential privacy, in a word."""
    return {"accounted": " (differential privacy)", "claimed": f" (ε {CLAIMED})"}.get(
        getattr(card, "dp", ""), ""
    )


def _measures() -> Iterator[str]:
    for card in registry("metrics"):
        yield paragraph(f"{card.name}: {', '.join(m.name for m in card.measures)}", indent=2)


def _experiments() -> Iterator[tuple[str, str]]:
    for name, path in shipped.experiments().items():
        yield name, question(path)


def question(path: Path) -> str:
    """What an experiment asks."""
    from synthcraft.spec.read import read_file

    try:
        return str(read_file(path).get("question", ""))
    except SpecError as exc:
        return f"cannot be read: {exc.problems[0]}"
