"""``profile``: what a table is, told so that it gives nobody away; it stays on this computer."""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthcraft.cli.setting import put
from synthcraft.cli.text import paragraph, table
from synthcraft.errors import DataError, Problem, SpecError, UserError, nearest

if TYPE_CHECKING:
    from synthcraft.data.profile import ColumnProfile, Profile
    from synthcraft.spec.types import ColumnSpec, DatasetSpec

WIDEST = 46
_DIALECT = ("encoding", "sep", "decimal")
_ROLES = {
    "id": "person",
    "weight": "survey weight",
    "strata": "survey stratum",
    "cluster": "survey cluster",
    "time": "follow-up time",
    "outcome": "outcome",
    "sensitive": "sensitive",
    "known": "known to others",
}
_HEADER = """\
# Meanings of columns, as `python -m synthcraft profile` proposes them. Experiments share them by
# dataset.columns_from: THIS FILE, or paste them into one.
# Check each: kinds are inferred from the values, and a code is no amount.
"""
_OF_RANGES = """\
# Ranges and levels were read from the rows. What lies outside is cut off by private generators and
# refused without a privacy block; epsilon holds only for what you know without these rows.
"""


def parser() -> argparse.ArgumentParser:
    """The options of ``profile``."""
    this = argparse.ArgumentParser(
        prog="python -m synthcraft profile",
        usage="python -m synthcraft profile FILE|DATASET [key=value …] [options]",
        description="Tell what a table is, without a value that few people share: what chat may "
        "send of it to a model, once you agree. Nothing is sent.",
    )
    this.add_argument("table", metavar="FILE|DATASET", help="your file, or a built-in table")
    this.add_argument(
        "words",
        nargs="*",
        metavar="key=value",
        help="settings of dataset, such as id=patient, sep=; or columns.sex.type=categorical",
    )
    this.add_argument(
        "--k", type=people, default=10, help="fewest people behind anything told (default: 10)"
    )
    this.add_argument("--mask", action="store_true", help="with numbers instead of column names")
    this.add_argument(
        "--sent", action="store_true", help="print the exact text that chat would ask to send"
    )
    this.add_argument("--json", action="store_true", help="print the profile as JSON")
    this.add_argument(
        "--columns",
        type=Path,
        metavar="OUT.yaml",
        help="write what it proposes as dataset.columns, for dataset.columns_from",
    )
    this.add_argument(
        "--ranges",
        action="store_true",
        help="with --columns: also ranges and levels, which private generators need",
    )
    return this


def people(text: str) -> int:
    """What ``--k`` means, here and in ``chat``."""
    if not text.isdecimal() or int(text) < 2:
        raise argparse.ArgumentTypeError(f"got {text!r}; give a whole number of people from 2 on")
    return int(text)


def main(argv: Sequence[str]) -> int:
    """Print the profile; with ``--columns``, also write what follows from it."""
    options = parser().parse_intermixed_args(argv)
    if options.columns:
        _require_new(options.columns)
    dataset = dataset_of(options.table, options.words)
    from synthcraft.data.profile import declared, domain, profile_dataset

    profile = profile_dataset(dataset, k=options.k)
    _require_columns(dataset, profile.names)
    if options.columns:
        meant = (domain if options.ranges else declared)(profile)
        options.columns.write_text(columns_text(meant, ranges=options.ranges), encoding="utf-8")
    if options.sent:
        print(sent(dataset, profile, mask=options.mask), end="")
        return 0
    shown = masked(profile) if options.mask else profile
    if options.json:
        print(json.dumps(asdict(shown), ensure_ascii=False, indent=2))
        return 0
    print("\n".join([*_written(dataset), *lines(shown)]))
    if options.columns:
        print(f"columns: {options.columns}")
    return 0


def _written(dataset: "DatasetSpec") -> Iterator[str]:
    """How a text table is read, where that is not the usual way: a spec has to say the same."""
    said = {key: dataset.params[key] for key in _DIALECT if key in dataset.params}
    if said:
        settings = " ".join(f'dataset.params.{key}="{value}"' for key, value in said.items())
        yield f"read with: {settings}"


