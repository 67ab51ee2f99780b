from jsonschema import Draft202012Validator

from synthcraft.catalogue import GENERATORS
from synthcraft.spec.schema import json_schema


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(json_schema())


def test_every_setting_has_a_description():
    def bare(node, path=""):
        for name, child in node.get("properties", {}).items():
            if "description" not in child and "$ref" not in child:
                yield f"{path}.{name}"

    schema = json_schema()
    nodes = [("spec", schema), *schema["$defs"].items()]
    assert [p for name, node in nodes if isinstance(node, dict) for p in bare(node, name)] == []


def test_an_absent_plugin_fires_no_branch():
    plain = {
        "name": "x",
        "dataset": {"plugin": "nhanes"},
        "generators": {"a": {"params": {"q": 1}}},
    }
    errors = list(Draft202012Validator(json_schema()).iter_errors(plain))
    assert [error.validator for error in errors] == ["required"]


def test_references_are_not_offered():
    offered = json_schema()["$defs"]["GeneratorSpec"]["properties"]["plugin"]["enum"]
    assert set(offered) == {card.name for card in GENERATORS if not card.reference}
