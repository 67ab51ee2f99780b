import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from synthcraft.errors import SpecError
from synthcraft.spec.read import dump_plain, read_file, read_text

SCALARS = [
    *(
        "1e-5",
        "1E5",
        "1.",
        ".5",
        "1_000",
        "0x1f",
        "012",
        "1:30",
        "1:30.5",
        "2020-01-01",
        "on",
        "yes",
    ),
    *(
        "No",
        "~",
        "null",
        "nan",
        ".nan",
        ".inf",
        "-.inf",
        "'1'",
        "true",
        "1e",
        "e5",
        "+1",
        "-1.5e-3",
    ),
    *("abc", "a b", "1.2.3", "", "2020-01-01 10:00:00", "1e+5", "._"),
]


@pytest.mark.parametrize("text", SCALARS)
def test_scalars_are_read_as_omegaconf_reads_them(text):
    ours = read_text(f"a: {text}", "here")
    theirs = OmegaConf.to_container(OmegaConf.create(f"a: {text}"))
    assert repr(ours) == repr(theirs)


@given(st.text("0123456789.eE+-_:xonyNaf ", max_size=8))
def test_made_up_scalars_are_read_as_omegaconf_reads_them(text):
    try:
        theirs = OmegaConf.to_container(OmegaConf.create({"a": 0} | _create(text)))
    except Exception:
        return
    assert repr(read_text(f"a: {text}", "here")) == repr(theirs)


def _create(text):
    made = OmegaConf.create(f"a: {text}")
    return dict(made)


@example({"a": "b\x85c", "\u2028": "\ufeff", "d": "\r"})
@given(
    st.dictionaries(
        st.text(min_size=1), st.text() | st.integers() | st.floats(allow_nan=False), min_size=1
    )
)
def test_what_is_written_is_read_back(plain):
    assert read_text(dump_plain(plain), "") == plain


BILLION = "a0: &a0 [x]\n" + "\n".join(f"a{i}: &a{i} [{f'*a{i - 1}, ' * 9}]" for i in range(1, 10))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("a: 1\nb: 2\na: 3", "here:3: the key 'a' stands here twice"),
        ("x:\n  a: 1\n  a: 2", "twice"),
        ("a: [1", "here:"),
        ("- 1", "expected a map"),
        ("", "got nothing"),
        ("a: !!python/object/apply:os.system ['true']", "could not determine a constructor"),
        ("? [a]\n: 1", "unhashable key"),
        (f"a: {'[' * 5000}{']' * 5000}", "levels deep"),
        ("a: &a [*a]", "holds itself"),
        (BILLION, "values large"),
    ],
)
def test_bad_yaml_is_a_clear_problem(text, word):
    with pytest.raises(SpecError) as caught:
        read_text(text, "here")
    assert word in str(caught.value)


def test_a_missing_file_names_the_nearest(tmp_path):
    (tmp_path / "quickstart.yaml").write_text("a: 1")
    with pytest.raises(SpecError, match=r"Did you mean 'quickstart\.yaml'"):
        read_file(tmp_path / "quikstart.yaml")


def test_a_hidden_file_is_not_proposed(tmp_path):
    (tmp_path / ".pre-commit-config.yaml").write_text("a: 1")
    with pytest.raises(SpecError, match=r"There is no YAML file in"):
        read_file(tmp_path / "nope.yaml")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(SpecError, match=r"cannot be read \(Is a directory\)"):
        read_file(tmp_path)


def test_a_binary_file_is_a_clear_problem(tmp_path):
    (tmp_path / "x.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SpecError, match="is not text"):
        read_file(tmp_path / "x.yaml")
