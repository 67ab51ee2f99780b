"""``audit``: what it prints, writes and exits with."""

import json
from pathlib import Path

import pytest

from synthcraft.cli.audit import tell
from synthcraft.cli.main import main
from synthcraft.privacy.audit import AuditResult, Bound, Event

SPEC = """
name: audited
dataset: {plugin: simulated, params: {n: 300}}
generators: {GENERATOR: {plugin: GENERATOR}}
metrics: {marginals: {plugin: marginals}}
execution: {workers: 1}
"""
PRIVACY = """
privacy: {rows: 300, domain: from_data, epsilons: [1.0], audit: {fits: 20, confidence: 0.9}}
"""


def write(folder: Path, generator: str = "independent", privacy: str = PRIVACY) -> str:
    path = folder / "spec.yaml"
    path.write_text(SPEC.replace("GENERATOR", generator) + privacy)
    return str(path)


def test_results_are_printed_and_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "audit.json"
    spec = Path(write(tmp_path))
    spec.write_text(spec.read_text().replace("generators: {", "generators: {arf: {plugin: arf}, "))
    code = main(["audit", str(spec), "-o", str(out)])
    (written,) = json.loads(out.read_text())
    assert code == (4 if written["flagged"] else 0)
    assert written["arm"] == "independent@eps=1"
    printed = " ".join(capsys.readouterr().out.split())
    assert "the largest that 20 fits per world could have shown is" in printed
    assert "arf: not audited: it has no epsilon." in printed
    assert "is not a proof" in printed
    assert "2 % of audits of 100 fits per world" in printed
    assert ("weak evidence: few fits" in printed) != written["flagged"]


def test_a_bound_above_epsilon_is_called_refuted() -> None:
    bound = Bound(2.5, 0.9, 0.8, 0.0, 0.06)
    event = Event(0, 0.1, above=True, world="with")
    result = AuditResult(
        "aim@eps=1", 1.0, 1e-5, 0.95, 100, 50, 3.3, "lone", "all columns", event, bound
    )
    told = " ".join(tell(result).split())
    assert "REFUTED" in told
    assert "epsilon 1 at delta 1e-05; lower bound 2.50 with confidence 0.95" in told
    assert "100 fits per world could have shown is 3.3" in told


def test_values_outside_what_is_declared_do_not_stop_the_audit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [f"{age},{'yn'[age % 2]}" for age in range(20, 80)] * 4
    (tmp_path / "t.csv").write_text("\n".join(["age,ill", *rows, "150,y"]))
    dataset = (
        f"{{plugin: csv, params: {{path: {tmp_path / 't.csv'}}}, target: ill, positive: y, "
        "task: classification, columns: {age: {low: 0, high: 99, bins: 5}, ill: {levels: [n, y]}}}"
    )
    text = (SPEC + PRIVACY).replace("GENERATOR", "independent").replace("domain: from_data, ", "")
    path = tmp_path / "spec.yaml"
    path.write_text(text.replace("{plugin: simulated, params: {n: 300}}", dataset))
    assert main(["audit", str(path)]) in (0, 4)
    assert "150" not in "".join(capsys.readouterr())


@pytest.mark.parametrize(
    ("generator", "privacy", "path"),
    [
        ("independent", "", "privacy: "),
        ("arf", "", "privacy=release"),
        ("arf", PRIVACY, "no generator"),
    ],
)
def test_nothing_to_audit_is_a_mistake(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    generator: str,
    privacy: str,
    path: str,
) -> None:
    assert main(["audit", write(tmp_path, generator, privacy)]) == 2
    assert path in capsys.readouterr().err


def test_a_bad_place_for_results_is_told_before_any_fit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", write(tmp_path), "-o", str(tmp_path / "none" / "audit.json")]) == 2
    told = capsys.readouterr()
    assert "audit.json: cannot be written (No such file or directory)" in told.err
    assert told.out == ""


def test_fits_that_cannot_exceed_epsilon_show_nothing() -> None:
    bound, event = Bound(0.0, 0.5, 0.3, 0.5, 0.7), Event(0, 0.1, above=True, world="with")
    asked = ("aim@eps=3", 3.0, 1e-5, 0.95)
    few = AuditResult(*asked, 20, 10, 1.6, "lone", "all columns", event, bound)
    assert "nothing shown: so few fits cannot exceed" in tell(few)
    many = AuditResult(*asked, 1500, 750, 6.0, "lone", "all columns", event, bound)
    assert tell(many).startswith("aim@eps=3: no violation found\n")
