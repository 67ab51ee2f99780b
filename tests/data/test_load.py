"""From a spec to a table: rules of inference, and every problem told at once."""

import numpy as np
import pandas as pd
import pytest

from synthcraft.data.describe import fingerprint
from synthcraft.data.load import build_table, load_table
from synthcraft.errors import DataError
from synthcraft.spec.types import DatasetSpec


def test_inferred_meanings(people, build):
    frame = people.assign(
        flag=people["sex"] == "f",
        coded=people["age"] % 2,
        once=people["age"] % 2 + 1,
        stage=people["age"] % 4,
        late=people["bmi"].where(people["bmi"] > 27),
    )
    table = build(frame, target="sick", id="person")
    types = {column.name: column.type for column in table.columns}
    assert types == {
        **dict.fromkeys(["age", "bmi", "stage", "late"], "numeric"),
        **dict.fromkeys(["sex", "flag", "coded", "once", "sick"], "categorical"),
    }
    assert table.column("flag").levels == ("False", "True")
    assert table.column("coded").levels == ("0", "1")
    assert (table.column("age").decimals, table.column("bmi").decimals) == (0, 1)
    assert any("Read as numbers" in note and "stage" in note for note in table.notes)
    assert {column.origin for column in table.columns} == {"inferred"}
    assert table.column("bmi").low <= people["bmi"].min()
    assert (table.positive, table.task) == ("yes", "classification")


def test_frame_is_canonical(people, build):
    frame = people.assign(gaps=people["bmi"].where(people["age"] > 30).astype("Float32"))
    table = build(frame, target="sick", id="person", keep=["age", "sex", "gaps", "sick"])
    assert table.names == ("age", "sex", "sick", "gaps")  # the file's order, not that of keep
    assert table.column("gaps").decimals == 1  # single precision keeps the decimals it was given
    kinds = [str(dtype) for dtype in table.frame.dtypes]
    assert kinds == ["float64", "category", "category", "float64"]
    assert table.frame["gaps"].isna().sum() == (people["age"] <= 30).sum()
    assert isinstance(table.frame.index, pd.RangeIndex)


def test_declared_meanings_win(people, build):
    columns = {
        "age": {"low": 0, "high": 120, "label": "Age", "unit": "years"},
        "sex": {"levels": ["m", "f", "x"]},
        "bmi": {"decimals": 0},
    }
    table = build(people, target="sick", id="person", columns=columns)
    assert (table.column("age").low, table.column("age").high) == (0, 120)
    assert table.column("sex").levels == ("m", "f", "x")
    assert table.column("sex").origin == "declared"
    assert (table.frame["bmi"] % 1 == 0).all()


def test_numbers_declared_categorical(people, build):
    stage = people.assign(stage=people["age"] % 12 + 0.0)
    table = build(stage, target="sick", id="person", columns={"stage": {"type": "categorical"}})
    assert table.column("stage").levels == tuple(str(level) for level in range(12))


def test_id_and_weight_stay_out(people, build):
    frame = people.assign(w=np.linspace(1, 9, 200))
    table = build(frame, target="sick", id="person", weight="w")
    assert table.names == ("age", "bmi", "sex", "sick")
    assert table.groups.tolist() == people["person"].tolist()
    assert any("Weights (w)" in note for note in table.notes)
    assert table.weights.tolist() == frame["w"].tolist()
    assert table.take([3, 1]).weights.tolist() == frame["w"][[3, 1]].tolist()
    assert table.with_frame(table.frame).weights is None
    other = build(frame.assign(w=frame["w"] * 2), target="sick", id="person", weight="w")
    assert fingerprint(other) != fingerprint(table)


def test_strata_and_clusters_stay_out(people, build):
    frame = people.assign(place=np.resize(["a", "b"], 200), street=np.repeat([1, 2, 3, 4], 50))
    fields = {"target": "sick", "id": "person"}
    table = build(frame, strata="place", cluster="street", **fields)
    assert not {"place", "street"} & set(table.names)
    assert len(np.unique(table.clusters, axis=0)) == 8
    assert (table.take([3, 1]).clusters == table.clusters[[3, 1]]).all()
    assert table.with_frame(table.frame).clusters is None
    # Without clusters each row is one, without strata there is one.
    assert len(np.unique(build(frame, strata="place", **fields).clusters, axis=0)) == 200
    only = build(frame.drop(columns="place"), cluster="street", **fields)
    assert len(np.unique(only.clusters, axis=0)) == 4
    assert build(people, **fields).clusters is None
    assert fingerprint(table) != fingerprint(
        build(frame, strata="place", drop=["street"], **fields)
    )
    with pytest.raises(DataError, match=r"dataset\.strata: some rows have no 'place'"):
        build(frame.replace({"place": {"b": None}}), strata="place", cluster="street", **fields)


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf, "x"])
def test_a_row_without_usable_weight_is_told(people, build, bad):
    frame = people.assign(w=pd.Series([bad] + [1.0] * 199, index=people.index, dtype=object))
    with pytest.raises(DataError, match="Fewer than 10 rows have no usable weight in 'w'"):
        build(frame, target="sick", id="person", weight="w")


