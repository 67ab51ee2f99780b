"""``run``: an experiment from its file to its report."""

import argparse
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthcraft import shipped
from synthcraft.cli import overrides
from synthcraft.cli.directories import folder, require_own
from synthcraft.cli.errors import complain
from synthcraft.cli.main import INTERRUPTED, NOT_PASSED
from synthcraft.errors import NoUsableArm, Problem, SynthCraftError, UserError
from synthcraft.spec.leaves import leaves

if TYPE_CHECKING:
    from synthcraft.engine.observe import Observer
    from synthcraft.results import Run as Ran
    from synthcraft.spec.types import Spec

RUNS = Path("runs")


def parser() -> argparse.ArgumentParser:
    """The options of ``run``."""
    this = argparse.ArgumentParser(
        prog="python -m synthcraft run",
        usage="python -m synthcraft run (+exp=NAME | FILE.yaml) [key=value …] [-m]",
        description="Run an experiment, or go on where it stopped; then build its report.",
        epilog=_choices(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    this.add_argument("words", nargs="*", metavar="key=value", help="settings, groups, +exp=NAME")
    this.add_argument("--dir", type=folder, help="run directory (default: runs/NAME-ID)")
    this.add_argument(
        "--mixed",
        action="store_true",
        help="resume although package versions have changed since the run was started",
    )
    this.add_argument(
        "-m",
        "--multirun",
        action="store_true",
        help="one run for each combination of comma-separated values: -m seed=1,2 budget=quick",
    )
    this.add_argument("--cfg", choices=("job", "hydra", "all"), help="show the config, run nothing")
    this.add_argument("--hydra-help", action="store_true", help="help on Hydra's own options")
    return this


def _choices() -> str:
    """What can be named on the command line."""
    groups = {name: ", ".join(options) for name, options in shipped.groups().items()}
    width = max(map(len, groups))
    lines = [f"  {name:<{width}}  {options}" for name, options in groups.items()]
    return "\n".join(
        [
            "experiments (+exp=NAME):",
            f"  {', '.join(shipped.experiments())}",
            "",
            "groups (GROUP=OPTION replaces that block of the experiment; generator=[arf,ctgan]):",
            *lines,
            "",
            "settings (KEY=VALUE): any setting of the experiment, by its dotted path, such as",
            "  seed=7  dataset.params.sample=1000  generators.ctgan.params.n_iter=500",
            "",
            "sweeps (-m): seed=1,2,3  dataset=nhanes,simulated  +exp=glob(*)",
            "  hydra/launcher=joblib  runs several experiments side by side",
        ]
    )


def main(argv: Sequence[str]) -> int:
    """Run what the words ask for; the worst exit code of all runs."""
    options = parser().parse_intermixed_args(argv)
    if options.dir and options.multirun:
        raise UserError(
            [Problem("--dir", "names one directory, -m makes several", "Leave it out.")]
        )
    if not (options.words or options.hydra_help):
        hint = "Example: run +exp=quickstart. See: python -m synthcraft run --help"
        raise UserError([Problem("run", "no experiment is named", hint)])
    request = overrides.read(
        options.words, groups=shipped.groups(), experiments=shipped.experiments()
    )
    if options.dir:
        require_own(options.dir)
    from synthcraft.cli.hydra_app import launch

    command = shlex.join(["python", "-m", "synthcraft", "run", *argv])
    task = Run(
        command,
        directory=options.dir,
        mixed=options.mixed,
        several=options.multirun,
        source=_source(request),
    )
    try:
        return launch(request, task, flags=_flags(options))
    except KeyboardInterrupt:
        print(f"Interrupted. To go on where it stopped:\n  {command}", file=sys.stderr)
        return INTERRUPTED


def _source(request: overrides.Request) -> Path | None:
    """The spec file that the request names, if it is just one."""
    return request.experiments.get(*request.named) if len(request.named) == 1 else None


def _flags(options: argparse.Namespace) -> list[str]:
    return [
        *(["--multirun"] if options.multirun else []),
        *(["--cfg", options.cfg] if options.cfg else []),
        *(["--hydra-help"] if options.hydra_help else []),
    ]


@dataclass(frozen=True)
class Run:
    """What is done with one composed config: validate, run or resume, report.

    One of ``several`` tells which one it is in all that it says. ``source`` is the spec's file, if
    it is known: a conversation may have left its origins there. ``tell`` makes the text that is
    printed at the end, of the run, its report's page, and what became of the sample to release.
    """

    command: str
    directory: Path | None = None
    mixed: bool = False
    several: bool = False
    source: Path | None = None
    tell: "Callable[[Ran, Path, str], str] | None" = None

    def __call__(self, plain: dict[str, Any], *, jobs: int, words: str) -> int:
        """The exit code of this run; its mistakes are told here, so that a sweep goes on."""
        try:
            return self._run(plain, jobs=jobs)
        except SynthCraftError as exc:
            if self.several:
                print(f"{words}:", file=sys.stderr)
            complain(exc)
            return exc.exit_code

    def _run(self, plain: dict[str, Any], *, jobs: int) -> int:
        from synthcraft.chat.explain import conversation
        from synthcraft.cli.progress import observer
        from synthcraft.report import build
        from synthcraft.results import load_run
        from synthcraft.spec.validate import parse

        spec = parse(plain)
        directory = self.directory or run_directory(spec)
        said = [path for path, value in leaves(plain) if value is not None]
        label = directory.name if self.several else spec.name
        with observer(label, alone=jobs == 1) as watcher:
            unusable = self._complete(
                beside(spec, jobs),
                directory,
                said=said,
                conversation=conversation(self.source, plain) if self.source else None,
                watcher=watcher,
            )
            watcher.stage("building the report")
            index = build([directory])
        if unusable:
            complain(unusable)
        ran = load_run(directory)
        text = (self.tell or as_lines)(ran, index, handed_over(ran, index))
        # In one piece: other jobs may print at the same time.
        print(f"\n{label}\n{text}" if self.several else text, flush=True)
        if unusable:
            return unusable.exit_code
        return 0 if may_be_released(ran) else NOT_PASSED

    def _complete(
        self,
        spec: "Spec",
        directory: Path,
        *,
        said: list[str],
        conversation: dict[str, Any] | None,
        watcher: "Observer",
    ) -> NoUsableArm | None:
        """Run to the end; an end without a usable arm is one with a report, too."""
        from synthcraft.engine.run import run

        try:
            run(
                spec,
                directory,
                said=said,
                observer=watcher,
                command=self.command,
                conversation=conversation,
                mixed=self.mixed,
            )
        except NoUsableArm as exc:
            return exc
        return None


def handed_over(ran: "Ran", index: Path) -> str:
    """What became of the sample that the spec asks for; "" where it asks for none."""
    from synthcraft.report.manifest import FILE, root_of
    from synthcraft.report.sample import hand_over

    root = root_of(index.with_name(FILE).read_bytes())
    return hand_over(ran, index.parent.parent, root=root)


def may_be_released(ran: "Ran") -> bool:
    """Whether no release policy was declared, or the declared one passes."""
    from synthcraft.report.policy import lines
    from synthcraft.report.summary import Summary

    return all(line.status == "pass" for line in lines(Summary(ran)))


def as_lines(ran: "Ran", index: Path, sample: str) -> str:
    """A table of generators, what failed, the policy's lines, and where sample and pages are."""
    from synthcraft.cli.summary import summarise

    places = (pack_beside(index), sample, f"report: {index}")
    return "\n".join(filter(None, [summarise(ran), *places]))


def pack_beside(index: Path) -> str:
    """Where the release pack of a report is; "" where none was made."""
    from synthcraft.report.release.pack import FILES

    page = index.parent / FILES[0]
    return f"release pack: {page}" if page.is_file() else ""


def run_directory(spec: "Spec") -> Path:
    """Where a spec runs: the same place for the same spec, so that running again resumes.

    >>> from synthcraft.spec.validate import parse
    >>> run_directory(parse({"name": "x", "dataset": {"plugin": "breast_cancer"},
    ...                      "generators": {"arf": {"plugin": "arf"}}})).name[:2]
    'x-'
    """
    return RUNS / f"{spec.name}-{spec.id[:8]}"


def beside(spec: "Spec", jobs: int) -> "Spec":
    """The spec with so few workers that all jobs side by side fit the cores.

    Raises
    ------
    UserError
        When there are more jobs than cores.
    """
    cores = os.cpu_count() or 1
    if jobs > cores:
        hint = f"Give at most {cores}."
        raise UserError([Problem("hydra.launcher.n_jobs", f"{jobs} jobs on {cores} cores", hint)])
    if jobs == 1:
        return spec
    share = max(1, cores // (jobs if jobs > 0 else cores))
    workers = min(share, spec.execution.workers or share)
    execution = spec.execution.model_copy(update={"workers": workers})
    return spec.model_copy(update={"execution": execution})
