"""Composition by Hydra: the only module that imports it. Hydra composes; plain Python runs.

Hydra gets a throw-away directory for everything it wants to write, no logging to configure and no
working directory to change. Its errors come back as ours.
"""

import multiprocessing
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import hydra
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from synthcraft.cli.overrides import FILE, Request, absent_file, unknown_experiment
from synthcraft.errors import Problem, SpecError, nearest
from synthcraft.shipped import conf, groups
from synthcraft.spec.leaves import leaves
from synthcraft.spec.read import dump_plain, read_file, read_value
from synthcraft.spec.shared import with_shared

_VERSION = "1.3"
_GROUP = "exp"
_COLUMNS = "columns"  # a group of one option: settings of columns whose names are no Hydra keys
_CODE = "exit_code"
_NOT_OURS = ("hydra", "defaults")


class Task(Protocol):
    """What is done with a composed config; called once per job of a sweep, perhaps elsewhere."""

    def __call__(self, plain: dict[str, Any], *, jobs: int, words: str) -> int:
        """The exit code of one job, of which ``jobs`` run side by side; ``words`` ask for it."""
        ...


def compose(request: Request) -> dict[str, Any]:
    """The plain config that a request describes.

    Raises
    ------
    SpecError
        When an experiment or option is unknown or cannot be read, or Hydra cannot read a word.
    """
    with _readable(request), _stored(request):
        with hydra.initialize_config_dir(str(conf()), version_base=_VERSION):
            composed = hydra.compose("config", overrides=_readings(request))
        return _plain(composed)


def launch(request: Request, task: Task, *, flags: Sequence[str] = ()) -> int:
    """The worst exit code of all jobs that a request asks for; ``flags`` are Hydra's own.

    One job that fails does not keep the others from running.
    """
    with _readable(request), _stored(request), tempfile.TemporaryDirectory() as scratch:
        quiet = [
            f"hydra.run.dir='{scratch}/0'",
            f"hydra.sweep.dir='{scratch}'",
            "hydra.sweep.subdir=${hydra.job.num}",
        ]
        with _arguments([*flags, *_readings(request), *quiet]):
            hydra.main(str(conf()), "config", _VERSION)(_Job(task, request))()
        return max((int(path.read_text()) for path in Path(scratch).glob(f"*/{_CODE}")), default=0)


@dataclass(frozen=True)
class _Job:
    """Hydra's task function; its exit code goes through a file, out of any other process."""

    task: Task
    request: Request

    def __call__(self, composed: DictConfig) -> None:
        here = HydraConfig.get()
        jobs = int(here.launcher.get("n_jobs", 1))
        if jobs != 1:
            # A trial cannot be started from the "loky" context of the launcher's processes.
            multiprocessing.set_start_method("forkserver", force=True)
        code = self.task(_plain(composed), jobs=jobs, words=self._words(here.overrides.task))
        Path(here.runtime.output_dir, _CODE).write_text(str(code))

    def _words(self, overrides: Sequence[str]) -> str:
        """What of the command line makes this one job."""
        file = str(self.request.experiments.get(FILE))
        own = (word.removeprefix("++") for word in overrides if not word.startswith(f"+{_COLUMNS}"))
        return " ".join(file if word == f"+{_GROUP}={FILE}" else word for word in own)


def _readings(request: Request) -> list[str]:
    parser = OverridesParser.create()
    words = [_reading(word, parser) for word in request.overrides]
    return [*words, f"+{_COLUMNS}=given"] if request.columns else words


def _reading(word: str, parser: OverridesParser) -> str:
    """The word, its value quoted where Hydra's grammar cannot read it: "table (1).csv", "é"."""
    key, _, value = word.partition("=")
    if value.startswith(tuple("[{'\"")):
        return word
    try:
        parser.parse_override(word)
    except HydraException:
        # A backslash is special only before a quote, which the end of the value will be.
        inner = re.sub(r"(\\*)('|$)", lambda m: m[1] * 2 + ("\\'" if m[2] else ""), value)
        return f"{key}='{inner}'"
    return word


def _plain(composed: DictConfig) -> dict[str, Any]:
    plain = OmegaConf.to_container(composed, resolve=True)
    given = {str(key): value for key, value in plain.items() if value is not None}
    return with_shared(given, Path())