def test_rows_without_outcome_or_with_dropped_gaps_are_counted(people, build):
    frame = people.copy()
    frame.loc[:9, "sick"] = None
    frame.loc[8:19, "bmi"] = np.nan
    frame.loc[20:29, "sex"] = None
    table = build(frame, target="sick", id="person", columns={"bmi": {"missing": "drop"}})
    assert len(table) == 180
    assert len(table.groups) == 180
    assert table.frame["sex"].isna().sum() == 10
    assert any("10 of 200 rows dropped" in note for note in table.notes)
    assert any("10 of 190 rows dropped" in note for note in table.notes)


def test_no_number_of_dropped_rows_under_ten_can_be_computed(people, build):
    frame = people.copy()
    frame.loc[:10, "sick"] = None
    frame.loc[11:13, "bmi"] = np.nan
    table = build(frame, target="sick", id="person", columns={"bmi": {"missing": "drop"}})
    dropped = [note for note in table.notes if "dropped" in note]
    assert [note.split(" rows")[0] for note in dropped] == ["11", "Fewer than 10"]
    assert not any("200" in note or "189" in note for note in dropped)


def test_constant_column_is_left_out_with_a_note(people, build):
    table = build(people.assign(site="A"), target="sick", id="person")
    assert "site" not in table.names
    assert any("only one value: site" in note for note in table.notes)


def test_two_coded_outcome_is_a_class(people, build):
    frame = people.assign(sick=np.where(people["sick"] == "yes", 1.0, 2.0))
    table = build(frame, target="sick", id="person")
    assert (table.task, table.positive) == ("classification", "1")


def test_regression_and_stated_tasks(people, build):
    assert build(people, target="bmi", id="person").task == "regression"
    assert any(
        "task was not stated" in note for note in build(people, target="bmi", id="person").notes
    )
    stage = people.assign(stage=people["age"] % 3)
    assert build(stage, target="stage", id="person").task == "regression"
    table = build(stage, target="stage", id="person", task="classification")
    assert table.column("stage").levels == ("0", "1", "2")
    assert table.positive is None


@pytest.mark.parametrize("task", [None, "regression"])
def test_an_amount_has_no_positive_level(people, build, task):
    with pytest.raises(DataError) as caught:
        build(people, target="bmi", id="person", positive="1", task=task)
    (problem,) = caught.value.problems
    assert problem.path == "dataset.positive"
    assert "dataset.task=classification" in problem.hint


def test_more_than_two_classes_have_no_positive_level(people, build):
    stage = people.assign(stage=(people["age"] % 3).map({0: "a", 1: "b", 2: "c"}))
    with pytest.raises(DataError, match="has 3 levels"):
        build(stage, target="stage", id="person", positive="a")
    assert build(stage, target="stage", id="person").positive is None


def test_survival(people, build):
    frame = people.assign(months=people["age"] / 10, died=(people["sick"] == "no").astype(int))
    table = build(frame, target="died", time="months", id="person", keep=["months", "died", "bmi"])
    # Events are the commoner value here: the event is told by its meaning, not by its rarity.
    assert (table.task, table.positive) == ("survival", "1")
    assert table.features == ("bmi",)