# What is asked for --------------------------------------------------------------------------------


def dataset_of(name: str, words: Sequence[str]) -> "DatasetSpec":
    """The dataset that a file's or a built-in table's name and ``key=value`` words mean.

    A key is a setting of ``dataset`` or a parameter of its plug-in, ``dataset.`` and ``params.``
    being understood. How a text table is written is seen in it, where no word says so.

    Raises
    ------
    UserError
        For a name that is neither, and settings that are unknown or unusable.

    >>> dataset_of("a.csv", ["id=patient", "sep=;"]).params
    {'path': 'a.csv', 'sep': ';'}
    """
    from pydantic import ValidationError

    from synthcraft.catalogue import DATASETS
    from synthcraft.data.dialect import with_dialect
    from synthcraft.data.given import kind_of_file
    from synthcraft.spec.shared import with_shared
    from synthcraft.spec.types import DatasetSpec
    from synthcraft.spec.validate import model_problems

    if name not in DATASETS and "." not in Path(name).name:
        hint = f"Name a file (.csv, .parquet, .xpt). {nearest(name, DATASETS.names())}"
        raise UserError([Problem(name, "is neither a file nor a built-in table", hint)])
    plugin = name if name in DATASETS else kind_of_file(name)
    params = {} if name in DATASETS else with_dialect(plugin, {"path": name})
    plain: dict[str, Any] = {"dataset": {"plugin": plugin, "params": params}}
    parameters = {*DATASETS.get(plugin).params.model_fields}
    for word in words:
        put(plain, _full(word, parameters, {*DatasetSpec.model_fields, "params"}))
    try:
        return DatasetSpec.model_validate(with_shared(plain, Path())["dataset"])
    except ValidationError as error:
        raise SpecError(model_problems(error, "dataset")) from None


def _full(word: str, parameters: set[str], settings: set[str]) -> str:
    """The word with the whole path of its setting."""
    key = word.removeprefix("dataset.")
    first = key.partition("=")[0].partition(".")[0]
    if "=" in key and first not in parameters | settings:
        hint = nearest(first, parameters | settings)
        raise SpecError([Problem(f"dataset.{first}", "unknown setting", hint)])
    return f"dataset.params.{key}" if first in parameters else f"dataset.{key}"


def _require_columns(dataset: "DatasetSpec", names: Sequence[str]) -> None:
    from synthcraft.data.roles import role_problems

    absent = [p for p in role_problems(dataset, names) if "has no column" in p.message]
    if absent:
        raise DataError(absent)


def _require_new(path: Path) -> None:
    if path.exists():
        raise UserError([Problem(str(path), "is there already", "Name another file.")])
    if not path.parent.is_dir():
        raise UserError([Problem(str(path.parent), "there is no such directory")])


# What is told -------------------------------------------------------------------------------------


def sent(dataset: "DatasetSpec", profile: "Profile", *, mask: bool) -> str:
    """Every word about the table that chat would send to a model, once it is agreed to."""
    from synthcraft.chat.talk import Data
    from synthcraft.cli.chat_means import Tables

    data = Data(dataset.plugin, dataset.params, profile)
    return Tables(profile.k, mask=mask).shared(data).text


def masked(profile: "Profile") -> "Profile":
    """The profile with the words that chat has for masked columns, and without labels."""
    from synthcraft.chat.outgoing.sharing import share

    words = share(profile, mask_all=True).names.masked
    columns = [replace(column, name=words[column.name], label="") for column in profile.columns]
    return replace(profile, columns=tuple(columns))


