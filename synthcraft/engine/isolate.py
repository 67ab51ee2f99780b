"""A function in a process of its own, with a time and a memory limit.

Processes come from a forkserver that has the heavy imports already loaded, with one thread for
each numeric library. Whatever happens in one (an exception, a hang, a crash, too much memory)
comes back as an Outcome; the caller's process is never at risk.
"""

import multiprocessing
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import connection, forkserver
from typing import Any, Literal

import psutil
from threadpoolctl import threadpool_limits

from synthcraft.engine.preload import NAMES
from synthcraft.records import Phase
from synthcraft.redact import place_of

Tell = Callable[[Phase], None]

ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "PYTHONWARNINGS": "ignore",
    # Sets have one order: pgmpy's search breaks ties by it, and a trial must come out as before.
    "PYTHONHASHSEED": "0",
}
"""What a worker finds: one thread for each numeric library, and libraries that keep quiet."""

GRACE_SECONDS = 5.0  # for which a process may go on after it has handed over its result


@dataclass(frozen=True)
class Job:
    """Work for a process: ``function(payload, tell)``, where ``tell`` announces phases."""

    id: str
    function: Callable[[Any, Tell], Any]
    payload: Any


@dataclass(frozen=True)
class Limits:
    """What one process may use."""

    seconds: float
    mb: int


@dataclass(frozen=True)
class Outcome:
    """What came of a job: its value or why there is none, seconds by phase, peak memory."""

    job: str
    status: Literal["ok", "failed", "timeout"]
    value: Any = None
    phase: Phase = ""
    reason: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    peak_mb: float = 0.0


def warm(modules: Sequence[str]) -> None:
    """Start the process that will fork workers, importing these modules in the background.

    A module that cannot be imported is left to whoever needs it. Called again with modules that
    the running one lacks, it starts anew.
    """
    context = multiprocessing.get_context("forkserver")
    if not set(modules) <= set(_Warm.modules):
        forkserver._forkserver._stop()  # type: ignore[attr-defined]
        _Warm.modules = tuple(modules)
    context.set_forkserver_preload(["synthcraft.engine.preload"])
    with _worker_environment(), _interrupts_ignored():
        forkserver.ensure_running()


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """What is started here never hears Ctrl-C, not even while it still imports."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class _Warm:
    """What the forkserver of this process has imported; multiprocessing keeps it global too."""

    modules: tuple[str, ...] = ()


def _worker_environment() -> AbstractContextManager[None]:
    """Whenever a worker starts, the process that forks it may have to start (again), too."""
    return _environment({**ENVIRONMENT, NAMES: " ".join(_Warm.modules)})


@contextmanager
def _environment(changes: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


class Isolated:
    """A running job. Poll it until it yields an Outcome; wait on ``handles`` in between.

    Raises
    ------
    ConnectionError, EOFError
        When the process, or the one that forks it, died before it had read its work.
    """

    def __init__(self, job: Job, limits: Limits) -> None:
        context = multiprocessing.get_context("forkserver")
        self.job, self.limits = job, limits
        self._here, there = context.Pipe(duplex=False)
        self._process = context.Process(
            target=_work, args=(there, job.function, job.payload, limits.mb), daemon=False
        )
        with _worker_environment():
            self._process.start()
        there.close()
        self._peak_mb = 0.0
        self._started = time.monotonic()
        self._marks: list[tuple[Phase, float]] = [("start", self._started)]

    @property
    def handles(self) -> tuple[Any, ...]:
        """What becomes ready when there is something to poll."""
        return (self._here, self._process.sentinel)

    @property
    def phase(self) -> Phase:
        """The phase that the job announced last."""
        return self._marks[-1][0]

    def poll(self) -> Outcome | None:
        """The outcome when there is one; enforces the limits otherwise."""
        dead = not self._process.is_alive()
        while self._here.poll():
            try:
                kind, value = self._here.recv()
            except (EOFError, OSError):  # it died between two messages, or within one
                break
            if kind == "phase":
                self._marks.append((value, time.monotonic()))
            else:
                self._process.join(GRACE_SECONDS)
                self.kill()
                return self._end(kind, **value)
        if dead:
            self.kill()
            return self._end("failed", reason=_cause_of_death(self._process.exitcode))
        return self._check_limits()

    def _check_limits(self) -> Outcome | None:
        used = _resident_mb(self._process.pid)
        self._peak_mb = max(self._peak_mb, used)
        if used > self.limits.mb:
            self.kill()
            return self._end("failed", reason=f"used more than {self.limits.mb} MB of memory")
        if time.monotonic() - self._started > self.limits.seconds:
            self.kill()
            return self._end("timeout", reason=f"took longer than {self.limits.seconds:g} s")
        return None

    def _end(
        self,
        status: Literal["ok", "failed", "timeout"],
        *,
        value: Any = None,
        reason: str = "",
        peak_mb: float = 0.0,
    ) -> Outcome:
        self._here.close()
        phase: Phase = "" if status == "ok" else self.phase
        peak = max(self._peak_mb, peak_mb)
        return Outcome(self.job.id, status, value, phase, reason, self._seconds(), round(peak, 1))

    def _seconds(self) -> dict[str, float]:
        ends = [at for _, at in self._marks[1:]] + [time.monotonic()]
        seconds: dict[str, float] = {}
        for (phase, at), end in zip(self._marks, ends, strict=True):
            seconds[phase] = round(seconds.get(phase, 0.0) + end - at, 3)
        return seconds

    def kill(self) -> None:
        """End the process and all that it started, also what has outlived it."""
        if self._process.pid is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.join()


def _resident_mb(pid: int | None) -> float:
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        return float(sum(p.memory_info().rss for p in family)) / 2**20
    except psutil.Error:
        return 0.0


def _cause_of_death(code: int | None) -> str:
    if code is not None and code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        hint = ": the system is probably out of memory" if name == "SIGKILL" else ""
        return f"the process died of {name}{hint}"
    return f"the process ended without a result (exit code {code})"


def _work(
    there: connection.Connection, function: Callable[[Any, Tell], Any], payload: Any, mb: int
) -> None:
    """Life of a worker process, which leads a group of its own: its children end with it."""
    os.setpgid(0, 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    threading.Thread(target=_die_with_parent, daemon=True).start()
    _silence()
    _limit_memory(mb)
    _keep_to_one_thread()
    try:
        value = function(payload, lambda phase: there.send(("phase", phase)))
        there.send(("ok", {"value": value, "peak_mb": _peak_mb()}))
    except MemoryError:
        there.send(("failed", {"reason": f"used more than {mb} MB of memory"}))
    except BaseException as exc:
        reason = f"{type(exc).__name__} at {place_of(exc)}"
        there.send(("failed", {"reason": reason, "peak_mb": _peak_mb()}))
    finally:
        there.close()


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os.killpg(0, signal.SIGKILL)


def _keep_to_one_thread() -> None:
    """Also where the process that forks was started by somebody else, with other settings."""
    os.environ.update(ENVIRONMENT)
    threadpool_limits(limits=1)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


def _silence() -> None:
    """Discard what libraries print: it would break the progress display, and may hold values."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)


def _limit_memory(mb: int) -> None:
    """RLIMIT_DATA on top of what the forkserver holds (RLIMIT_AS would crash torch)."""
    held = getattr(psutil.Process().memory_info(), "data", 0)
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    soft = held + mb * 2**20
    if hard != resource.RLIM_INFINITY:
        soft = min(soft, hard)
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak) / (2**20 if sys.platform == "darwin" else 2**10)
