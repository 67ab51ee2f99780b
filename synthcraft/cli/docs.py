"""The reference pages of ``docs/``, written from the code: ``python -m synthcraft.cli.docs``."""

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from synthcraft import shipped
from synthcraft.augment.cards import CONTROLS, descriptors
from synthcraft.catalogue import TASKS
from synthcraft.cli.describe import facts, measure_facts, params, shared_facts
from synthcraft.cli.kinds import registry
from synthcraft.cli.main import COMMANDS, module_of, usage
from synthcraft.records import FAMILIES, MetricDescriptor
from synthcraft.spec.types import AugmentationSpec
from synthcraft.spec.words import range_of, type_of

NOTE = "<!-- Written by `python -m synthcraft.cli.docs`; change the code, not this page. -->"


def main(argv: Sequence[str]) -> int:
    """Write every page, or with ``--check`` name the stale ones and return 1."""
    folder = shipped.home() / "docs"
    stale = [name for name, text in pages().items() if _read(folder / name) != text]
    if "--check" in argv:
        print("\n".join(f"docs/{name} is stale" for name in stale) or "docs are fresh")
        return 1 if stale else 0
    folder.mkdir(exist_ok=True)
    for name in stale:
        (folder / name).write_text(pages()[name], encoding="utf-8")
        print(f"docs/{name} written")
    return 0


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def pages() -> dict[str, str]:
    """The text of every page, by file name."""
    writers: dict[str, Callable[[], Iterator[str]]] = {
        "spec.md": _spec,
        "cli.md": _cli,
        "generators.md": lambda: _kind("generators", "Generators", _GENERATORS),
        "datasets.md": lambda: _kind("datasets", "Datasets", _DATASETS),
        "metrics.md": _metrics,
    }
    return {name: "\n".join([NOTE, *write()]) + "\n" for name, write in writers.items()}


_GENERATORS = (
    "Every run includes the reference generators: what they get shows what a number means. "
    "A generator is named by its plug-in in `generators.LABEL.plugin`."
)
_DATASETS = (
    "A dataset is named in `dataset.plugin`; what it proposes (target, sensitive columns) holds as "
    "far as the experiment is silent."
)
_METRICS = (
    "A metric is named in `metrics.LABEL.plugin`; without any, the default suite is measured: "
    "every metric that suits the task and is not marked “on request”. One metric may yield several "
    "measures. Privacy measures come as main (the synthetic rows), control (fresh real rows) and "
    "excess (what remains). A main value’s interval is about the real rows of this split; what the "
    "generator gives away beyond chance is the excess, and judgements rest on its interval. "
    "“Scale” names what is 0 and 1 on the calibrated scale; “references” are generators that every "
    "run includes, in the order in which the measure must rank them: where it does not, the report "
    "calls it not informative. “Misleads” says when a measure tells something other than it seems "
    "to. Measures without a better direction describe, and take part "
    "in no verdict."
)


def _cli() -> Iterator[str]:
    yield from ("# Command line", "", "```", usage(), "```")
    for name in COMMANDS:
        module = import_module(module_of(name))
        yield from ("", f"## {name}", "", "```", help_of(module.parser()), "```")


def help_of(parser: Any) -> str:
    """The help of a command, in lines of a fixed width."""
    parser.formatter_class = _fixed(parser.formatter_class)
    text: str = parser.format_help()
    return text.rstrip()


def _fixed(formatter: Callable[..., Any]) -> Callable[..., Any]:
    return lambda prog: formatter(prog, width=96)


def _spec() -> Iterator[str]:
    from synthcraft.spec.schema import json_schema

    schema = json_schema()
    yield from ("# Experiment specs", "")
    yield (
        "A spec is a YAML file. Editors complete it when its first line is "
        "`# yaml-language-server: $schema=../conf/spec.schema.json`."
    )
    yield from _block("top level", schema)
    for name, block in schema["$defs"].items():
        if name.endswith("Spec"):
            yield from _block(_section(name), block)


def _block(title: str, block: dict[str, Any]) -> Iterator[str]:
    yield from ("", f"## {title}", "", block.get("description", ""), "")
    yield from ("| setting | type | default | meaning |", "|---|---|---|---|")
    required = block.get("required", ())
    for name, field in block["properties"].items():
        kind = "name" if name == "plugin" else _type(field)
        default = "required" if name in required else _default(field)
        meaning = field.get("description", "") + _aside(range_of(field))
        yield _row(f"`{name}`", kind, default, meaning)


def _type(field: dict[str, Any]) -> str:
    """The type of a setting; blocks by the title of their section."""
    labelled = field.get("patternProperties", {"": field.get("additionalProperties")})
    inner = next(iter(labelled.values()))
    if isinstance(inner, dict):
        return f"map of {_type(inner)}"
    return _section(type_of(field)) if "$ref" in field else type_of(field)


def _section(definition: str) -> str:
    """The title of the section on a block.

    >>> _section("DatasetSpec")
    'dataset'
    """
    return definition.removesuffix("Spec").lower()


def _default(field: dict[str, Any]) -> str:
    return f"`{json.dumps(field['default'], ensure_ascii=False)}`" if "default" in field else ""


