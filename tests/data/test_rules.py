import pytest

from synthcraft.errors import UserError


def problems(build, people, **rules):
    with pytest.raises(UserError) as caught:
        build(people, target="sick", id="person", drop=["bmi"], rules=rules)
    return {p.path: f"{p.message} {p.hint}" for p in caught.value.problems}


def test_rules_go_with_the_table(build, people):
    rules = {"adult": "age >= 18", "known": "sex in ('f', 'm')"}
    assert build(people, target="sick", id="person", rules=rules).rules == rules


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("agee > 3", "Did you mean 'age'?"),
        ("age >", "no expression"),
        ("bmi > 3", "left out"),
        ("person > 3", "left out"),
        ("age == 'old'", "is numeric"),
        ("sex == 'F'", "Accepted: f, m."),
        ("sex < 'm'", "put in order"),
        ("sex + 1 > 2", "enters arithmetic"),
        ("sex == age", "compared with a number"),
        ("sex == age + 1", "compared with a number"),
    ],
)
def test_rules_that_do_not_fit_the_table_are_told(build, people, text, word):
    assert word in problems(build, people, r=text)["dataset.rules.r"]


def test_levels_of_few_rows_are_not_named(build, people):
    people.loc[people.index[:3], "sex"] = "secret"
    told = problems(build, people, r="sex == 'secrets'")["dataset.rules.r"]
    assert "secret'" not in told.replace("'secrets'", "")
