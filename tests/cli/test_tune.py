"""``tune`` as a user calls it: what is written when, what goes on, and what is refused."""

import csv
import io

import pytest
import yaml

from synthcraft.select import tune
from synthcraft.select.record import COLUMNS
from synthcraft.select.tune import Bench
from synthcraft.select.uses import USES
from tests.select.recorded import recorded

ARMS = ("arm2", "arm3", "arm6")
DATASETS = 7  # fewer than six cannot show anything


@pytest.fixture
def table(tmp_path):
    """A recorded table of three arms."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="x")
    writer.writeheader()
    writer.writerows(
        row for row in recorded(datasets=DATASETS, splits=4, noise=0.05) if row["arm"] in ARMS
    )
    path = tmp_path / "table.csv"
    path.write_text(text.getvalue())
    return path


@pytest.fixture(autouse=True)
def few_episodes(monkeypatch):
    monkeypatch.setattr(tune, "BUDGETS", (0.3,))
    monkeypatch.setattr(tune, "USES", USES[:1])


@pytest.fixture
def helpful(monkeypatch):
    """A world in which the less the exponent of seconds, the less is lost, whatever is played."""

    def losses(self, values, priors):
        return {name: values["gamma"] * (1 + int(name[-1]) / 50) / 50 for name in priors}

    monkeypatch.setattr(Bench, "losses", losses)


# Of 9 draws from [0, 1.2], all lie above the default 0.5 with a chance of 0.6⁹ = 0.01.
BETTER = ("--trials", "10", "--folds", "2")
SMALL = ("--trials", "3", "--folds", "2")


def test_values_that_are_not_shown_to_be_better_are_not_written(call, table):
    answer = call("tune", "selector=ucb_e", "--table", str(table), *SMALL)
    assert answer.code == 0
    assert "parameter  default  tuned" in answer.out
    assert "The tuned values are not shown to be better, and the defaults stay:" in answer.out
    assert "conf/selector/ucb_e_tuned.yaml was not written.\n" in answer.out
    assert not (table.parent / "conf").exists()
    assert "all tables: 3 trials, least loss 0.0" in answer.err
    assert answer.err.count("without fold ") == 2
    page = table.parent / answer.out.rpartition("report: ")[2].strip()
    assert page.parent.parent.parent.name == "tuning"
    html = page.read_text()
    for told in ("Verdict", "Optuna’s history", "table6", "Optimism"):
        assert told in html
    assert html.count("<svg") == 2  # gains and history; three trials are too few for importances
    assert (page.parent / "figures" / "history.svg").is_file()


def test_values_that_are_better_become_an_option(call, table, helpful):
    answer = call(
        "tune", "selector=kg", "selector.params.price=1e-6", "--table", str(table), *BETTER
    )
    assert answer.code == 0
    assert "The tuned values are better: on tables that they were not tuned on" in answer.out
    text = (table.parent / "conf" / "selector" / "kg_tuned.yaml").read_text()
    assert "tables not tuned on" in text and "95 % interval" in text
    option = yaml.safe_load(text)
    assert option["plugin"] == "kg" and option["batch"] == 1
    assert option["params"]["gamma"] < 0.5
    assert option["params"]["price"] == 1e-6 and option["params"]["rungs"] == [0.11, 0.33, 1]
    assert f"selector=kg selector.params.price=1e-06 selector.params.gamma={option['params']['gamma']}" in answer.out  # fmt: skip  # noqa: E501
    again = call("tune", "selector=kg", "--table", str(table), *BETTER)
    assert again.code == 0  # its own file is written anew
    index = table.parent / again.out.rpartition("report: ")[2].strip()
    assert index.read_text().count("<svg") == 3


def test_a_written_option_is_a_valid_selector(call, table, helpful, tmp_path):
    assert call("tune", "selector=kg", "--table", str(table), *BETTER).code == 0
    block = yaml.safe_load((tmp_path / "conf/selector/kg_tuned.yaml").read_text())
    spec = {
        "name": "x",
        "dataset": {"plugin": "breast_cancer"},
        "generators": {"arf": {"plugin": "arf"}},
        "objective": {"weights": {"fidelity": 1, "utility": 1}},
        "budget": {"pulls": 4},
        "selector": block,
    }
    (tmp_path / "x.yaml").write_text(yaml.safe_dump(spec))
    answer = call("validate", "x.yaml")
    assert answer.code == 0, answer.err


def test_the_same_command_goes_on_after_an_interruption(call, table, monkeypatch):
    words = ("tune", "selector=ucb_e", "--table", str(table), *SMALL)
    losses, calls = Bench.losses, []

    def interrupted(self, values, priors):
        calls.append(values)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return losses(self, values, priors)

    whole = call(*words, "--dir", "whole")
    with monkeypatch.context() as patch:
        patch.setattr(Bench, "losses", interrupted)
        answer = call(*words, "--dir", "parts")
    assert answer.code == 130
    assert "every trial that ended is kept in parts. To go on:\n" in answer.err
    assert f"python -m synthcraft tune selector=ucb_e --table {table}" in answer.err
    assert "Traceback" not in answer.err
    rest = call(*words, "--dir", "parts")
    assert rest.out.replace("parts", "whole") == whole.out
    for name in ("figures/history.svg", "figures/gains.svg"):
        one, other = (table.parent / folder / "report" / name for folder in ("whole", "parts"))
        assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["seed=3"], "seed: is no setting of a selector"),
        (["selector.params.gamma=1"], "selector: got 0 selectors, one is tuned at a time"),
        (["selector=kgg"], "selector: there is no option 'kgg'. Did you mean 'kg'?"),
        (["selector=uniform"], "selector: there is nothing to tune of 'uniform'. Accepted: kg"),
        (["selector=exhaustive"], "selector: there is nothing to tune of 'exhaustive'"),
        (
            ["selector=kg", "selector.params.gama=1"],
            "gama: unknown parameter. Did you mean 'gamma'",
        ),
        (
            ["selector=kg", "selector.params.gamma=-1"],
            "selector.params.gamma: got -1. Accepted: greater than or equal to 0.",
        ),
        (["selector=kg", "selector.params.prior=none"], "prior: is not set here. It is learned"),
        (["selector=kg", "selector.params.rungs=[1]"], "rungs: is not set here. They are those"),
        (["selector=ucb_e", "selector.params.a=1"], "every parameter that could be tuned is set"),
        (["selector=kg", "--table", "nowhere.csv"], "--table: there is no file 'nowhere.csv'"),
        (["selector=kg", "--folds", "1"], "got '1', give a whole number of at least 2"),
        (["selector=kg", "--trials", "many"], "got 'many', give a whole number of at least 1"),
    ],
)
def test_what_cannot_be_tuned_is_told(call, table, words, told):
    options = [] if "--table" in words else ["--table", str(table)]
    answer = call("tune", *words, *options)
    assert answer.code == 2
    assert told in answer.err
    assert "Traceback" not in answer.err
    assert not (table.parent / "tuning").exists()


def test_tables_that_cannot_be_tuned_on_are_told(call, table):
    lines = table.read_text().splitlines()
    few = [line for line in lines if not line.startswith("x,table") or line[7] in "012"]
    for text, told in (
        ("\n".join(few), "got 3 datasets, at least 4 are needed to tune"),
        ("a,b\n1,2\n", "has not the columns of a recorded table"),
        (lines[0] + "\n", "got 0 datasets"),
        ("\n".join([lines[0], lines[1].replace("0.4", "much"), *lines[2:]]), "than a number"),
    ):
        table.write_text(text)
        answer = call("tune", "selector=ucb_e", "--table", str(table))
        assert (answer.code, told in answer.err, "Traceback" in answer.err) == (2, True, False), (
            answer.err
        )


def test_files_of_others_are_not_overwritten(call, table):
    mine = table.parent / "mine.yaml"
    mine.write_text("plugin: kg\n")
    answer = call("tune", "selector=kg", "--table", str(table), "--to", "mine.yaml")
    assert answer.code == 2
    assert "mine.yaml: is there, and tune has not made it. Name another file" in answer.err
    assert mine.read_text() == "plugin: kg\n"


def test_another_study_s_folder_is_refused(call, table):
    words = ("tune", "selector=ucb_e", "--table", str(table), "--dir", "here", *SMALL)
    assert call(*words).code == 0
    answer = call(*words, "--seed", "1")
    assert answer.code == 2
    assert "here: holds a study with another seed. Name another directory" in answer.err
