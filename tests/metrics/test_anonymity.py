from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synthcraft.data.table import Column, Table, conform
from synthcraft.errors import DataError
from synthcraft.metrics.anonymity import k_anonymity, l_diversity, read_population, t_closeness
from tests.metrics.attacks.conftest import attacked


def numbered(words: str) -> np.ndarray:
    return np.unique(words.split(), return_inverse=True)[1]


def test_sweeney() -> None:
    """Figure 2 of Sweeney 2002: race, birth, gender and ZIP of eleven patients; k = 2."""
    rows = (
        "black,1965,m,0214* black,1965,m,0214* black,1965,f,0213* black,1965,f,0213* "
        "black,1964,f,0213* black,1964,f,0213* white,1964,m,0213* white,1964,m,0213* "
        "white,1964,m,0213* white,1967,m,0213* white,1967,m,0213*"
    )
    assert k_anonymity(numbered(rows)) == 2


def test_machanavajjhala() -> None:
    """Figures 2 and 3 of Machanavajjhala et al. 2007: 4-anonymous but 1-diverse; 3-diverse."""
    made = np.repeat([0, 1, 2], 4)
    four = numbered("heart heart viral viral cancer heart viral viral " + "cancer " * 4)
    assert k_anonymity(made) == 4
    assert l_diversity(made, four) == (1.0, 1.0)
    three = numbered("heart viral cancer cancer cancer heart viral viral heart viral cancer cancer")
    # Shares 1/4, 1/4, 1/2 in each class: an entropy of 1.5 ln 2.
    assert l_diversity(made, three) == pytest.approx((3.0, 2**1.5))


def test_li() -> None:
    """Tables 3 and 5 of Li et al. 2007: salaries are 0.375-close, and then 0.167-close."""
    made = np.repeat([0, 1, 2], 3)
    salaries = np.array([3, 4, 5, 6, 11, 8, 7, 9, 10])
    assert t_closeness(made, salaries, ordered=True) == pytest.approx(0.375)
    closer = np.array([3, 5, 9, 6, 11, 8, 4, 7, 10])
    assert t_closeness(made, closer, ordered=True) == pytest.approx(1 / 6)
    # Equal distances, by hand: the first class lacks 5/9 of all patients' diseases.
    ills = numbered("ulcer cancer pneumonia gastritis flu bronchitis gastritis bronchitis cancer")
    assert t_closeness(made, ills, ordered=False) == pytest.approx(5 / 9)


def test_classes_in_blocks_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    made, secret = rng.integers(40, size=500), rng.integers(30, size=500)
    whole = t_closeness(made, secret, ordered=True)
    monkeypatch.setattr("synthcraft.metrics.anonymity.CELLS", 70)
    assert t_closeness(made, secret, ordered=True) == whole


COLUMNS = (
    Column("age", "numeric", decimals=0),
    Column("a (b)", "categorical", ("f", "m")),
    Column("ill", "categorical", ("no", "yes")),
    Column("bp", "numeric"),
)


def table(n: int = 20) -> Table:
    frame = pd.DataFrame(
        {
            "age": [30, 40] * (n // 2),
            "a (b)": ["f", "m"] * (n // 2),
            "ill": (["no"] * 3 + ["yes"]) * (n // 4),
            "bp": np.arange(n) * 1.0,
        }
    )
    known = ("age", "a (b)")
    return Table(
        *(conform(frame, COLUMNS), COLUMNS, "classification", "ill", "yes"),
        sensitive=("bp",),
        quasi_identifiers=known,
    )


def made(data: Table) -> pd.DataFrame:
    """The rows with other blood pressures, of the same order."""
    return data.frame.assign(bp=data.frame["bp"] + 0.5)


def test_each_secret_and_the_worst_one() -> None:
    data = table()
    found = attacked("anonymity", data, data, made(data))
    values = {(key[0], key[2]): m.value for key, m in found.items()}
    assert values["k_anonymity", ""] == 10
    assert values["l_diversity", "ill"] == values["l_diversity", ""] == 1
    assert values["l_diversity", "bp"] == 10
    assert values["l_diversity_entropy", "bp"] == pytest.approx(10)
    # All of class 30 f are «no», three quarters of everybody are.
    assert values["t_closeness", "ill"] == pytest.approx(0.25) == values["t_closeness", ""]
    assert found["k_map", "", "", "value"].status == "not_applicable"
    assert "population" in found["k_map", "", "", "value"].reason
    assert {m.role for m in found.values()} == {"value"}


def test_classes_of_real_rows_are_not_told() -> None:
    # The reference generators hand out real rows; a small class would be so many people.
    data = table()
    found = attacked("anonymity", data, data, data.frame)
    assert {m.status for m in found.values()} == {"not_applicable"}


@pytest.mark.parametrize(("times", "told"), [(12, 12.0), (5, None), (0, 0.0)])
def test_a_population(times: int, told: float | None, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    people = {"age": [30] * 40 + [40] * times + [99] * 3, "other": 1}
    people["a (b)"] = ["f"] * 40 + ["m"] * times + ["f"] * 3
    pd.DataFrame(people).to_csv(path, index=False)
    data = table()
    found = attacked("anonymity", data, data, made(data), population=str(path))
    k_map = found["k_map", "", "", "value"]
    assert k_map.value == told
    assert told is not None or (k_map.status, str(times) in k_map.reason) == (
        "not_applicable",
        False,
    )
    # 10 synthetic rows of each kind among 40, and among 12, 5 (at most 1) or nobody (left out).
    wanted = {12: 10 / 12, 5: 1.0, 0: 10 / 40}[times]
    assert found["delta_presence", "", "", "value"].value == pytest.approx(wanted)


def test_a_population_that_is_not_there_or_not_whole(tmp_path: Path) -> None:
    columns = COLUMNS[:2]
    with pytest.raises(DataError, match="no file"):
        read_population(tmp_path / "people.csv", columns)
    pd.DataFrame({"Age": [1], "a (b)": ["f"]}).to_csv(tmp_path / "people.csv", index=False)
    with pytest.raises(DataError, match="no column 'age'"):
        read_population(tmp_path / "people.csv", columns)
    data = table()
    found = attacked("anonymity", data, data, data.frame, population=str(tmp_path / "no.csv"))
    assert {m.status for m in found.values()} == {"failed"}
    assert all("no file" in m.reason for m in found.values())
