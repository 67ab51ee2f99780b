"""``schema``: the JSON Schema of experiments."""

import argparse
import json
from collections.abc import Sequence

from synthcraft import shipped
from synthcraft.errors import Problem, UserError

FILE = "spec.schema.json"


def parser() -> argparse.ArgumentParser:
    """The options of ``schema``."""
    this = argparse.ArgumentParser(
        prog="python -m synthcraft schema",
        description="Print the JSON Schema of experiments (conf/spec.schema.json, for editors).",
    )
    this.add_argument(
        "--check",
        action="store_true",
        help="compare with the file; exit 2 when it is stale",
    )
    return this


def main(argv: Sequence[str]) -> int:
    """Print the schema, or check that the committed one is fresh."""
    if not parser().parse_args(argv).check:
        print(schema_text(), end="")
        return 0
    path = shipped.conf() / FILE
    if not path.is_file() or path.read_text(encoding="utf-8") != schema_text():
        hint = f"Write it anew: python -m synthcraft schema > conf/{FILE}"
        raise UserError([Problem(f"conf/{FILE}", "is stale", hint)])
    return 0


def schema_text() -> str:
    """The text of the schema file."""
    from synthcraft.spec.schema import json_schema

    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