@pytest.mark.parametrize(
    ("fields", "path", "says"),
    [
        ({"target": "sik"}, "dataset.target", "Did you mean 'sick'?"),
        ({"target": None}, "dataset.target", "not given"),
        ({"sensitive": ["sxe"]}, "dataset.sensitive", "Did you mean 'sex'?"),
        ({"quasi_identifiers": ["agee"]}, "dataset.quasi_identifiers", "Did you mean 'age'?"),
        ({"keep": ["sick", "agee"]}, "dataset.keep", "Did you mean 'age'?"),
        ({"keep": ["age", "bmi"]}, "dataset.keep", "leaves out 'sick'"),
        ({"columns": {"bmj": {}}}, "dataset.columns.bmj", "Did you mean 'bmi'?"),
        ({"id": "persn"}, "dataset.id", "Did you mean 'person'?"),
        ({"weight": "w"}, "dataset.weight", "no column 'w'"),
        ({"weight": "person"}, "dataset.weight", "already dataset.id"),
        ({"cluster": "person"}, "dataset.cluster", "already dataset.id"),
        ({"strata": "w"}, "dataset.strata", "no column 'w'"),
        ({"sensitive": ["person"]}, "dataset.sensitive", "is dataset.id"),
        ({"task": "regression"}, "dataset.task", "regression needs numbers"),
        ({"task": "classification", "target": "bmi"}, "dataset.task", "different values"),
        ({"task": "survival"}, "dataset.time", "needs the column of follow-up time"),
        ({"task": "classification", "time": "age"}, "dataset.time", "no meaning"),
        ({"positive": "maybe"}, "dataset.positive", "Its levels: no, yes."),
        ({"target": "sex", "time": "age"}, "dataset.positive", "level of an event"),
        ({"time": "sex"}, "dataset.time", "not numeric"),
        (
            {"columns": {"sex": {"type": "numeric"}}},
            "dataset.columns.sex",
            "200 values are not numbers",
        ),
        ({"columns": {"sex": {"levels": ["f"]}}}, "dataset.columns.sex.levels", "declared levels"),
        ({"columns": {"age": {"low": 30}}}, "dataset.columns.age.low", "are below 30"),
        ({"columns": {"age": {"high": 60}}}, "dataset.columns.age.high", "are above 60"),
        (
            {"max_levels": 2, "columns": {"age": {"type": "categorical"}}},
            "dataset.columns.age",
            "max_levels=2",
        ),
    ],
)
def test_wrong_spec(people, build, problems_of, fields, path, says):
    problems = problems_of(build, people, **{"target": "sick", "id": "person", **fields})
    assert says in problems[path]


@pytest.mark.parametrize(
    ("change", "path", "says"),
    [
        ({"sick": "no"}, "dataset.target", "same value in every row"),
        ({"sick": ["yes"] * 9 + ["no"] * 191}, "dataset.target", "1 class of fewer than 10 rows |"),
        ({"lab": np.nan}, "dataset.columns.lab", "no values at all"),
        (
            {"lab": [np.inf] + [1.5, 2.5, 3.0] * 66 + [0.5]},
            "dataset.columns.lab",
            "1 values are infinite or beyond",
        ),
        ({"code": range(1000, 1200)}, "dataset.columns.code", "looks like an identifier"),
        ({"name": [f"n{i}" for i in range(200)]}, "dataset.columns.name", "200 levels"),
        (
            {"day": pd.date_range("2020-01-01", periods=200)},
            "dataset.columns.day",
            "neither numbers nor text",
        ),
        ({"list": [[1]] * 200}, "dataset.columns.list", "neither numbers nor text"),
        ({"bmi_missing": [0, 1] * 100}, "dataset.columns.bmi.missing", "already there"),
        ({"person": None}, "dataset.id", "200 rows have no 'person'"),
    ],
)
def test_unusable_data(people, build, problems_of, change, path, says):
    frame = people.assign(**change)
    problems = problems_of(build, frame, target="sick", id="person", missing="impute")
    assert says in problems[path]


def test_only_declared_classes_of_few_rows_are_named(people, build, problems_of):
    diagnosis = ["Ann Doe", "Bob Roe"] + ["flu", "cold"] * 99
    frame = people.assign(diagnosis=diagnosis)
    told = problems_of(build, frame, target="diagnosis", id="person")["dataset.target"]
    assert "2 classes of fewer than 10 rows |" in told
    assert "Doe" not in told
    levels = {"diagnosis": {"levels": ["Ann Doe", "Bob Roe", "flu", "cold"]}}
    told = problems_of(build, frame, target="diagnosis", id="person", columns=levels)
    assert "'Ann Doe', 'Bob Roe'" in told["dataset.target"]


def test_negative_times(people, build, problems_of):
    frame = people.assign(months=people["bmi"] - 30)
    problems = problems_of(build, frame, target="sick", time="months", id="person")
    assert "are negative" in problems["dataset.time"]


def test_too_small(people, build, problems_of):
    few = people.groupby("sick").head(20)
    assert "40 usable rows" in problems_of(build, few, target="sick")["dataset"]
    lonely = people[["sick"]]
    assert "only one column" in problems_of(build, lonely, target="sick")["dataset"]


