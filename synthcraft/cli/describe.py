"""``describe``: everything about one dataset, generator, metric, selector or experiment."""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from synthcraft import shipped
from synthcraft.cli.kinds import KINDS, plural, registry
from synthcraft.cli.overrides import unknown_experiment
from synthcraft.cli.text import paragraph
from synthcraft.errors import Problem, UserError, nearest
from synthcraft.privacy.words import CLAIMED
from synthcraft.spec.words import range_of, type_of

if TYPE_CHECKING:
    from synthcraft.catalogue import Card, Params
    from synthcraft.records import MetricDescriptor


def parser() -> argparse.ArgumentParser:
    """The options of ``describe``."""
    this = argparse.ArgumentParser(
        prog="python -m synthcraft describe", description="Tell everything about one name."
    )
    this.add_argument("kind", metavar="KIND", help=", ".join(KINDS))
    this.add_argument("name", metavar="NAME", help="as list prints it; also one measure's name")
    return this


def main(argv: Sequence[str]) -> int:
    """Print a card with its parameters, or the text of an experiment."""
    options = parser().parse_args(argv)
    kind = plural(options.kind)
    if kind == "experiments":
        print(_experiment(options.name), end="")
    else:
        print("\n".join(_lines(kind, options.name)))
    return 0


def _lines(kind: str, name: str) -> Iterator[str]:
    """The page of a plug-in, or of one measure of a metric."""
    cards = registry(kind)
    measures = {m.name: (m, card) for card in cards for m in getattr(card, "measures", ())}
    if name in cards or name not in measures:
        if name not in cards and measures:
            hint = nearest(name, {*cards.names(), *measures})
            raise UserError([Problem("", f"unknown metric or measure {name!r}", hint)])
        yield from card_lines(cards.get(name))
        return
    measure, card = measures[name]
    yield from measure_lines(measure)
    yield paragraph(f"metric: {card.name} (see: describe metric {card.name})", indent=6)


def _experiment(name: str) -> str:
    known = shipped.experiments()
    if name not in known:
        raise UserError([unknown_experiment(name, known)])
    return known[name].read_text(encoding="utf-8")


def card_lines(card: "Card") -> Iterator[str]:
    """A card in lines: what it is, can do, and takes."""
    yield f"{card.name}: {card.summary}"
    for name, value in facts(card):
        yield paragraph(f"{name}: {value}", indent=2)
    parameters = list(params(card.params))
    yield ""
    yield "params:" if parameters else "params: none"
    for parameter in parameters:
        yield f"  {parameter['name']}: {parameter['type']} = {parameter['default']}"
        limits = f" ({parameter['range']})" if parameter["range"] else ""
        yield paragraph(parameter["description"] + limits, indent=6)
    measures = getattr(card, "measures", ())
    shared = shared_facts(measures)
    if shared:
        yield from ("", "of each measure:")
        yield from (paragraph(f"{name}: {text}", indent=6) for name, text in shared.items())
    for measure in measures:
        yield ""
        yield from measure_lines(measure, but=shared)


def measure_lines(measure: "MetricDescriptor", *, but: Mapping[str, str] = {}) -> Iterator[str]:
    """A measure in lines: what it asks, and its facts but those that were told already."""
    yield f"{measure.name} ({measure.family}, {measure.direction})"
    yield paragraph(measure.question, indent=6)
    for name, text in measure_facts(measure).items():
        if but.get(name) != text:
            yield paragraph(f"{name}: {text}", indent=6)


BETTER = {
    "maximize": "higher",
    "minimize": "lower",
    "none": "neither: descriptive, in no verdict",
}


def measure_facts(measure: "MetricDescriptor") -> dict[str, str]:
    """What is known of a measure beside its question, by name; silent facts are left out."""
    said = {
        "better": BETTER[measure.direction],
        "formula": measure.formula,
        "bounds": _bounds(measure.low, measure.high),
        "ideal": _value(measure.ideal),
        "no signal": _value(measure.null),
        "scale": _scale(measure.floor, measure.ceiling),
        "references from best to worst": ", ".join(measure.order),
        "interval": measure.interval,
        "cost": measure.cost,
        "source": measure.source,
        "checked against": measure.checked,
        "misleads": measure.misleads,
    }
    return {name: text for name, text in said.items() if text}


def shared_facts(measures: "Sequence[MetricDescriptor]") -> dict[str, str]:
    """The facts that all measures of a metric have in common; none where there is but one."""
    if len(measures) < 2:
        return {}
    first, *others = (measure_facts(measure) for measure in measures)
    return {name: text for name, text in first.items() if all(o.get(name) == text for o in others)}


def _value(number: float | None) -> str:
    return "" if number is None else f"{number:g}"


def _bounds(low: float | None, high: float | None) -> str:
    """Where values lie.

    >>> _bounds(0, 1), _bounds(0, None), _bounds(None, None)
    ('0 to 1', 'at least 0', '')
    """
    if low is not None and high is not None:
        return f"{low:g} to {high:g}"
    at_least = "" if low is None else f"at least {low:g}"
    return at_least if high is None else f"at most {high:g}"


def _scale(floor: str, ceiling: str) -> str:
    return f"0 at {floor}, 1 at {ceiling}" if floor and ceiling else ""


def facts(card: "Card") -> Iterator[tuple[str, str]]:
    """What a card says beside its summary and parameters, as (name, text)."""
    said = {
        "family": getattr(card, "family", ""),
        "tasks": ", ".join(getattr(card, "tasks", ())),
        "default": _default(card),
        **_capabilities(card),
        "proposes": _proposals(getattr(card, "defaults", None) or {}),
        "caveat": getattr(card, "caveat", ""),
        "source": card.source,
    }
    return ((name, text) for name, text in said.items() if text)


def _default(card: "Card") -> str:
    """Whether a metric is measured where a spec names none."""
    default = getattr(card, "default", None)
    return "" if default is None else ("in the default suite" if default else "on request")


def _capabilities(card: "Card") -> dict[str, str]:
    from synthcraft.catalogue import GeneratorCard

    if not isinstance(card, GeneratorCard):
        return {}
    privacy = {
        "none": "no formal guarantee",
        "claimed": f"ε is {CLAIMED}",
        "accounted": "each fit keeps the ε and δ of the spec’s privacy block, and is charged to "
        "the run’s ledger before it starts; sampling spends nothing",
    }
    return {
        "reference": "part of every run" if card.reference else "",
        "conditional": "samples given column values" if card.conditional else "no",
        "missing values": "models them itself" if card.missing else "through an indicator column",
        "differential privacy": privacy[card.dp],
        "stochastic": "yes" if card.stochastic else "no: a seed changes nothing",
        "training effort": card.effort,
    }


def _proposals(defaults: dict[str, Any]) -> str:
    shown = {key: value for key, value in defaults.items() if key != "columns"}
    return ", ".join(
        f"{key} {', '.join(value) if isinstance(value, (list, tuple)) else value}"
        for key, value in shown.items()
    )


def params(model: "type[Params]") -> Iterator[dict[str, str]]:
    """Each parameter of a plug-in: name, type, default, range and description, as text."""
    schema = model.model_json_schema()
    required = schema.get("required", [])
    for name, field in schema.get("properties", {}).items():
        own = model.model_fields[name].get_default(call_default_factory=True)
        default = "required" if name in required else _plain(own)
        yield {
            "name": name,
            "type": type_of(field),
            "default": default,
            "range": range_of(field),
            "description": field.get("description", ""),
        }


def _plain(value: Any) -> str:
    """A default as YAML would have it, long lists cut short."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:39]}…"
