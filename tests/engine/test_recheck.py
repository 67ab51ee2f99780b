"""Recorded trials executed again: the same numbers, except where noise is the system's."""

from dataclasses import replace
from pathlib import Path

import pytest

from synthcraft.engine.observe import Silent
from synthcraft.engine.recheck import Repeated, drawn, likeness, repeat
from synthcraft.engine.run import run
from synthcraft.errors import RunError
from synthcraft.records import Measure
from synthcraft.results import Run, load_run
from synthcraft.spec.validate import parse


@pytest.fixture(scope="module")
def ran(tmp_path_factory) -> Run:
    """One split of simulated people, a generator with and one without noise."""
    spec = parse(
        {
            "name": "tiny",
            "dataset": {"plugin": "simulated", "params": {"n": 300}},
            "design": {"splits": 1},
            "privacy": {"epsilons": [1.0], "rows": 300, "delta": 1e-5},
            "generators": {
                "arf": {"plugin": "arf", "params": {"num_trees": 3}},
                "independent": {"plugin": "independent"},
            },
            "metrics": {"marginals": {"plugin": "marginals"}},
        }
    )
    directory: Path = tmp_path_factory.mktemp("runs") / "tiny"
    run(spec, directory, said=(), observer=Silent())
    return load_run(directory)


@pytest.fixture(scope="module")
def repeated(ran) -> dict[str, Repeated]:
    return {one.trial.arm: one for one in repeat(ran, 99, seed=0, observer=Silent())}


def test_numbers_are_identical_where_seeds_decide_them(ran, repeated):
    assert len(repeated) == len(ran.records)
    for arm in ("arf", "marginals", "fresh_real"):
        one = repeated[arm]
        assert (one.before, one.now) == ("ok", "ok")
        assert one.counts["identical"] == len(ran.of(arm)[0].measures)
        assert not one.differs


def test_noise_of_the_system_is_told_and_counts_as_no_difference(repeated):
    one = repeated["independent@eps=1"]
    assert one.noisy
    assert one.counts["different"] > 0
    assert not one.differs
    assert replace(one, noisy=False).differs


def test_a_changed_number_of_the_journal_is_found(ran):
    record = ran.of("arf")[0]
    changed = replace(
        record, measures=tuple(replace(m, value=m.value and m.value * 1.1) for m in record.measures)
    )
    (one,) = repeat(replace(ran, records=(changed,)), 1, seed=0, observer=Silent())
    assert one.differs
    assert one.counts["different"] > 5
    (one,) = repeat(
        replace(ran, records=(replace(record, status="failed"),)), 1, seed=0, observer=Silent()
    )
    assert one.differs


def test_other_data_are_refused(ran):
    other = replace(ran, plan=replace(ran.plan, fingerprint="0" * 64))
    with pytest.raises(RunError, match="fingerprint differs"):
        repeat(other, 1, seed=0, observer=Silent())


def test_trials_are_drawn_by_seed_without_replacement(ran):
    few = [record.trial.id for record in drawn(ran, 3, seed=1)]
    assert few == [record.trial.id for record in drawn(ran, 3, seed=1)]
    assert len(set(few)) == 3
    assert len({tuple(r.trial.id for r in drawn(ran, 3, seed=s)) for s in range(9)}) > 1
    assert drawn(ran, 99, seed=0) == list(ran.records)
    stopped = tuple(replace(record, status="timeout") for record in ran.records)
    with pytest.raises(RunError, match="no trial"):
        drawn(replace(ran, records=stopped), 1, seed=0)


def test_likeness_is_at_nine_digits_then_by_the_recorded_interval():
    recorded = Measure("m", 0.123456789, 0.1, 0.2)
    assert likeness(recorded, 0.123456789 + 4e-11) == "identical"
    assert likeness(recorded, 0.123456799) == "within"
    assert likeness(recorded, 0.21) == "different"
    assert likeness(Measure("m", None, status="failed"), None) == "identical"
    assert likeness(Measure("m", None, status="failed"), 0.1) == "different"
