"""What a fit spends stands in the journal before it starts, whatever becomes of it."""

import signal
import time

import pytest

from synthcraft.journal import FILE, read
from synthcraft.privacy.ledger import total
from synthcraft.results import load_run
from tests.engine.test_run import drive, numbers, spec_file, start  # noqa: F401 (a fixture)

TERMS = {"epsilons": [1.0], "rows": 300, "noise": "seeded"}
QUICK = {"toy": {"plugin": "private"}, "open": {"plugin": "resample"}}
SLOW = {"toy": {"plugin": "private", "params": {"seconds": 600}}}


def kinds(directory, *wanted):
    return [e for e in read(directory / FILE) if e.kind in wanted]


def test_each_private_fit_is_told_before_its_record(spec_file, tmp_path):  # noqa: F811
    generators = {**QUICK, "word": {"plugin": "promised"}}
    privacy = {**TERMS, "epsilons": [0.5, 2.0]}
    spec = spec_file(generators=generators, privacy=privacy, design={"splits": 1})
    assert drive(spec, tmp_path / "run")[0] == 0
    entries = kinds(tmp_path / "run", "start", "record")
    arms = [f"{label}@eps={e}" for label in ("toy", "word") for e in ("0.5", "2")]
    for arm in arms:
        own = [e.kind for e in entries if e.payload["trial"]["arm"] == arm]
        assert own == ["start", "record"]
    assert sum(e.kind == "start" for e in entries) == len(arms)
    run = load_run(tmp_path / "run")
    assert run.selection is None
    assert {r.nearness for r in run.records} == {None}
    assert {r.status for r in run.records} == {"ok"}  # a private plug-in without a release raises
    spent = {r.trial.arm: r.spends for r in run.records if r.spends}
    assert sorted(spent) == sorted(arms)
    assert [s.epsilon for s in spent["toy@eps=0.5"]] == [0.5]
    assert spent["word@eps=2"][0].claimed
    assert not spent["word@eps=2"][0].curve
    assert run.arm("toy@eps=2").delta == pytest.approx(1e-5)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_fit_counts_and_its_repetition_too(spec_file, tmp_path, how):  # noqa: F811
    spec = spec_file(generators=SLOW, privacy=TERMS, design={"splits": 1}, execution={"workers": 1})
    for times in (1, 2):
        process = start(spec, tmp_path / "run")
        assert process.stdout is not None
        if times == 1:
            for _ in range(4):  # the references; then only the slow fit remains
                process.stdout.readline()
        while len(kinds(tmp_path / "run", "start")) < times:
            assert process.poll() is None, process.communicate()
            time.sleep(0.05)
        process.send_signal(how)
        process.communicate(timeout=60)
    starts = load_run(tmp_path / "run").starts
    assert [start.trial.id for start in starts] == ["toy@eps=1.s0.r0.report"] * 2
    assert total(s for one in starts for s in one.spends).epsilon > 1.3


def test_no_fit_starts_that_would_exceed_the_total(spec_file, tmp_path):  # noqa: F811
    """Three fits of ε = 1 are ε = 1.71 together, two are 1.36 (privacy/ledger)."""
    privacy = {**TERMS, "max_total_epsilon": 1.5}
    spec = spec_file(generators=QUICK, privacy=privacy, design={"splits": 3})
    assert drive(spec, tmp_path / "run")[0] == 0
    run = load_run(tmp_path / "run")
    assert [r.status for r in run.of("toy@eps=1")] == ["ok", "ok", "skipped"]
    assert [r.status for r in run.of("open")] == ["ok"] * 3
    told = run.of("toy@eps=1")[-1].reason
    assert told == (
        "it would bring the run's total epsilon to 1.713, above privacy.max_total_epsilon (1.5)"
    )
    assert len(run.starts) == 2
    assert run.complete


def test_the_size_of_synthetic_tables_is_the_declared_one(spec_file, tmp_path):  # noqa: F811
    """1,000 declared rows less 30 %: whatever the table has, each synthetic one has 700."""
    privacy = {**TERMS, "rows": 1000}
    spec = spec_file(
        generators=QUICK, privacy=privacy, design={"splits": 1}, outputs={"samples": True}
    )
    assert drive(spec, tmp_path / "run")[0] == 0
    pd = pytest.importorskip("pandas")
    sizes = [len(pd.read_parquet(path)) for path in (tmp_path / "run" / "samples").iterdir()]
    assert sizes == [700, 700]


def test_without_a_privacy_block_nothing_is_told(spec_file, tmp_path):  # noqa: F811
    assert drive(spec_file(design={"splits": 1}), tmp_path / "run")[0] == 0
    assert kinds(tmp_path / "run", "start") == []
    assert all(r["spends"] == [] for r in numbers(tmp_path / "run").values())


def test_an_audit_that_the_spec_asks_for_is_journalled(spec_file, tmp_path):  # noqa: F811
    privacy = {**TERMS, "audit": {"fits": 20}}
    spec = spec_file(generators=QUICK, privacy=privacy, design={"splits": 1})
    assert drive(spec, tmp_path / "run")[0] == 0
    run = load_run(tmp_path / "run")
    assert [audit["arm"] for audit in run.audits] == ["toy@eps=1"]
    assert run.audits[0]["fits"] == 20
    assert len(run.starts) == 1  # an audit's tables are made up: nothing is spent on real people