def test_ten_thousand_levels(build, problems_of):
    frame = pd.DataFrame({"name": [f"p{i}" for i in range(10_000)] * 2, "y": ["a", "b"] * 10_000})
    message = problems_of(build, frame, target="y")["dataset.columns.name"]
    assert "10,000 levels" in message
    assert "dataset.id" in message


def test_numbers_with_words_among_them_are_explained(people, build, problems_of):
    mixed = people.assign(lab=[f"{i / 10}" for i in range(199)] + ["<LOD"])
    message = problems_of(build, mixed, target="sick", id="person")["dataset.columns.lab"]
    assert "na_values" in message


def test_all_problems_at_once(people, build, problems_of):
    frame = people.assign(code=range(200), lab=np.nan, sick=["yes"] * 3 + ["no"] * 197)
    paths = set(problems_of(build, frame, target="sick", id="person"))
    assert paths == {"dataset.columns.code", "dataset.columns.lab", "dataset.target"}
    fields = {"target": "sik", "sensitive": ["sxe"], "columns": {"bmj": {}}}
    paths = set(problems_of(build, people, **fields))
    assert paths == {"dataset.target", "dataset.sensitive", "dataset.columns.bmj"}


def test_no_cell_value_is_told(people, build):
    canary = "Jane-Doe-1961"
    frame = people.assign(name=[f"{canary}{i}" for i in range(200)])
    specs = [
        {"columns": {"name": {"type": "numeric"}}},
        {"columns": {"name": {"levels": ["x", "y"]}}},
        {},
    ]
    for fields in specs:
        with pytest.raises(DataError) as caught:
            build(frame, target="sick", id="person", **fields)
        assert canary not in str(caught.value)


def test_unique_whole_numbers_can_be_declared(people, build):
    frame = people.assign(platelets=range(150_000, 150_200))
    table = build(frame, target="sick", id="person", columns={"platelets": {"type": "numeric"}})
    assert table.column("platelets").numeric


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("patient_id", np.repeat(np.arange(40), 5)),  # five visits each: 0.2 values per row
        ("SEQN", np.repeat(np.arange(40.0), 5)),
        ("subject", [f"P{k}" for k in np.repeat(np.arange(50), 4)]),
        ("PatientNo", np.repeat(np.arange(100), 2)),
        ("sample_id", np.repeat(np.arange(100), 2)),
    ],
)
def test_repeated_identifiers_are_told_by_their_name(people, build, problems_of, name, values):
    frame = people.drop(columns="person").assign(**{name: values})
    told = problems_of(build, frame, target="sick")
    assert list(told) == [f"dataset.columns.{name}"]
    assert "looks like an identifier" in told[f"dataset.columns.{name}"]
    assert "rows of one person then stay together" in told[f"dataset.columns.{name}"]
    assert name not in build(frame, target="sick", id=name).names
    declared = {name: {"type": "numeric" if name != "subject" else "categorical"}}
    assert name in build(frame, target="sick", columns=declared).names


@pytest.mark.parametrize("name", ["site_id", "acid", "fluid", "patients_seen", "patient_id"])
def test_codes_and_amounts_are_no_identifiers(people, build, name):
    values = np.repeat(np.arange(100), 2) if name != "site_id" else np.repeat(np.arange(40), 5)
    values = values % 20 if name == "patient_id" else values
    assert name in build(people.assign(**{name: values}), target="sick", id="person").names


def test_wrong_parameter_of_a_plugin(problems_of):
    problems = problems_of(
        load_table, DatasetSpec(plugin="simulated", params={"n": 3, "m": 1}), seed=0
    )
    assert set(problems) == {"dataset.params.n", "dataset.params.m"}


def test_written_out_spec_means_the_same():
    spec = DatasetSpec(plugin="nhanes")
    again = DatasetSpec.model_validate(spec.model_dump(mode="json"))
    first, second = (load_table(one, seed=0) for one in (spec, again))
    assert (
        first.quasi_identifiers
        == second.quasi_identifiers
        == ("age", "sex", "ethnicity", "education")
    )
    assert first.columns == second.columns


def test_proposed_roles_fall_away_with_their_columns():
    table = load_table(DatasetSpec(plugin="nhanes", keep=["heart_attack", "age", "sex"]), seed=0)
    assert (table.sensitive, table.quasi_identifiers) == ((), ("age", "sex"))


def test_retyped_column_forgets_the_old_meaning():
    columns = {"age": {"type": "categorical"}}
    table = load_table(DatasetSpec(plugin="nhanes", columns=columns), seed=0)
    assert table.column("age").levels[0] == "20"
    assert table.column("age").unit == "years"


