"""What is written down agrees with the code: schema, docs, options, experiments, YAML."""

import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from synthcraft import shipped
from synthcraft.catalogue import GENERATORS, SELECTORS
from synthcraft.cli import docs, hydra_app, overrides, schema
from synthcraft.errors import SpecError
from synthcraft.spec.read import read_file, read_text
from synthcraft.spec.types import Spec
from synthcraft.spec.validate import parse, schema_problems

OPTIONS = sorted(shipped.conf().rglob("*.yaml"))
EXPERIMENTS = sorted((shipped.home() / "experiments").rglob("*.yaml"))
CHOICES = [(group, option) for group, options in shipped.groups().items() for option in options]
NEEDED = {  # what an option leaves to the user
    ("dataset", "csv"): ["dataset.params.path=x.csv"],
    ("dataset", "parquet"): ["dataset.params.path=x.parquet"],
    ("dataset", "xpt"): ["dataset.params.path=x.xpt"],
    ("generator", "survival4"): ["dataset.task=survival", "dataset.time=time"],
}
BOOLEANS = re.compile("(?i:yes|no|on|off)")


def composed(*words):
    request = overrides.read(words, groups=shipped.groups(), experiments=shipped.experiments())
    return hydra_app.compose(request)


def test_the_json_schema_is_fresh():
    assert (shipped.conf() / schema.FILE).read_text() == schema.schema_text(), (
        f"python -m synthcraft schema > conf/{schema.FILE}"
    )


def test_the_docs_are_fresh():
    for name, text in docs.pages().items():
        assert (shipped.home() / "docs" / name).read_text() == text, "python -m synthcraft.cli.docs"


def test_every_part_of_a_spec_that_has_options_is_a_part_of_a_spec():
    blocks = {overrides.BLOCK.get(group, group) for group in shipped.groups()}
    assert blocks <= set(Spec.model_fields)


@pytest.mark.parametrize(("group", "option"), CHOICES, ids=lambda value: value)
def test_every_option_alone_in_an_experiment_is_valid(group, option):
    more = NEEDED.get((group, option), [])
    if group == "generator" and option.startswith("surv"):
        more = NEEDED["generator", "survival4"]
    if group == "generator" and option in GENERATORS and GENERATORS.get(option).dp != "none":
        more = ["privacy=release", "privacy.rows=5000"]
    if group == "augmentation":
        more = ["augmentation.column=g"]
    if group == "privacy":
        more = ["generator=independent", "privacy.rows=5000"]
    if group == "selector" and SELECTORS.get(option).policy:
        more = ["objective=data_access", "budget.pulls=5"]
    plain = composed("+exp=smoke", f"{group}={option}", *more)
    assert isinstance(parse(plain), Spec)


@pytest.mark.parametrize(("group", "option"), CHOICES, ids=lambda value: value)
def test_every_option_fills_its_own_block_and_no_other(group, option):
    block = overrides.BLOCK.get(group, group)
    assert set(composed(f"{group}={option}")) <= {block}


def test_every_generator_has_an_option():
    offered = {card.name for card in GENERATORS if not card.reference and card.family != "test"}
    assert offered <= set(shipped.groups()["generator"])


@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda path: path.stem)
def test_every_experiment_is_valid_and_completed_by_editors(path):
    plain = read_file(path)
    assert schema_problems(plain) == []
    assert parse(plain).name == path.stem
    depth = len(path.relative_to(shipped.home()).parts) - 1
    first = path.read_text().splitlines()[0]
    assert first == f"# yaml-language-server: $schema={'../' * depth}conf/{schema.FILE}"


@pytest.mark.parametrize("path", [*OPTIONS, *EXPERIMENTS], ids=lambda path: path.stem)
def test_no_name_is_a_yaml_boolean_and_nothing_is_instantiated(path):
    text = path.read_text()
    for token in yaml.scan(text):
        if isinstance(token, yaml.ScalarToken) and token.plain:
            assert not BOOLEANS.fullmatch(token.value), f"quote {token.value!r}"
    assert not BOOLEANS.fullmatch(path.stem)
    assert "_target_" not in text


@pytest.mark.parametrize("path", OPTIONS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_option_says_what_it_is(path):
    lines = [line for line in path.read_text().splitlines() if not line.startswith("# @package")]
    assert lines[0].startswith("# ")


@pytest.mark.parametrize("path", [*OPTIONS, *EXPERIMENTS], ids=lambda path: path.stem)
def test_files_are_read_as_omegaconf_reads_them(path):
    ours = read_text(path.read_text(), str(path)) if path.read_text().strip() else {}
    assert ours == OmegaConf.to_container(OmegaConf.load(path), resolve=False)


SCALARS = st.one_of(
    st.integers().map(str),
    st.floats(allow_nan=False).map(repr),
    st.from_regex(r"[-+]?[0-9_.:]{1,6}([eE][-+]?[0-9]{1,3})?", fullmatch=True),
    st.sampled_from(
        [
            *("1e-5", "1.e5", ".5", "1_000", "0o17", "017", "0x1f", "0b11", "1:30", "190:20:30"),
            *("yes", "No", "ON", "off", "true", "Null", "~", "", "y", "N", "2020-01-01", ".inf"),
            *("-.INF", "'1e5'", '"yes"', "1e5x", "NaN", "=", "<<", "-", "1.2.3", "+1", "-0"),
            *("2001-12-14t21:59:43.10-05:00", "1__0", "0.1e+1", "1E3", "e5", "._5", "12e03"),
        ]
    ),
    st.text(alphabet="abcYyNnoOeE0123456789.+-_:~ ", max_size=8),
)


@given(SCALARS)
def test_scalars_are_read_as_omegaconf_reads_them(text):
    document = f"key: {text}\n"
    try:
        theirs = OmegaConf.to_container(OmegaConf.create(document), resolve=False)
    except Exception:
        theirs = None  # OmegaConf does not take it; neither may we, or only as plain text
    try:
        ours = read_text(document, "here")
    except SpecError:
        ours = None
    assert repr(ours) == repr(theirs)
