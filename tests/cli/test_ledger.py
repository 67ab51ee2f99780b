"""``ledger`` on journals written by hand: what is printed, and when it is refused."""

import json
from dataclasses import replace

import pytest

from synthcraft.cli.main import main
from synthcraft.cli.text import rounded_up
from synthcraft.journal import FILE, Journal
from synthcraft.plan import make_plan
from synthcraft.privacy.ledger import total
from synthcraft.privacy.selection import selection_spend
from synthcraft.privacy.terms import spend_of
from synthcraft.records import Record, Start, Trial
from synthcraft.spec.read import dump
from synthcraft.spec.validate import parse

GENERATORS = {"own": {"plugin": "independent"}, "word": {"plugin": "dpgan"}}
OWN = ("own@eps=1",) * 3


@pytest.fixture
def write(tmp_path, small_spec):
    """A run directory whose fits of these arms have started; the first has a record."""

    def made(name, arms, **privacy):
        terms = {"privacy": {"rows": 300, **privacy}, "generators": GENERATORS} if arms else {}
        spec = parse({**small_spec, **terms})
        plan = make_plan(spec, task="classification", fingerprint="")
        directory = tmp_path / name
        directory.mkdir()
        (directory / "spec.yaml").write_text(dump(spec))
        starts = [
            Start(Trial(arm, k, 0, "report"), (spend_of(spec, plan.arm(arm)),))
            for k, arm in enumerate(arms)
        ]
        with Journal(directory) as journal:
            journal.append(
                "header", {"spec_id": spec.id, "plan": plan.to_json(), "table": {"rows": 300}}
            )
            for start in starts:
                journal.append("start", start.to_json())
            for start in starts[:1]:
                record = replace(Record(start.trial, "failed", "fit"), spends=start.spends)
                journal.append("record", record.to_json())
        return directory

    return made


def spent(directory):
    lines = [json.loads(line) for line in (directory / FILE).read_text().splitlines()]
    return [s for e in lines if e["kind"] == "start" for s in Start.from_json(e).spends]


def test_a_run_is_told_fit_by_fit_and_in_all(write, capsys):
    run = write("run", (*OWN, "word@eps=1"))
    assert main(["ledger", str(run)]) == 0
    out = " ".join(capsys.readouterr().out.split())
    together = total(s for s in spent(run) if not s.claimed)
    assert f"total: epsilon {rounded_up(together.epsilon)} at delta 3e-05 (3 fits)" in out
    assert "3 of these fits were started and left no record: they count." in out
    assert "apart from it: epsilon 1 at delta 1e-05 (1 fit), claimed by synthcity" in out
    assert "1 (claimed by synthcity, not verified)" in out
    assert "not covered by any epsilon: - Only samples" in out
    assert "void" not in out


def test_a_private_selection_counts_and_is_no_fit(write, capsys):
    one, other = (write(name, OWN) for name in ("one", "other"))
    choice = selection_spend(0.3)
    with Journal(one) as journal:
        journal.append("selecting", {"spend": choice.to_json()})
        journal.append("selecting", {"spend": choice.to_json()})
        journal.append("selected", {"arm": "own@eps=1", "reason": ""})
    assert main(["ledger", str(one), str(other)]) == 0
    out = " ".join(capsys.readouterr().out.split())
    told = "private selection: epsilon 0.3 (exponential mechanism), begun 2 times"
    assert out.count(told) == out.count("private selection") == 1
    alone = total(spent(one), [choice] * 2)
    assert f"total: epsilon {rounded_up(alone.epsilon)} at delta 3e-05 (3 fits)" in out
    every = total([*spent(one), *spent(other)], [choice] * 2)
    assert f"total: epsilon {rounded_up(every.epsilon)} at delta 6e-05 (6 fits)" in out
    assert alone.epsilon > total(spent(one)).epsilon
    assert main(["ledger", "--json", str(one), str(other)]) == 0
    runs = json.loads(capsys.readouterr().out)["runs"]
    told = {"mechanism": "exponential mechanism", "epsilon": 0.3, "delta": 0.0}
    assert [run["selection"] for run in runs] == [[told] * 2, []]


def test_several_runs_add_up_and_json_says_the_same(write, capsys):
    runs = [write(name, OWN) for name in ("one", "two")]
    assert main(["ledger", "--json", *map(str, runs)]) == 0
    found = json.loads(capsys.readouterr().out)
    together = total([*spent(runs[0]), *spent(runs[1])])
    assert found["accounted"] == {
        "epsilon": pytest.approx(together.epsilon),
        "delta": pytest.approx(6e-5),
        "fits": 6,
    }
    assert [run["accounted"]["fits"] for run in found["runs"]] == [3, 3]
    assert found["claimed"]["fits"] == 0
    assert found["void"] is False
    assert main(["ledger", *map(str, runs)]) == 0
    told = f"together, as if on the same people: total: epsilon {rounded_up(together.epsilon)}"
    assert told in " ".join(capsys.readouterr().out.split())


def test_a_void_run_makes_the_total_void(write, capsys):
    run, void = write("run", OWN), write("void", OWN, noise="seeded")
    assert main(["ledger", str(run), str(void)]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert out.count("epsilon is void:") == 1
    assert "epsilon is void in" in out


def test_a_run_without_private_fits_says_so(write, capsys):
    assert main(["ledger", str(write("run", ()))]) == 0
    assert "nothing was spent" in capsys.readouterr().out


def test_a_damaged_journal_or_a_run_given_twice_is_refused(write, tmp_path, capsys):
    run = write("run", OWN)
    assert main(["ledger", str(run), str(tmp_path / "." / "run")]) == 2
    assert "is given twice" in capsys.readouterr().err
    text = (run / FILE).read_text()
    (run / FILE).write_text(text.replace('"epsilon":1.0', '"epsilon":0.1', 1))
    assert main(["ledger", str(run)]) == 2
    assert "the journal is damaged here" in capsys.readouterr().err
    assert main(["ledger", str(tmp_path / "none")]) == 2
