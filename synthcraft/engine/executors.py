"""Many jobs, so many side by side, their outcomes as they come."""

from collections.abc import Callable, Iterable, Iterator
from multiprocessing import connection

from synthcraft.engine.isolate import Isolated, Job, Limits, Outcome
from synthcraft.records import Phase

POLL_SECONDS = 0.2
STILLBORN = "the process died before it had read its work"


def run_jobs(
    jobs: Iterable[Job],
    *,
    workers: int,
    limits: Limits,
    on_phase: Callable[[str, Phase], None],
) -> Iterator[Outcome]:
    """Outcomes of all jobs in order of completion, at most ``workers`` running at a time.

    Closing the iterator (or an exception in its consumer, such as an interrupt) kills whatever
    still runs.
    """
    waiting = iter(jobs)
    running: list[Isolated] = []
    try:
        while True:
            while len(running) < workers and (job := next(waiting, None)) is not None:
                on_phase(job.id, "start")
                try:
                    running.append(Isolated(job, limits))
                except (ConnectionError, EOFError):
                    yield Outcome(job.id, "failed", phase="start", reason=STILLBORN)
            if not running:
                return
            connection.wait([h for one in running for h in one.handles], timeout=POLL_SECONDS)
            for one in tuple(running):
                before = one.phase
                outcome = one.poll()
                if outcome is not None:
                    running.remove(one)
                    yield outcome
                elif one.phase != before:
                    on_phase(one.job.id, one.phase)
    finally:
        for one in running:
            one.kill()