def lines(profile: "Profile") -> Iterator[str]:
    """The profile as a table, with advice below it."""
    persons = f" of about {profile.persons:,} persons" if profile.persons else ""
    count = len(profile.columns)
    first = f"About {profile.rows:,} rows{persons}, {count} column{'' if count == 1 else 's'}."
    promise = f"Nothing is told that rests on fewer than {profile.k} people."
    yield paragraph(" ".join([first, *profile.notes, promise]))
    yield ""
    rows = [_row(column) for column in profile.columns]
    yield table(rows, header=("column", "kind", "values", "missing", "likely role"))
    yield from _advice(profile)
    yield from _proposals(profile)
    yield ""
    yield paragraph(
        "Nothing was sent. chat sends no more of the table than this to a model, and only once you "
        "agree to the very text (--sent prints it); with --mask, no column is named."
    )


def _row(column: "ColumnProfile") -> tuple[str, ...]:
    label = f" ({column.label})" if column.label and column.label != column.name else ""
    return (
        _shown(f"{column.name}{label}"),
        column.kind,
        _shown(_values(column), WIDEST),
        f"≤ {100 * column.missing:.0f} %" if column.missing else "",
        ", ".join(_ROLES[role] for role in column.roles if role),
    )


def _values(column: "ColumnProfile") -> str:
    """The range, or levels with their numbers, as one text.

    >>> from synthcraft.data.profile import ColumnProfile
    >>> _values(ColumnProfile("sex", "categorical", levels=("f", "m"), counts=(2700, 2500)))
    'f (2,700) · m (2,500)'
    """
    if column.low is not None and column.high is not None:
        return f"{column.low:g} to {column.high:g} {column.unit}".rstrip()
    if not column.levels:
        return ""
    told = [f"{name} ({n:,})" for name, n in zip(column.levels, column.counts, strict=True)]
    return " · ".join([*told, *["rarer ones"] * column.hidden])


def _shown(text: str, widest: int = 32) -> str:
    """The text as a terminal may print it: no control characters, and not too long."""
    plain = "".join(letter if letter.isprintable() else "·" for letter in text)
    return plain if len(plain) <= widest else f"{plain[: widest - 1]}…"


def _advice(profile: "Profile") -> Iterator[str]:
    """Each hint once, with the columns that it is for."""
    of: dict[str, list[str]] = {}
    for column in profile.columns:
        if column.hint:
            codes = f" ({', '.join(column.codes)})" if column.codes else ""
            of.setdefault(column.hint, []).append(_shown(f"{column.name}{codes}"))
    for hint, names in of.items():
        yield ""
        yield paragraph(f"{_listed(names)}:")
        yield paragraph(hint, indent=2)


def _proposals(profile: "Profile") -> Iterator[str]:
    from synthcraft.data.profile import left_out

    persons = [c.name for c in profile.columns if "id" in c.roles and c.kind == "identifier"]
    drop = [name for name in left_out(profile) if name not in persons[:1]]
    survey = list(_survey(profile))
    if not persons and not drop and not survey:
        return
    yield ""
    yield "For the experiment:"
    if persons:
        yield f"  dataset.id={_shown(persons[0])}"
    yield from survey
    if drop:
        yield paragraph(f"dataset.drop=[{', '.join(map(_shown, drop))}]", indent=2)


def _survey(profile: "Profile") -> Iterator[str]:
    """Weights, strata and clusters, where a single column may be it."""
    for role in ("weight", "strata", "cluster"):
        names = [column.name for column in profile.columns if role in column.roles[:1]]
        if len(names) == 1:
            yield f"  dataset.{role}={_shown(names[0])}"


def _listed(names: Sequence[str], most: int = 12) -> str:
    shown = ", ".join(names[:most])
    return shown + (f" … ({len(names)} in all)" if len(names) > most else "")


def columns_text(columns: "Mapping[str, ColumnSpec]", *, ranges: bool) -> str:
    """The text of a YAML file that declares these columns."""
    from synthcraft.spec.read import dump_plain

    plain = {
        name: {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in column.model_dump(exclude_none=True).items()
        }
        for name, column in columns.items()
    }
    header = _HEADER + (_OF_RANGES if ranges else "")
    return header + dump_plain({"dataset": {"columns": plain}})