def _loaded(frame, **roles):
    return build_table(frame, DatasetSpec(plugin="csv", params={"path": "x"}, target="y", **roles))


def _frame(**columns):
    y = np.where(np.arange(200) % 3 == 0, "no", "yes")
    return pd.DataFrame({"x": np.arange(200) % 41 / 2, **columns, "y": y})


def test_dropped_columns_are_left_out():
    frame = _frame(notes=[f"free text {k}" for k in range(200)])
    assert _loaded(frame, drop=("notes",)).names == ("x", "y")
    with pytest.raises(DataError, match=r"dataset\.drop: leaves out 'y'"):
        _loaded(frame, drop=("notes", "y"))


def test_several_empty_columns_are_one_problem_with_a_setting_to_copy():
    frame = _frame(a=[None] * 200, b=[np.nan] * 200)
    with pytest.raises(DataError) as caught:
        _loaded(frame)
    (problem,) = caught.value.problems
    assert problem.hint == 'Leave them out: dataset.drop: ["a", "b"]'


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["unknown", *[str(k % 60) for k in range(199)]], "199 values are numbers and 1 are not"),
        ([f"{k % 60},5" for k in range(200)], "dataset.params.decimal"),
        ([f"2020-01-01 {k // 60}:{k % 60}" for k in range(200)], "a date or free text"),
    ],
)
def test_text_that_is_no_category_is_told(cells, words):
    with pytest.raises(DataError) as caught:
        _loaded(_frame(odd=cells))
    assert words in str(caught.value)
    assert "unknown" not in str(caught.value)


def test_codes_with_a_word_among_them_stay_categories():
    table = _loaded(_frame(code=[str(k % 5) if k else "other" for k in range(200)]))
    assert table.column("code").type == "categorical"


def test_kept_levels_are_read_alike_whatever_the_other_rows_hold():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"code": rng.choice(["01", "02"], 100), "y": rng.choice(["a", "b"], 100)})
    fields = {"target": "y", "columns": {"code": {"levels": ["01", "02"]}}}
    as_numbers = frame.assign(code=frame["code"].astype(float))
    with_text = pd.concat([frame, pd.DataFrame({"code": ["x"], "y": ["a"]})], ignore_index=True)
    tables = [
        build_table(one, DatasetSpec(plugin="csv", **fields), outside="keep")
        for one in (frame, as_numbers, with_text)
    ]
    for table in tables:
        assert table.frame["code"].astype(str).tolist()[:100] == frame["code"].tolist()
    assert tables[2].frame["code"].iloc[100] == "x"


def test_an_undeclared_level_of_the_outcome_is_dropped_where_values_outside_are_kept():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=100), "y": rng.choice(["a", "b"], 100)})
    dataset = DatasetSpec(plugin="csv", target="y", columns={"y": {"levels": ["a", "b"]}})
    one_more = pd.concat([frame, pd.DataFrame({"x": [0.5], "y": ["Ann Doe"]})], ignore_index=True)
    without, given = (build_table(one, dataset, outside="keep") for one in (frame, one_more))
    pd.testing.assert_frame_equal(without.frame, given.frame)
    assert given.column("y").levels == ("a", "b")
    (note,) = set(given.notes) - set(without.notes)
    assert note == "Fewer than 10 rows dropped: a level of y (the outcome) that is not declared."
    with pytest.raises(DataError) as caught:
        build_table(one_more, dataset)
    assert "not among the 2 declared levels" in str(caught.value)


def test_levels_of_the_outcome_that_fit_no_row_are_told(people, problems_of):
    dataset = DatasetSpec(
        plugin="csv", target="sick", id="person", columns={"sick": {"levels": ["y", "n"]}}
    )
    told = problems_of(build_table, people, dataset, outside="keep")
    assert told["dataset"].startswith("0 usable rows")
    assert "dropped: a level of sick (the outcome) that is not declared" in told["dataset"]


def test_identifiers_whose_digits_were_lost_are_refused(people, build, problems_of):
    large = 2**60 + np.arange(len(people))
    assert len(
        np.unique(build(people.assign(person=large), target="sick", id="person").groups)
    ) == (len(people))
    inexact = people.assign(person=np.where(large == large[0], 12.5, large))
    told = problems_of(build, inexact, target="sick", id="person")
    assert "last digits" in told["dataset.id"]


def test_a_random_subsample_is_refused_where_values_are_kept(problems_of):
    dataset = DatasetSpec(plugin="nhanes", params={"sample": 500})
    assert "dataset.params.sample" in problems_of(load_table, dataset, seed=0, outside="keep")
