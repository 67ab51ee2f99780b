import json
import math

import pytest

from synthcraft.cli.ledger import main
from synthcraft.privacy.accountant import epsilon_of, rho_of, zcdp_curve
from synthcraft.report.document import Paragraph, Table
from synthcraft.report.spent import spent_section
from synthcraft.report.summary import Summary
from synthcraft.results import load_run
from tests.report.conftest import PRIVATE, fabricate


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Runs of three private generators: at ε 1, at 3 and void on one table, at 1 on another."""
    base = tmp_path_factory.mktemp("spent")
    changes = {
        "one": {"epsilons": [1]},
        "three": {"epsilons": [3]},
        "void": {"epsilons": [2], "noise": "seeded"},
        "other": {"epsilons": [1]},
    }
    return {
        name: fabricate(
            base / name,
            **PRIVATE
            | {"name": name, "privacy": PRIVATE["privacy"] | change}
            | ({"seed": 7} if name == "other" else {}),
        )
        for name, change in changes.items()
    }


def section_of(folders, *names):
    found = spent_section([Summary(load_run(folders[name])) for name in names])
    assert found is not None
    return found


def rows_of(section):
    (table,) = (block for block in section.blocks if isinstance(block, Table))
    return [[cell.text for cell in row] for row in table.groups[0].rows]


def told(section):
    return [block.text for block in section.blocks if isinstance(block, Paragraph)]


def summed(*epsilons):
    """ε of nine accounted fits (three generators, three splits) at each level, rounded up."""
    rho = 9 * sum(rho_of(epsilon, 1e-5) for epsilon in epsilons)
    found = epsilon_of(zcdp_curve(rho), 9e-5 * len(epsilons))
    return f"ε = {math.ceil(100 * found) / 100:.2f}"


def test_without_differential_privacy_there_is_no_section(whole):
    assert spent_section([Summary(load_run(whole))] * 2) is None


def test_each_run_stands_with_its_promise_and_its_total(folders, whole):
    section = section_of(folders | {"whole": whole}, "one", "three", "whole")
    one, three, none = rows_of(section)
    assert one[1] == "independent at ε 1; mst at ε 1; aim at ε 1; dpgan at ε claimed 1"
    assert one[2:] == ["12", f"{summed(1)}, δ = 0.00009"]
    assert three[3] == f"{summed(3)}, δ = 0.00009"
    assert none[1:] == ["—", "0", "—"]


def test_runs_on_one_table_are_added_up_as_the_ledger_does(folders, capsys):
    accounted, claimed = told(section_of(folders, "one", "three"))
    assert accounted.startswith("2 runs on one table (")
    assert accounted.endswith(f"counted as if on the same people: {summed(1, 3)}, δ = 0.00018.")
    assert "6 fits spent ε = 12.00, δ = 0.00006, claimed by synthcity, not verified" in claimed
    main([str(folders["one"]), str(folders["three"]), "--json"])
    total = json.loads(capsys.readouterr().out)["accounted"]["epsilon"]
    assert f"ε = {math.ceil(100 * total) / 100:.2f}," in accounted


def test_runs_on_different_tables_are_added_up_with_a_word_of_warning(folders):
    accounted, _ = told(section_of(folders, "one", "other"))
    assert accounted.startswith("Different tables can hold the same people. If they do, all runs")
    assert f"{summed(1, 1)}, " in accounted


def test_a_sum_with_a_void_run_is_no_promise(folders):
    section = section_of(folders, "one", "void")
    (table,) = (block for block in section.blocks if isinstance(block, Table))
    whole = table.groups[0].rows[1][3]
    assert whole.details[0] == "void" and whole.tone == "alert"
    assert "No promise: ε is void in void-" in told(section)[0]
    assert "ε void 2" in rows_of(section)[1][1]
