"""docs/selector.md is written by hand: it must name what there is (its blocks: test_docs.py)."""

import re

import pytest

from synthcraft.catalogue import SELECTORS
from synthcraft.cli import tune
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


def test_the_page_names_what_there_is():
    """All selectors, all that is tuned of kg, and every parameter in the table of settings."""
    assert all(f"`{name}`" in PAGE or f"plugin: {name}" in PAGE for name in SELECTORS.names())
    section = PAGE.partition("## Tuning")[2]
    assert all(f"`{name}`" in section for name in (*SPACES, *SPACES["kg"]))
    for name in ("kappa", "price", "gamma", "floor", "reserve", "delta"):
        assert name in SELECTORS.get("kg").params.model_fields
