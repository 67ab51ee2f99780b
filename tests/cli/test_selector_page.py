"""docs/selector.md is written by hand: its files and commands must work as they stand."""

import re

import pytest

from synthcraft.catalogue import SELECTORS
from synthcraft.cli import record, tune
from synthcraft.select.spaces import SPACES
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "selector.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


def commands(name):
    """The words of each use of a command."""
    lines = [line.partition("#")[0] for block in blocks("sh") for line in block.splitlines()]
    start = f"python -m synthcraft {name} "
    return [line.removeprefix(start).split() for line in lines if line.startswith(start)]


@pytest.fixture
def beside(tmp_path):
    (tmp_path / "choose.yaml").write_text(blocks("yaml")[0], encoding="utf-8")


def test_the_spec_is_valid(call, beside):
    (words,) = commands("validate")
    answer = call("validate", *words)
    assert answer.code == 0, answer.err


def test_settings_of_the_page_suit_an_experiment(call):
    words = re.search(r"`run (\+exp=NAME.*?)`", PAGE)[1].replace("NAME", "quickstart").split()
    answer = call("validate", *words)
    assert answer.code == 0, answer.err


def test_what_augments_a_group_can_be_chosen(call):
    (words,) = (words for words in commands("run") if words[0] == "+exp=augmentation_demo")
    answer = call("validate", *words)
    assert answer.code == 0, answer.err
    assert "kg chooses by the mean gain of group=C over" in " ".join(answer.out.split())


@pytest.mark.parametrize("words", commands("tune"))
def test_what_is_tuned_can_be_asked_for(words):
    options = tune.parser().parse_intermixed_args(words)
    asked = tune._asked(options.words)
    assert tune._design(asked, options).policy in SPACES


def test_what_is_recorded_can_be_asked_for():
    (words,) = commands("record")
    assert record.parser().parse_args(words).output.name == "mine.csv"


def test_the_page_names_what_there_is():
    """All selectors, all that is tuned of kg, and every parameter in the table of settings."""
    assert all(f"`{name}`" in PAGE or f"plugin: {name}" in PAGE for name in SELECTORS.names())
    section = PAGE.partition("## Tuning")[2]
    assert all(f"`{name}`" in section for name in (*SPACES, *SPACES["kg"]))
    for name in ("kappa", "price", "gamma", "floor", "reserve", "delta"):
        assert name in SELECTORS.get("kg").params.model_fields