def _kind(kind: str, title: str, text: str) -> Iterator[str]:
    yield from (f"# {title}", "", text)
    for card in registry(kind):
        yield from ("", f"## {card.name}", "", card.summary, "")
        yield from (f"- {name}: {value}" for name, value in facts(card))
        yield from _params(card)


def _params(card: Any) -> Iterator[str]:
    found = list(params(card.params))
    if found:
        yield from ("", "| parameter | type | default | meaning |", "|---|---|---|---|")
    for p in found:
        meaning = f"{p['description']}{_aside(p['range'])}"
        yield _row(f"`{p['name']}`", p["type"], f"`{p['default']}`", meaning)


_AUGMENTATION = (
    "With an `augmentation` block (see spec.md), models are also trained on the train rows with "
    "rows added to some groups, and tested on each group’s holdout rows: for every generator and "
    "dose, and for every control. All are told for each group, and for everybody without one; "
    "intervals come from splits. Numbers in the text are the defaults."
)


def _metrics() -> Iterator[str]:
    """An index of all measures by family, then each metric with all that is declared of it."""
    cards = list(registry("metrics"))
    yield from ("# Metrics", "", _METRICS)
    families = {card.name: {measure.family for measure in card.measures} for card in cards}
    for family in (family for family in FAMILIES if family in set().union(*families.values())):
        yield from ("", f"## Measures of {family}", "")
        yield from ("| measure | better | ideal | asks | metric |", "|---|---|---|---|---|")
        for card in cards:
            own = [measure for measure in card.measures if measure.family == family]
            yield from (_index_row(kin, card.name) for kin in _kin(own))
    added = _augmented()
    yield from ("", "## Measures of augmentation", "")
    yield from ("| measure | better | ideal | asks | metric |", "|---|---|---|---|---|")
    yield from (_index_row([measure], "augmentation") for measure in added)
    for card in cards:
        yield from ("", f"## {card.name}", "", card.summary, "")
        yield from (f"- {name}: {value}" for name, value in facts(card))
        shared = shared_facts(card.measures)
        told = dict(facts(card))
        yield from (f"- {name}: {text}" for name, text in shared.items() if told.get(name) != text)
        yield from _params(card)
        for kin in _kin(card.measures):
            yield from _together(kin, shared)
    yield from ("", "## augmentation", "", _AUGMENTATION, "")
    yield from ("| control | what models are trained on |", "|---|---|")
    yield from (_row(f"`{name}`", control.summary) for name, control in CONTROLS.items())
    for measure in added:
        yield from _together([measure], {})


def _augmented() -> tuple[MetricDescriptor, ...]:
    """What an augmentation block adds to the measures, of all tasks, as it is by default."""
    block = AugmentationSpec(column="")
    found = {d.name: d for task in TASKS for d in descriptors(task, block)}
    return tuple(found.values())


def _kin(measures: Iterable[MetricDescriptor]) -> Iterator[list[MetricDescriptor]]:
    """Measures of one score together: ``tstr.auroc``, ``gap.auroc`` and their like."""
    found: dict[str, list[MetricDescriptor]] = {}
    for measure in measures:
        found.setdefault(measure.name.rpartition(".")[2], []).append(measure)
    return iter(found.values())


def _index_row(kin: Sequence[MetricDescriptor], metric: str) -> str:
    first, *others = kin
    better = {"maximize": "higher", "minimize": "lower"}.get(first.direction, "")
    ideal, asks = measure_facts(first).get("ideal", ""), _first_sentence(first.question)
    also = ", ".join(f"`{other.name.rpartition('.')[0]}.`" for other in others)
    name = f"`{first.name}`" + (f" (also {also})" if also else "")
    return _row(name, better, ideal, asks, f"[{metric}](#{metric})")


def _together(kin: Sequence[MetricDescriptor], told: Mapping[str, str]) -> Iterator[str]:
    """What measures of one score ask, and their facts: each with the measures that it holds for."""
    if len(kin) == 1:
        yield from ("", f"### `{kin[0].name}`", "", kin[0].question, "")
    else:
        yield from ("", f"### `{kin[0].name.rpartition('.')[2]}`", "")
        yield from (f"- `{measure.name}`: {measure.question}" for measure in kin)
    own = {measure.name.rpartition(".")[0]: measure_facts(measure) for measure in kin}
    for fact in dict.fromkeys(name for facts_of in own.values() for name in facts_of):
        holds: dict[str, list[str]] = {}
        for name, facts_of in own.items():
            if fact in facts_of and told.get(fact) != facts_of[fact]:
                holds.setdefault(facts_of[fact], []).append(name)
        whole = len(holds) == 1 and len(next(iter(holds.values()))) == len(kin)
        texts = [text if whole else f"{', '.join(of)}: {text}" for text, of in holds.items()]
        if texts:
            yield f"- {fact}: {' · '.join(texts)}"


def _first_sentence(text: str) -> str:
    """A text up to its first question mark, or full stop.

    >>> _first_sentence("How near? 5 % quantile. Control: holdout.")
    'How near?'
    """
    return re.split(r"(?<=[.?])\s", text, maxsplit=1)[0]


def _aside(text: str) -> str:
    return f" ({text})" if text else ""


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
