"""What a JSON Schema says of one setting, in words."""

from typing import Any


def type_of(field: dict[str, Any]) -> str:
    """The type of a JSON Schema field, in words.

    >>> type_of({"anyOf": [{"type": "integer"}, {"type": "null"}]})
    'integer or null'
    >>> type_of({"enum": ["a", "b"], "type": "string"})
    'a | b'
    """
    if "anyOf" in field:
        return " or ".join(type_of(branch) for branch in field["anyOf"])
    if "enum" in field:
        return " | ".join(map(str, field["enum"]))
    if "const" in field:
        return str(field["const"])
    if "$ref" in field:
        return str(field["$ref"].rpartition("/")[2])
    if field.get("type") == "array" and "items" in field:
        return f"list of {type_of(field['items'])}"
    kind = str(field.get("type", "any"))
    return {"object": "map", "array": "list", "string": "text"}.get(kind, kind)


def range_of(field: dict[str, Any]) -> str:
    """The limits of a JSON Schema field, in words.

    >>> range_of({"minimum": 1, "exclusiveMaximum": 5})
    'at least 1, less than 5'
    """
    words = {
        "minimum": "at least",
        "exclusiveMinimum": "more than",
        "maximum": "at most",
        "exclusiveMaximum": "less than",
    }
    limits = {
        key: value for part in (field, *field.get("anyOf", ())) for key, value in part.items()
    }
    return ", ".join(f"{word} {limits[key]:,}" for key, word in words.items() if key in limits)
