import json

from synthcraft.records import Arm, Measure, MetricDescriptor, Plan, Record, Spend, Trial


def test_a_record_survives_json():
    record = Record(
        Trial("ctgan", 1, 0, "report"),
        "ok",
        measures=(Measure("ks_complement", 0.9, n=100, column="a<b"),),
        summaries={"x": [1, None]},
        seconds={"fit": 1.5},
        peak_mb=100.0,
        spends=(Spend("mst", 1.0, 1e-6),),
    )
    assert Record.from_json(json.loads(json.dumps(record.to_json()))) == record


def test_a_plan_survives_json():
    metric = MetricDescriptor("m", "fidelity", "maximize", "?", order=("a", "b"))
    plan = Plan(
        "id",
        "print",
        (Arm("a", "arf", {"n": 1}),),
        (Arm("noise", "noise"),),
        {"x": "why"},
        3,
        1,
        (metric,),
    )
    assert Plan.from_json(json.loads(json.dumps(plan.to_json()))) == plan
    assert plan.arm("noise").plugin == "noise"


def test_what_a_later_version_adds_is_passed_over():
    record = Record(Trial("a", 0, 0, "report"), "ok", measures=(Measure("m", 1.0),))
    plain = record.to_json()
    plain["measures"][0]["added"] = plain["trial"]["added"] = plain["added"] = "later"
    assert Record.from_json(plain) == record
