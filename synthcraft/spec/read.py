"""Spec files to plain data and back, reading YAML as OmegaConf (and so Hydra) reads it.

PyYAML alone makes ``1e-5`` a string, ``2020-01-01`` a date, and keeps the last of two equal keys.
"""

import re
from collections.abc import Collection, Hashable
from pathlib import Path
from typing import Any

import yaml

from synthcraft.errors import Problem, SpecError, nearest
from synthcraft.spec.types import Spec

DEEPEST = 30
MOST_VALUES = 100_000
_FLOAT = re.compile(
    r"""^(?:
     [-+]?[0-9]+(?:_[0-9]+)*\.[0-9_]*(?:[eE][-+]?[0-9]+)?
    |[-+]?[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+)
    |\.[0-9]+(?:_[0-9]+)*(?:[eE][-+][0-9]+)?
    |[-+]?[0-9]+(?:_[0-9]+)*(?::[0-5]?[0-9])+\.[0-9_]*
    |[-+]?\.(?:inf|Inf|INF)
    |\.(?:nan|NaN|NAN))$""",
    re.X,
)


class _Loader(yaml.SafeLoader):
    """SafeLoader with OmegaConf's floats, without dates, and with duplicate keys refused."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} stands here twice", key.start_mark
                )
            seen.add(str(key.value))
        return super().construct_mapping(node, deep=deep)


class _Dumper(yaml.SafeDumper):
    """SafeDumper that quotes whatever the loader would not read back as text."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Quoted with escapes where it holds a line break of Unicode, which is read as another."""
    style = '"' if any(c in text for c in "\r\x85\u2028\u2029\ufeff") else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
for _kind in (_Loader, _Dumper):
    _kind.yaml_implicit_resolvers = {
        first: [(tag, regex) for tag, regex in pairs if not tag.endswith(":timestamp")]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    _kind.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+0123456789."))


def read_text(text: str, where: str) -> dict[str, Any]:
    """The plain data of a YAML text; ``where`` names it in errors.

    >>> read_text("a: 1e-5", "here")
    {'a': 1e-05}
    >>> read_text("a: 1\\na: 2", "here")
    Traceback (most recent call last):
    ...
    synthcraft.errors.SpecError: here:2: the key 'a' stands here twice. Remove one of them.
    """
    try:
        plain = yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as exc:
        line = f":{exc.problem_mark.line + 1}" if exc.problem_mark else ""
        hint = "Remove one of them." if "twice" in str(exc.problem) else "Is the indentation right?"
        raise SpecError([Problem(f"{where}{line}", str(exc.problem), hint)]) from None
    except yaml.YAMLError as exc:
        raise SpecError([Problem(where, f"not YAML ({type(exc).__name__})")]) from None
    except RecursionError:
        raise SpecError([_too_large(where)]) from None
    if not isinstance(plain, dict):
        got = "nothing" if plain is None else type(plain).__name__
        raise SpecError([Problem(where, f"expected a map of settings, got {got}")])
    if not _within_limits(plain):
        raise SpecError([_too_large(where)])
    return plain


def read_value(text: str) -> Any:
    """The value that a YAML text means; the text itself where it is not YAML.

    >>> read_value("[a, 1e-5]"), read_value("mg: or g: [")
    (['a', 1e-05], 'mg: or g: [')
    """
    try:
        return read_text(f"value: {text}", "")["value"]
    except SpecError:
        return text


def _within_limits(plain: Any) -> bool:
    """Whether it is a finite tree of a reasonable size: aliases make loops, or billions of values.

    >>> _within_limits(yaml.safe_load("a: [1, 2]")), _within_limits(yaml.safe_load("a: &x [*x]"))
    (True, False)
    """
    waiting, seen = [(plain, 0)], 0
    while waiting:
        value, depth = waiting.pop()
        seen += 1
        if depth > DEEPEST or seen > MOST_VALUES:
            return False
        inner = value.values() if isinstance(value, dict) else value
        if isinstance(inner, Collection) and not isinstance(inner, (str, bytes)):
            waiting += [(item, depth + 1) for item in inner]
    return True


def _too_large(where: str) -> Problem:
    what = f"more than {DEEPEST} levels deep or {MOST_VALUES:,} values large"
    return Problem(where, what, "An alias (*name) that holds itself makes it so, too.")


def read_file(path: Path) -> dict[str, Any]:
    """The plain data of a spec file.

    Raises
    ------
    SpecError
        When the file is absent or unreadable (the nearest name in its folder is told), is not
        YAML, or holds a key twice.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        names = [item.name for item in spec_files(path.parent)]
        hint = nearest(path.name, names) if names else f"There is no YAML file in {path.parent}."
        raise SpecError([Problem(str(path), "no such file", hint)]) from None
    except OSError as exc:
        why = exc.strerror or type(exc).__name__
        raise SpecError([Problem(str(path), f"cannot be read ({why})")]) from None
    except UnicodeDecodeError:
        raise SpecError([Problem(str(path), "is not text", "Save it as UTF-8.")]) from None
    return read_text(text, str(path))


def spec_files(folder: Path) -> list[Path]:
    """The YAML files of a folder that may be specs, hidden ones left out."""
    return sorted(path for path in folder.glob("*.y*ml") if not path.name.startswith("."))


def dump(spec: Spec) -> str:
    """The YAML text of a spec, every setting written out; reading it gives an equal spec."""
    return dump_plain(spec.model_dump(mode="json"))


def dump_plain(plain: dict[str, Any]) -> str:
    """The YAML text of plain data, in its order.

    >>> read_text(dump_plain({"a": "1e-5", "b": 1e-5}), "")
    {'a': '1e-5', 'b': 1e-05}
    """
    return yaml.dump(plain, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
