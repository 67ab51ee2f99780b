import math
import statistics

import pytest
from scipy.stats import t as student

from synthcraft.report.document import Fold, Table
from synthcraft.report.pooled import Study, studies
from synthcraft.report.summary import Quantity, Summary
from synthcraft.report.triad import triad_section
from synthcraft.report.words import number
from synthcraft.results import load_run

KEPT = {"names": ("group", "x", "y"), "rows": 300}
FIDELITY = Quantity("contingency_similarity")


@pytest.fixture(scope="module")
def runs(make_run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("triad")
    made = [make_run(folder / str(seed), seed=seed, fail=["tvae"], **KEPT) for seed in (0, 1, 2)]
    return tuple(Summary(load_run(run)) for run in made)


def test_seeds_are_one_study_of_all_their_splits(runs):
    (study,) = studies(runs)
    values = [v for run in runs for found in run.samples("arf", FIDELITY).values() for v in found]
    assert len(values) == 9
    found = study.estimate("arf", FIDELITY)
    mean, spread = statistics.fmean(values), statistics.stdev(values)
    half = student.ppf(0.975, 8) * spread * math.sqrt(1 / 9 + 90 / 210)
    assert found.mean == pytest.approx(mean)
    assert study.deviation("arf", FIDELITY) == pytest.approx(spread)
    assert (found.low, found.high) == pytest.approx((mean - half, mean + half))
    assert study.described() == "9 splits, 3 runs (seeds 0, 1 and 2)"


def test_other_settings_are_another_study(runs, make_run, tmp_path):
    other = make_run(tmp_path / "run", seed=3, generators={"arf": {"plugin": "arf"}}, **KEPT)
    assert len(studies([*runs, Summary(load_run(other))])) == 2


def test_seeds_do_not_divide_data_that_declare_their_parts(make_run, tmp_path):
    dataset = {"plugin": "csv", "target": "y", "params": {"path": "a.csv", "holdout_path": "b.csv"}}
    made = [make_run(tmp_path / str(s), seed=s, dataset=dataset, **KEPT) for s in (0, 1)]
    assert len(studies([Summary(load_run(run)) for run in made])) == 2


def test_the_table_tells_mean_deviation_and_interval_and_who_failed(runs):
    section = triad_section(studies(runs))
    (table,) = section.blocks
    assert table.id == "triad"
    place = next(k for k, head in enumerate(table.heads) if head.about == FIDELITY.metric)
    rows = {row[0].text: row for group in table.groups for row in group.rows}
    study = Study(runs)
    found, spread = study.estimate("arf", FIDELITY), study.deviation("arf", FIDELITY)
    assert rows["arf"][place].text == f"{number(found.mean)} ({number(spread)})"
    assert rows["arf"][place].details[0] == f"{number(found.low)} to {number(found.high)}"
    assert all(cell.text == "failed" for cell in rows["tvae"][1:])
    families = [head.details[0] for head in table.heads[1:]]
    assert families == sorted(families, key=["privacy", "fidelity", "utility"].index)


def test_several_datasets_have_a_table_each_and_none_is_averaged(runs, make_run, tmp_path):
    other = make_run(
        tmp_path / "run",
        names=("group", "x", "y"),
        rows=200,
        dataset={"plugin": "csv", "target": "y"},
    )
    section = triad_section(studies([*runs, Summary(load_run(other))]))
    folds = [block for block in section.blocks if isinstance(block, Fold)]
    assert [fold.summary for fold in folds] == ["nhanes", "csv"]
    ids = [block.id for fold in folds for block in fold.blocks if isinstance(block, Table)]
    assert ids == ["triad-1", "triad-2"]
