import pytest

from synthcraft.report.document import Fold, Paragraph, Table
from synthcraft.report.inference import endpoints
from synthcraft.report.pooled import studies
from synthcraft.report.summary import Quantity, Summary
from synthcraft.report.variance import variance_section
from synthcraft.report.words import number
from synthcraft.report.write import compose
from synthcraft.results import load_run
from synthcraft.stats.variance import decompose
from tests.report.conftest import NAMES

FIDELITY = Quantity("contingency_similarity")


@pytest.fixture(scope="module")
def make(make_run, tmp_path_factory):
    def one(place=0, *, seeds=2, **more):
        dataset = {
            "plugin": "nhanes",
            "params": {"sample": 300 + place},
            "target": NAMES[-1],
            "sensitive": [NAMES[0]],
        }
        folder = tmp_path_factory.mktemp("variance") / "run"
        changes = {"design": {"splits": 3, "replicates": seeds}, "dataset": dataset, **more}
        return Summary(load_run(make_run(folder, rows=300 + place, **changes)))

    return one


def table_of(section, name="variance"):
    return next(b for b in section.blocks if isinstance(b, Table) and b.id == name)


def test_splits_and_seeds_of_one_run_are_told_apart(make):
    run = make()
    section = variance_section(studies([run]))
    fidelity = table_of(section).groups[0]
    assert fidelity.title == "Fidelity: Pairs of columns"
    assert [row[0].text for row in fidelity.rows] == [
        "Split, all generators alike",
        "Split, each generator for itself",
        "Generator seed",
    ]
    values = {c.arm.id: {0: run.samples(c.arm.id, FIDELITY)} for c in run.generators}
    found = decompose(values)
    assert [row[1].text for row in fidelity.rows] == [
        number(found.variance(term.sources[0]).value ** 0.5) for term in found.terms
    ]
    shares = [int(row[2].text.removesuffix(" %")) for row in fidelity.rows]
    assert sum(shares) == pytest.approx(100, abs=2)  # each is rounded


def test_with_one_seed_it_is_not_told_from_the_split(make):
    rows = table_of(variance_section(studies([make(seeds=1)]))).groups[0].rows
    assert rows[-1][0].text == "Split, each generator for itself"
    assert rows[-1][0].details == ("not told apart from: generator seed",)


def test_several_tables_are_one_decomposition(make):
    section = variance_section(studies([make(k) for k in range(3)]))
    rows = table_of(section).groups[0].rows
    assert [row[0].text for row in rows][:2] == [
        "Dataset, all generators alike",
        "Dataset, each generator for itself",
    ]
    assert [int(row[3].text) for row in rows] == [2, 8, 6, 24, 45]
    words = [block.text for block in section.blocks if isinstance(block, Paragraph)]
    assert words[0].startswith("Fidelity: ")
    assert "of it is left where generators are compared" in words[0]


def test_settings_on_one_table_have_their_own(make):
    made = [make(), make(generators={"arf": {"plugin": "arf"}, "tvae": {"plugin": "tvae"}})]
    section = variance_section(studies(made))
    folds = [block for block in section.blocks if isinstance(block, Fold)]
    names = [b.id for fold in folds for b in fold.blocks if isinstance(b, Table)]
    assert names == ["variance-1", "variance-2"]


def test_other_measures_are_put_on_one_scale(make, monkeypatch):
    """Where measures differ, values lie between their reference generators: 0 and 1."""
    runs = [make(0), make(1)]
    first, second = studies(runs)
    other = Quantity("correlation_similarity")
    own = {id(first.first): FIDELITY, id(second.first): other}
    chosen = lambda summary: {"fidelity": own[id(summary)]}  # noqa: E731
    monkeypatch.setattr("synthcraft.report.variance.endpoints", chosen)
    table = table_of(variance_section([first, second]))
    assert "scale from 0 to 1" in table.groups[0].title
    values = {}
    for name, study in (("a", first), ("b", second)):
        quantity = chosen(study.first)["fidelity"]
        for contender in study.first.generators:
            arm = contender.arm.id
            low, high = (
                sum(map(sum, side.values())) / sum(map(len, side.values()))
                for side in study.first.anchors(arm, quantity)
            )
            placed = {
                split: [(v - low) / (high - low) for v in found]
                for split, found in study.first.samples(arm, quantity).items()
            }
            values.setdefault(arm, {})[name] = placed
    found = decompose(values)
    assert [row[1].text for row in table.groups[0].rows] == [
        number(found.variance(term.sources[0]).value ** 0.5) for term in found.terms
    ]


def test_one_trial_of_each_tells_nothing(make):
    run = make(seeds=1, design={"splits": 1})
    assert endpoints(run)
    assert variance_section(studies([run])) is None


def test_one_run_has_the_section_where_seeds_are_repeated(make):
    ids = [[section.id for section in compose([make(seeds=k).run]).sections] for k in (1, 2)]
    assert [{"variance", "enough"} <= set(found) for found in ids] == [False, True]
