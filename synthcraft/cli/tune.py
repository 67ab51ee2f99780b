"""``tune``: Optuna over the exploration of a selector, on recorded runs."""

import argparse
import hashlib
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthcraft import shipped
from synthcraft.cli.main import INTERRUPTED
from synthcraft.cli.text import paragraph, table
from synthcraft.errors import Problem, RunError, UserError, nearest
from synthcraft.ids import digest
from synthcraft.select.spaces import SPACES, space_of

if TYPE_CHECKING:
    from synthcraft.select.record import Row
    from synthcraft.select.tune import Design, Tuning, Watch

STUDIES = Path("tuning")
GROUP, PARAMS = "selector", "selector.params."
LEARNED = {
    "prior": "It is learned from the table, without what an episode is played on.",
    "rungs": "They are those of the table.",
}
MADE = "# Tuned by python -m synthcraft tune:"


def parser() -> argparse.ArgumentParser:
    """The options of ``tune``."""
    this = argparse.ArgumentParser(
        prog="python -m synthcraft tune",
        usage="python -m synthcraft tune selector=NAME [selector.params.KEY=VALUE …] [options]",
        description="Tune how a selector explores, by Optuna on recorded runs, and judge what was "
        "found on tables that it was not tuned on. Tuned values are written as an option of "
        "conf/selector only if they are significantly better than the defaults there. The same "
        "command goes on where it was stopped.",
        epilog="selector.params.KEY=VALUE sets a parameter, which is then not tuned.",
    )
    this.add_argument("words", nargs="+", metavar="key=value", help="the selector, settings of it")
    this.add_argument(
        "--table",
        type=Path,
        metavar="FILE",
        help="a table that record made (default: the one that comes with SynthCraft)",
    )
    this.add_argument(
        "--trials", type=_from(1), default=30, help="sets of parameters that each search tries "
        "(default: %(default)s); more than before continues"
    )  # fmt: skip
    this.add_argument(
        "--folds", type=_from(2), default=5, help="parts of the tables, each judged by a search on "
        "the others (default: %(default)s)"
    )  # fmt: skip
    this.add_argument(
        "--divisions", type=_from(1), default=1, help="how often a table's splits are divided into "
        "halves to pull on and to judge by (default: %(default)s)"
    )  # fmt: skip
    this.add_argument("--seed", type=_from(0), default=0, help="default: %(default)s")
    this.add_argument("--dir", type=Path, help="where the study is kept (default: tuning/NAME-ID)")
    this.add_argument(
        "--to", type=Path, metavar="FILE",
        help="where tuned values go (default: conf/selector/NAME_tuned.yaml)",
    )  # fmt: skip
    return this


def _from(least: int) -> Callable[[str], int]:
    """Reads a whole number that is not below ``least``."""

    def number(text: str) -> int:
        if not text.isascii() or not text.isdigit() or int(text) < least:
            message = f"got {text!r}, give a whole number of at least {least}"
            raise argparse.ArgumentTypeError(message)
        return int(text)

    return number


def main(argv: Sequence[str]) -> int:
    """Tune or go on, tell the verdict, and write the option where it is better."""
    options = parser().parse_intermixed_args(argv)
    asked = _asked(options.words)
    to = options.to or Path("conf", GROUP, f"{asked.name}_tuned.yaml")
    _check_free(to)
    from synthcraft.report import tuning as page
    from synthcraft.select import tune

    design = _design(asked, options)
    rows, mark = _table(options.table)
    folder = options.dir or STUDIES / f"{asked.name}-{digest(design.told(mark))[:8]}"
    command = shlex.join(["python", "-m", "synthcraft", "tune", *argv])
    try:
        with _watch(options.trials) as watch:
            tuned = tune.tune(rows, design, folder, trials=options.trials, digest=mark, watch=watch)
    except KeyboardInterrupt:
        kept = f"Interrupted; every trial that ended is kept in {folder}."
        print(f"{kept} To go on:\n  {command}", file=sys.stderr)
        return INTERRUPTED
    study = tune.studied(folder, options.trials)
    index = page.build(tuned, study, folder=folder / "report", command=command)
    print(_values(tuned), paragraph(page.verdict(tuned)), sep="\n\n")
    print(_written(tuned, to, asked, page.gain_text(tuned)))
    print(f"report: {index}")
    return 0


# What is asked for ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """An option of conf/selector, by its name, and what is set of its parameters."""

    name: str
    option: Mapping[str, Any]
    settings: Mapping[str, Any]

    @property
    def params(self) -> dict[str, Any]:
        """The parameters, as far as they are written down."""
        return {**self.option.get("params", {}), **self.settings}