@contextmanager
def _stored(request: Request) -> Iterator[None]:
    """The experiments that the request names as group ``exp``, without the blocks it replaces.

    A damaged one is told to whoever asks for it, and to nobody else.
    """
    store = ConfigStore.instance()
    _forget(store)
    try:
        store.repo[_GROUP] = {}  # without the group, Hydra would take an unknown name for a setting
        for name, path in request.experiments.items():
            if name in request.named or "glob" in request.named:
                _store(store, name, path, request)
        if request.columns:
            _store_columns(store, request)
        yield
    finally:
        _forget(store)
        GlobalHydra.instance().clear()


def _forget(store: ConfigStore) -> None:
    for group in (_GROUP, _COLUMNS):
        store.repo.pop(group, None)


def _store_columns(store: ConfigStore, request: Request) -> None:
    columns: dict[str, dict[str, Any]] = {}
    for column in request.columns:
        columns.setdefault(column.name, {})[column.setting] = read_value(column.value)
    node = {"dataset": {"columns": columns}}
    store.store(name="given", node=node, group=_COLUMNS, package="_global_")


def _store(store: ConfigStore, name: str, path: Path, request: Request) -> None:
    folder, _, option = f"{_GROUP}/{name}".rpartition("/")
    if name == FILE and not path.exists():
        raise SpecError([absent_file(path, request.experiments)])
    plain = _safe(with_shared(read_file(path), path.parent), path)
    kept = {key: value for key, value in plain.items() if key not in request.replaced}
    store.store(name=option, node=kept, group=folder, package="_global_")


def _safe(plain: dict[str, Any], path: Path) -> dict[str, Any]:
    """Refuses what would steer Hydra itself: a spec is data, often written by a language model."""
    problems = [
        Problem(f"{path}: {key}", "unknown setting", "A spec cannot configure Hydra.")
        for key in _NOT_OURS
        if key in plain
    ]
    problems += [
        Problem(f"{path}: {where}", "contains '${'", "Interpolation is for the command line only.")
        for where, value in leaves(plain)
        if "${" in str(value)  # lists, too
    ]
    if problems:
        raise SpecError(problems)
    return plain


@contextmanager
def _arguments(words: list[str]) -> Iterator[None]:
    """Hydra's view of the command line, with its errors raised instead of printed."""
    before, errors = sys.argv, os.environ.get("HYDRA_FULL_ERROR")
    sys.argv = ["synthcraft run", *words]
    os.environ["HYDRA_FULL_ERROR"] = "1"
    try:
        yield
    finally:
        sys.argv = before
        if errors is None:
            del os.environ["HYDRA_FULL_ERROR"]
        else:
            os.environ["HYDRA_FULL_ERROR"] = errors


@contextmanager
def _readable(request: Request) -> Iterator[None]:
    """Hydra's and OmegaConf's errors as ours."""
    try:
        yield
    except (HydraException, OmegaConfBaseException) as exc:
        raise SpecError([_problem(exc, request)]) from None


def _problem(error: Exception, request: Request) -> Problem:
    match error:
        case MissingConfigException(missing_cfg_file=str(missing)):
            group, _, option = missing.removesuffix(".yaml").partition("/")
            if group == _GROUP:
                return unknown_experiment(option, request.experiments)
            hint = nearest(option, groups().get(group, ()))
            return Problem(group, f"there is no option {option!r}", hint)
        case OverrideParseException():
            word = error.override.removeprefix("++")
            key = word.partition("=")[0]
            if not _is_key(key):
                hint = f"Put it into the experiment's file:\n{_as_yaml(word)}"
                return Problem(key, "this key cannot be written on the command line", hint)
            return Problem(
                word,
                "cannot be read as key=value",
                f"Quote values with special characters: '{key}=\"…\"'.",
            )
        case _ if "Ambiguous value" in str(error):
            word = str(error).split("'")[1].removeprefix("++")
            key, _, value = word.partition("=")
            hint = f"Add -m to run each of them, or give a list: {key}=[{value}]."
            return Problem(word, "names several values", hint)
        case _:
            lines = [line.strip() for line in str(error).splitlines() if line.strip()]
            return Problem("", "; ".join(lines[:3]).replace("++", ""))


def _is_key(key: str) -> bool:
    """Whether Hydra's grammar can read a key, whatever its value."""
    try:
        OverridesParser.create().parse_override(f"{key}=0")
    except HydraException:
        return False
    return True


def _as_yaml(word: str) -> str:
    """A setting as the lines of a spec file.

    >>> print(_as_yaml("generators.a b.plugin=arf"))
    generators:
      a b:
        plugin: arf
    """
    key, _, value = word.lstrip("+~").partition("=")
    plain: Any = read_value(value)
    for part in reversed(key.split(".")):
        plain = {part: plain}
    return dump_plain(plain).rstrip()
