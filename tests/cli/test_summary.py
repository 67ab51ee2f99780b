from dataclasses import replace

import pytest

from synthcraft.cli.summary import summarise
from synthcraft.records import Arm, Measure, MetricDescriptor, Plan, Record, Trial
from synthcraft.results import Run

C2ST = MetricDescriptor("c2st", "fidelity", "maximize", "?")
SHARE = MetricDescriptor("dcr_share", "privacy", "minimize", "?")
ARF, CTGAN, NOISE = (Arm(name, name) for name in ("arf", "ctgan", "noise"))


def record(arm, split, c2st, share):
    measures = (
        Measure("c2st", c2st),
        Measure("c2st", 0.99, column="age"),  # about one column: not the headline
        Measure("dcr_share", 0.9, role="main"),
        Measure("dcr_share", share, role="excess"),
    )
    return Record(Trial(arm.id, split, 0, "report"), "ok", measures=measures)


@pytest.fixture
def run():
    plan = Plan(
        "f" * 64, "", (ARF, CTGAN), (NOISE,), {"survae": "no survival"}, 2, 1, (C2ST, SHARE)
    )
    records = (
        record(ARF, 0, 0.6, 0.2),
        record(ARF, 1, 0.8, 0.4),
        record(CTGAN, 0, 0.5, 0.1),
        Record(Trial("ctgan", 1, 0, "report"), "timeout", "fit", "more than 10 s"),
        record(NOISE, 0, 0.9, 0.0),
    )
    empty = dict.fromkeys(f for f in Run.__dataclass_fields__)
    return Run(**{**empty, "plan": plan, "records": records})


def test_means_best_and_failures(run):
    lines = summarise(run).splitlines()
    cells = {line.split()[0]: line.split()[1:] for line in lines if line.endswith(" ok")}
    assert cells["arf"] == ["0.700", "*", "0.300", "2", "of", "2", "ok"]
    assert cells["ctgan"] == ["0.500", "0.100", "*", "1", "of", "2", "ok"]
    assert cells["(noise)"][0] == "0.900"  # a reference is never called the best
    assert "ctgan timeout (fit: more than 10 s)" in lines
    assert "survae was left out: no survival" in lines


def test_nothing_usable_is_still_told(run):
    failed = tuple(replace(r, status="failed", measures=(), reason="no") for r in run.records)
    text = summarise(replace(run, records=failed))
    assert "0 of 2 ok" in text
    assert "–" in text
    assert "*" not in text.splitlines()[2]