def _asked(words: Sequence[str]) -> Asked:
    """What the words ask for; a policy without an option of its own has its defaults."""
    from synthcraft.spec.read import read_file, read_value

    found = [word.partition("=")[::2] for word in words]
    problems = [
        Problem(key, "is no setting of a selector", "Give selector=NAME, selector.params.KEY=VALUE")
        for key, _ in found
        if key != GROUP and not key.startswith(PARAMS)
    ]
    names = [value for key, value in found if key == GROUP]
    options = shipped.groups()[GROUP]
    known = {*options, *SPACES}
    if len(names) != 1:
        message = f"got {len(names)} selectors, one is tuned at a time"
        problems.append(Problem(GROUP, message, "Example: selector=kg"))
    problems += [
        Problem(GROUP, f"there is no option {name!r}", nearest(name, known))
        for name in names
        if name not in known
    ]
    if problems:
        raise UserError(problems)
    (name,) = names
    path = shipped.conf() / GROUP / f"{name}.yaml"
    option = read_file(path) if name in options else {"plugin": name}
    settings = {k.removeprefix(PARAMS): read_value(v) for k, v in found if k != GROUP}
    return Asked(name, option, settings)


def _design(asked: Asked, options: argparse.Namespace) -> "Design":
    from pydantic import ValidationError

    from synthcraft.catalogue import SELECTORS
    from synthcraft.select.tune import Design
    from synthcraft.spec.validate import model_problems

    policy = asked.option["plugin"]
    space, model = space_of(policy), SELECTORS.get(policy).params
    problems = [
        Problem(f"{PARAMS}{key}", "unknown parameter", nearest(key, model.model_fields))
        for key in asked.settings
        if key not in model.model_fields
    ]
    problems += [
        Problem(f"{PARAMS}{key}", "is not set here", told)
        for key, told in LEARNED.items()
        if key in asked.settings
    ]
    if space.keys() <= asked.settings.keys():
        hint = f"Leave one of them out: {', '.join(sorted(space))}."
        problems.append(Problem(GROUP, "every parameter that could be tuned is set", hint))
    if problems:
        raise UserError(problems)
    try:
        params = model.model_validate(asked.params)
    except ValidationError as exc:
        raise UserError(model_problems(exc, PARAMS.removesuffix("."))) from None
    return Design(
        policy=policy,
        params=params,
        fixed=frozenset(asked.settings),
        folds=options.folds,
        divisions=options.divisions,
        seed=options.seed,
    )


def _table(path: Path | None) -> tuple[Sequence["Row"], str]:
    """The rows of a recorded table, and the hash of its bytes."""
    from synthcraft.select.record import read

    bundled = Path(str(resources.files("synthcraft.select").joinpath("recorded", "table.csv")))
    found = path or bundled
    if not found.is_file():
        hint = "Make one with: python -m synthcraft record RUN …"
        raise RunError([Problem("--table", f"there is no file {found.name!r}", hint)])
    rows = read(found)
    return rows, hashlib.sha256(found.read_bytes()).hexdigest()


def _check_free(to: Path) -> None:
    """Nothing, where the tuned values may be written."""
    try:
        mine = not to.exists() or to.read_text(encoding="utf-8").startswith(MADE)
    except (OSError, UnicodeDecodeError):
        mine = False
    if not mine:
        hint = "Name another file with --to."
        raise RunError([Problem(str(to), "is there, and tune has not made it", hint)])


# What is told --------------------------------------------------------------------------------


@contextmanager
def _watch(trials: int) -> Iterator["Watch"]:
    """Whoever shows the searches: a bar on a terminal, else a line for each search."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda name, done, least: _line(name, done, least, trials)
        return
    text = TextColumn("{task.description}", markup=False)
    with Progress(
        text, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    ) as bars:
        tasks: dict[str, Any] = {}

        def show(name: str, done: int, least: float) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=trials)
            told = name if not done else f"{name}: {least:.4f}"
            bars.update(tasks[name], description=told, completed=min(done, trials))

        yield show


def _line(name: str, done: int, least: float, trials: int) -> None:
    if done >= trials:
        print(f"{name}: {trials} trials, least loss {least:.4f}", file=sys.stderr, flush=True)


def _values(tuned: "Tuning") -> str:
    defaults = tuned.design.defaults
    rows = [(name, f"{defaults[name]:g}", f"{v:g}") for name, v in tuned.found.values.items()]
    return table(rows, header=("parameter", "default", "tuned"))


def _written(tuned: "Tuning", to: Path, asked: Asked, gain: str) -> str:
    """What was written where, and how it is used."""
    if not tuned.significant:
        return f"{to} was not written."
    from synthcraft.spec.read import dump_plain

    found = dict(tuned.found.values)
    text = dump_plain({**asked.option, "params": {**asked.params, **found}})
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(f"{MADE} on tables not tuned on,\n# {gain}.\n{text}", encoding="utf-8")
    except OSError as exc:
        message = f"cannot be written ({exc.strerror})"
        raise RunError([Problem(str(to), message, "Name another file with --to.")]) from None
    here = to.resolve().parent == (shipped.conf() / GROUP).resolve()
    set_here = {**asked.settings, **found}
    words = [f"{PARAMS}{key}={value}" for key, value in set_here.items()]
    use = f"{GROUP}={to.stem}" if here else " ".join([f"{GROUP}={asked.name}", *words])
    return f"written: {to}\nuse it with: python -m synthcraft run +exp=NAME {use}"
