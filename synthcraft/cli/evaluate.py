"""``evaluate``: synthetic files that were made elsewhere, judged like any generator of a run."""

import argparse
import json
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthcraft.cli.directories import folder, require_own
from synthcraft.cli.errors import complain
from synthcraft.cli.main import INTERRUPTED
from synthcraft.cli.run import Run, pack_beside
from synthcraft.cli.setting import put
from synthcraft.errors import DataError, Problem, SpecError, UserError, nearest

if TYPE_CHECKING:
    from synthcraft.results import Run as Ran

ALONE = "synthetic"  # label of a single file that has none
ROLES = ("target", "positive", "task", "time", "id", "weight")
LISTS = ("sensitive", "quasi_identifiers", "drop")
OPTIONS = {
    "dataset.params.path": "--real",
    "dataset.params.holdout_path": "--holdout",
    "dataset.params.trained_on": "--trained-on",
    **{f"dataset.{role}": f"--{role}" for role in (*ROLES, "sensitive", "drop")},
    "dataset.quasi_identifiers": "--quasi-identifiers",
}


def parser() -> argparse.ArgumentParser:
    """The options of ``evaluate``."""
    this = argparse.ArgumentParser(
        prog="python -m synthcraft evaluate",
        usage="python -m synthcraft evaluate --real FILE --synthetic [LABEL=]FILE[,FILE…] …\n"
        "         [--holdout FILE | --trained-on COLUMN|FILE] --target COLUMN [key=value …]",
        description="Judge synthetic rows that were made elsewhere: fidelity, utility and privacy, "
        "beside reference generators, with the report of a run. Files are CSV, Parquet or SAS "
        "transport, told by their names.",
        epilog=_EXPLAINED,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    this.add_argument("words", nargs="*", metavar="key=value", help="any setting of a spec")
    this.add_argument("--real", required=True, metavar="FILE", help="the real rows")
    this.add_argument(
        "--synthetic",
        required=True,
        action="append",
        metavar="[LABEL=]FILE[,FILE…]",
        help="synthetic rows; several files of one label are draws of one generator (measures are "
        "averaged); give the option again for another generator",
    )
    part = this.add_mutually_exclusive_group()
    part.add_argument("--holdout", metavar="FILE", help="real rows that no generator has seen")
    part.add_argument(
        "--trained-on",
        metavar="COLUMN|FILE",
        help="which rows of --real the generator has seen: a column that says yes or no, or a list",
    )
    for role in ROLES:
        this.add_argument(
            f"--{role}", metavar=_ROLE_VALUE.get(role, "COLUMN"), help=_ROLE_HELP[role]
        )
    this.add_argument("--sensitive", metavar="A,B", help="columns for results by group")
    this.add_argument("--quasi-identifiers", metavar="A,B", help="columns an attacker may know")
    this.add_argument("--drop", metavar="A,B", help="columns that are left out")
    this.add_argument(
        "--policy",
        metavar="NAME|FILE",
        help="release policy: one that comes with SynthCraft, or a YAML file; exit code 4 where it "
        "does not pass",
    )
    this.add_argument("--metrics", metavar="A,B", help="metrics or families; the default suite")
    this.add_argument("--name", default="evaluate", help="short name of the run")
    this.add_argument("--dir", type=folder, help="run directory (default: runs/NAME-ID)")
    this.add_argument("--json", action="store_true", help="print the results as JSON")
    return this


_ROLE_VALUE = {"positive": "LEVEL", "task": "TASK"}
_ROLE_HELP = {
    "target": "outcome (survival: the event)",
    "positive": "its level that counts as an event",
    "task": "classification, regression or survival",
    "time": "survival: follow-up time",
    "id": "identifies a person; not judged",
    "weight": "survey weights; not judged",
}
_EXPLAINED = """\
What a number needs:
  With --holdout, --real holds the rows that the synthetic data were made from, and the holdout
  shows what people whom the generator has never seen look like. Privacy is judged against them.
  Without either option it is taken that all rows of --real were used. Then there is no control:
  of privacy only what synthetic and real rows have in common is told, not what of it is more than
  chance; fidelity and utility are not measured. The rows are never split at random afterwards:
  the synthetic data have seen them all.
  --trained-on tells which rows were used, where --real also holds others: a column (yes or no,
  1 or 0, train or holdout), or a text file whose first line is `row` (numbers of the rows, 1 is
  the first) or the name of a column (its values).

The spec is written into the run directory; `run DIR/spec.yaml --dir DIR` runs it again."""


def main(argv: Sequence[str]) -> int:
    """Check the files, write the spec, run it and tell the risks; 2 for files that do not fit."""
    options = parser().parse_intermixed_args(argv)
    if options.dir:
        require_own(options.dir)
    try:
        plain = checked(spec_of(options))
    except UserError as exc:
        complain(type(exc)(map(_as_option, exc.problems)))
        return exc.exit_code
    command = shlex.join(["python", "-m", "synthcraft", "evaluate", *argv])
    tell = as_json if options.json else as_text
    try:
        return Run(command, directory=options.dir, tell=tell)(plain, jobs=1, words="")
    except KeyboardInterrupt:
        print(f"Interrupted. To go on where it stopped:\n  {command}", file=sys.stderr)
        return INTERRUPTED


# The spec ----------------------------------------------------------------------------------------


def spec_of(options: argparse.Namespace) -> dict[str, Any]:
    """The plain spec that the options mean, before any file is read.

    >>> words = ["--real", "r.csv", "--synthetic", "ours=s.csv", "--target", "died", "seed=3"]
    >>> plain = spec_of(parser().parse_intermixed_args(words))
    >>> plain["dataset"]["params"], plain["generators"]["ours"]["params"]["paths"], plain["seed"]
    ({'path': 'r.csv', 'trained_on': 'all'}, ['s.csv'], 3)
    """
    from synthcraft.data.given import kind_of_file
    from synthcraft.spec.shared import with_shared

    kind = kind_of_file(options.real)
    if options.holdout is not None and kind_of_file(options.holdout) != kind:
        hint = f"Save it in the form of --real ({kind})."
        raise SpecError([Problem("--holdout", "is of another form than --real", hint)])
    params = {"path": options.real}
    if options.holdout is not None:
        params["holdout_path"] = options.holdout
    else:
        params["trained_on"] = "all" if options.trained_on is None else options.trained_on
    said: dict[str, Any] = {role: getattr(options, role) for role in ROLES}
    said |= {name: _names(getattr(options, name)) for name in LISTS}
    dataset = {key: value for key, value in said.items() if value}
    plain: dict[str, Any] = {
        "name": options.name,
        "question": "What do these synthetic files, which were made elsewhere, keep and reveal?",
        "dataset": {"plugin": kind, "params": params, **dataset},
        "design": {"splits": 1},
        "generators": _generators(options.synthetic),
        "metrics": {name: {"plugin": name} for name in _metrics(_names(options.metrics))},
    }
    if options.policy is not None:
        plain["release_policy"] = _policy(options.policy)
    for word in options.words:
        put(plain, word)
    plain = with_shared(plain, Path())
    form = {k: v for k, v in plain["dataset"]["params"].items() if k in _form()}
    for generator in plain["generators"].values():
        generator["params"] = {**form, **generator["params"]}
    return plain


def _names(text: str | None) -> list[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip()]


def _policy(text: str) -> dict[str, Any]:
    """The release policy of this name, or in this file."""
    from synthcraft import shipped
    from synthcraft.spec.read import read_file

    group = "release_policy"
    if text in shipped.groups()[group]:
        return shipped.option(group, text)
    if not Path(text).is_file():
        hint = f"{nearest(text, shipped.groups()[group])} Or name a YAML file."
        raise SpecError([Problem("--policy", f"there is no policy or file {text!r}", hint)])
    plain = read_file(Path(text))
    inner = plain.get(group, plain)  # alone, or as it stands in a spec
    if not isinstance(inner, Mapping):
        hint = "Write limits, or name a policy that comes with SynthCraft: --policy standard."
        raise SpecError([Problem(f"{text}: {group}", "expected a map of settings", hint)])
    return dict(inner)


def _form() -> set[str]:
    """The parameters of a text file that hold for the synthetic files, too, unless they differ."""
    from synthcraft.data.cards import TextFormat

    return {*TextFormat.model_fields, "missing_codes"}


def _generators(given: Sequence[str]) -> dict[str, Any]:
    """A generator for each label, in the order of the command line."""
    from synthcraft.spec.types import LABEL

    found: dict[str, Any] = {}
    for text in given:
        label, paths = _labelled(text)
        files = [paths] if Path(paths).is_file() else paths.split(",")
        if not label:
            stem = re.sub(r"[^A-Za-z0-9_-]+", "_", Path(files[0]).stem)
            label = ALONE if len(given) == 1 else stem
        if label in found or not re.fullmatch(LABEL, label):
            wrong = "is given twice" if label in found else "is not a usable label"
            hint = "Give each its own: --synthetic LABEL=FILE (letters, digits, _ and -)."
            raise SpecError([Problem("--synthetic", f"{label!r} {wrong}", hint)])
        found[label] = {"plugin": "file", "params": {"paths": files}}
    return found


def _labelled(text: str) -> tuple[str, str]:
    label, sign, rest = text.partition("=")
    return (label, rest) if sign and rest and not Path(text).is_file() else ("", text)


def _metrics(names: Sequence[str]) -> list[str]:
    """The metrics that names, or names of families, stand for."""
    from synthcraft.catalogue import METRICS
    from synthcraft.records import FAMILIES

    families: dict[str, list[str]] = {}
    if names:
        for card in METRICS:
            for family in {measure.family for measure in card.measures}:
                families.setdefault(family, []).append(card.name)
    unknown = [name for name in names if name not in families and name not in METRICS]
    if unknown:
        known = {*METRICS.names(), *FAMILIES}
        raise SpecError(Problem("--metrics", f"unknown {n!r}", nearest(n, known)) for n in unknown)
    return list(dict.fromkeys(m for name in names for m in families.get(name, [name])))


# The files ---------------------------------------------------------------------------------------


def checked(plain: dict[str, Any]) -> dict[str, Any]:
    """The spec with what only the files tell: their hashes, and how many rows they have.

    Raises
    ------
    UserError
        With all problems of the real files, or of all synthetic ones under the real columns.
    """
    from synthcraft.data.given import (
        extra_columns,
        file_hash,
        read_rows,
        under_columns,
        unjudged_columns,
    )
    from synthcraft.data.load import load_table
    from synthcraft.data.split import apply_split, make_split
    from synthcraft.generators.params import GivenParams
    from synthcraft.spec.validate import parse

    spec = parse(plain)
    table = load_table(spec.dataset, seed=spec.seed)
    split = make_split(table, spec.design.fractions, seed=spec.seed, index=0)
    columns = apply_split(table, split).train.columns
    params = {label: GivenParams(**g.params) for label, g in spec.generators.items()}
    form = next(iter(params.values()))
    known = set(read_rows(plain["dataset"]["params"]["path"], form, {}).columns)
    problems: list[Problem] = []
    sizes, hashes = [], {}
    for label, given in params.items():
        for path in given.paths:
            try:
                rows = read_rows(path, given, given.missing_codes)
                extra = extra_columns(rows, known, path=path)
                problems += extra
                if spec.release_policy and not extra:
                    problems += unjudged_columns(rows, [c.name for c in columns], path=path)
                sizes.append(len(under_columns(rows, columns, path=path)))
            except DataError as exc:
                problems += (_as_parameter(problem, label) for problem in exc.problems)
        if not problems:
            hashes[label] = [file_hash(path) for path in given.paths]
    if problems:
        raise DataError(problems)
    generators = {
        label: {**g, "params": {**g["params"], "sha256": hashes[label]}}
        for label, g in plain["generators"].items()
    }
    # References of the same size, so that what depends on it can be compared.
    design = {"synthetic_rows": min(sizes), **plain["design"]}
    return {**plain, "generators": generators, "design": design}


def _as_parameter(problem: Problem, label: str) -> Problem:
    """The problem of a synthetic file, its hint in terms of the generator's own parameters."""
    hint = problem.hint.replace("dataset.params.", f"generators.{label}.params.")
    return replace(problem, hint=hint)


def _as_option(problem: Problem) -> Problem:
    """The problem, told at the option that set what is wrong."""
    return replace(problem, path=OPTIONS.get(problem.path, problem.path))


# What is told at the end -------------------------------------------------------------------------


def as_text(ran: "Ran", index: Path, sample: str) -> str:
    """The summary of any run, the risks of each file, and where spec and report are."""
    from synthcraft.cli.risks import risks
    from synthcraft.cli.summary import summarise
    from synthcraft.results import SPEC_FILE

    folder = index.parent.parent
    places = [
        *filter(None, [pack_beside(index), sample]),
        f"spec: {folder / SPEC_FILE}",
        f"report: {index}",
    ]
    return "\n".join([summarise(ran), "", *risks(ran), "", *places])


def as_json(ran: "Ran", index: Path, sample: str) -> str:
    """One JSON object: run, spec, report, notes on the data, the policy's lines, and results.

    The results are those that ``results`` has.
    """
    from synthcraft.report.policy import lines
    from synthcraft.report.summary import Summary
    from synthcraft.results import SPEC_FILE, tidy

    folder = index.parent.parent
    rows: Any = json.loads(tidy([ran]).to_json(orient="records", double_precision=15))
    told: Mapping[str, Any] = {
        "run": str(folder),
        "spec": str(folder / SPEC_FILE),
        "report": str(index),
        "notes": ran.table.get("notes", []),
        "release_policy": [asdict(line) for line in lines(Summary(ran))],
        "sample": sample,
        "results": rows,
    }
    return json.dumps(told, ensure_ascii=False)
