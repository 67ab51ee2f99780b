import pytest

from synthcraft.cli.summary import summarise
from synthcraft.report.choice import primary
from synthcraft.report.gains import NOTHING, changed, design_of, gains, named
from synthcraft.report.summary import Summary
from synthcraft.report.words import interval, number
from synthcraft.results import load_run
from tests.report.conftest import fabricate
from tests.report.test_augmentation import augmented


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return load_run(fabricate(tmp_path_factory.mktemp("runs") / "run", fail=("ctgan",)))


def test_it_prints_what_the_report_leads_with(made):
    summary = Summary(made)
    lines = summarise(made).splitlines()
    for family in ("fidelity", "utility", "privacy"):
        quantity = primary(summary, family)
        assert quantity is not None
        assert quantity.metric in lines[0]
        for contender in summary.contenders:
            estimate = summary.score(contender.arm.id, quantity).estimate
            line = next(row for row in lines if contender.label in row.split(maxsplit=1)[0])
            if estimate is not None:
                assert number(estimate.mean) in line
                assert interval(estimate) in line


def test_failures_and_references_are_told(made):
    text = summarise(made)
    assert "0 of" in text
    assert "ctgan: " in text
    assert "(noise)" in text


def test_what_added_rows_gained_is_told_by_group(made):
    text = summarise(augmented(made))
    first, _, second = text.partition("all above: of the added rows alone, against real rows of ")
    assert "tstr." in first
    lines = second.splitlines()
    assert "gain in AUROC" in lines[-1]
    design = design_of(Summary(augmented(made)))
    assert design is not None
    found = gains(Summary(augmented(made)), design)
    for (treatment, _), effect in found.items():
        told = [line for line in lines if line.startswith(f"{named(treatment)}  ")]
        if treatment == NOTHING:
            assert not told
        else:
            assert changed(effect.change) in told[0]
    assert "all above" not in summarise(made)
