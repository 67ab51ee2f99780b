"""On real tables a metric ranks tables of known quality, or the report says that it cannot."""

import importlib.util
from types import ModuleType

import pytest

from synthcraft.report.summary import Quantity, Summary
from tests.conftest import ROOT

SUITE = (
    *("marginals", "correlation", "contingency", "c2st", "mmd", "manifold", "utility"),
    *("exact_match", "dcr", "dcr_share", "authenticity", "identifiability", "mia_distance"),
    *("singling_out", "linkability"),
)
# What must tell good from bad wherever there are at least a thousand rows.
TELLING = (
    *("tv_complement", "ks_complement", "exact_match_rate"),
    *("dcr_share", "authenticity", "identifiability", "mia_distance", "singling_out"),
)
# And where columns depend on each other, which those of the simulated cohort hardly do.
JOINT = ("contingency_similarity", "correlation_similarity", "coverage", "c2st")


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    """The benchmark of the planted ladder."""
    found = importlib.util.spec_from_file_location("ladder", ROOT / "benchmarks" / "ladder.py")
    assert found and found.loader
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.fixture(scope="module", params=["nhanes", "simulated", "tumours", "wide"])
def rungs(request: pytest.FixtureRequest, benchmark: ModuleType) -> tuple[str, Summary, list]:
    """The table's name, its summary, and a row per overall quantity."""
    summary = benchmark.ladder(request.param, SUITE)
    return request.param, summary, list(benchmark.told(summary))


@pytest.mark.slow
def test_no_metric_is_silent(rungs: tuple[str, Summary, list]) -> None:
    _, _, rows = rungs
    verdicts = {row[0]: (row[-2], row[-1]) for row in rows}
    assert len(verdicts) > 20
    for measure, (verdict, reason) in verdicts.items():
        assert verdict == "yes" or reason, measure


@pytest.mark.slow
def test_large_tables_leave_no_leading_metric_untold(rungs: tuple[str, Summary, list]) -> None:
    name, _, rows = rungs
    if name in ("tumours", "wide"):
        pytest.skip("too few rows to promise it")
    told = {row[0].split()[0] for row in rows if row[-2] == "yes"}
    assert set(TELLING) <= told
    assert name == "simulated" or set(JOINT) <= told


@pytest.mark.slow
def test_half_a_copy_is_half_a_risk(rungs: tuple[str, Summary, list]) -> None:
    _, summary, _ = rungs
    for metric in ("exact_match_rate", "dcr_share", "identifiability", "mia_distance"):
        excess = Quantity(metric, role="excess")
        copied, half, fresh = (
            summary.score(arm, excess).estimate
            for arm in ("train_copy", "half_copied", "fresh_real")
        )
        assert copied and half and fresh
        assert copied.mean > half.mean > fresh.mean, metric
        # A memoriser is the end of the scale; fresh rows are its start, within 5 splits' errors.
        assert abs(fresh.mean) < 4 * max(fresh.error or 0, 0.02), metric


@pytest.mark.slow
def test_what_cannot_tell_is_kept_out_of_the_scale(benchmark: ModuleType) -> None:
    summary = benchmark.ladder("tumours", ("utility", "marginals"))
    # 84 rows are too few for boosted trees: a copy of train is no better than noise.
    useless = Quantity("tstr.auroc", model="boosting")
    assert summary.informative(useless) == "no"
    assert summary.informative(Quantity("ks_complement")) == "yes"
