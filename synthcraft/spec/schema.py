"""The JSON Schema of a spec (2020-12), derived from its models and the plug-ins' parameters."""

from typing import Any

from synthcraft.catalogue import DATASETS, GENERATORS, METRICS, SELECTORS, Card
from synthcraft.registry import Registry
from synthcraft.spec.types import Spec

PLUGINS: dict[str, Registry[Any]] = {
    "DatasetSpec": DATASETS,
    "GeneratorSpec": GENERATORS,
    "MetricSpec": METRICS,
    "SelectorSpec": SELECTORS,
}


def json_schema() -> dict[str, Any]:
    """The schema as plain data: each plug-in's ``params`` are checked by that plug-in's own model.

    >>> json_schema()["required"]
    ['name', 'dataset', 'generators']
    """
    schema = Spec.model_json_schema()
    defs: dict[str, Any] = schema["$defs"]
    for block, registry in PLUGINS.items():
        cards = [card for card in registry if _offered(card)]
        defs[block]["properties"]["plugin"]["enum"] = [card.name for card in cards]
        defs[block]["allOf"] = [_params_of(card, registry.kind, defs) for card in cards]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "SynthCraft experiment",
    }


def _offered(card: Card) -> bool:
    """Reference generators are part of every plan and cannot be named."""
    return not getattr(card, "reference", False)


def _params_of(card: Card, kind: str, defs: dict[str, Any]) -> dict[str, Any]:
    # `required` matters: without it an absent plugin would fire every branch.
    name = f"{kind}.{card.name}"
    params = card.params.model_json_schema(ref_template=f"#/$defs/{name}.{{model}}")
    for inner, definition in params.pop("$defs", {}).items():
        defs[f"{name}.{inner}"] = definition
    defs[name] = params
    then: dict[str, Any] = {"properties": {"params": {"$ref": f"#/$defs/{name}"}}}
    if params.get("required"):
        then["required"] = ["params"]
    return {
        "if": {"required": ["plugin"], "properties": {"plugin": {"const": card.name}}},
        "then": then,
    }
