"""TypeScript types of the API for the dashboard, made from the OpenAPI document.

``python -m web.openapi_types`` writes ``web/ui/app/api-types.d.ts``; no server needs to run. A test holds that the file is current.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from web.app import all_endpoints
from web.openapi import openapi

FILE = Path(__file__).parent / "ui" / "app" / "api-types.d.ts"
_HEAD = """\
/** The types of the API, made from its OpenAPI document by `python -m web.openapi_types`. Do not edit. */

"""
_SIMPLE = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}
_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_WIDTH = 140


def types_of(document: dict[str, Any]) -> str:
    """The schemas as exported types, and ``Operations``: what each operation takes and answers, by its id."""
    made = [_HEAD]
    for name, schema in sorted(document["components"]["schemas"].items()):
        made.append(f"{_comment(schema)}export type {_named(name)} = {_type(schema, 0)};\n\n")
    made.append("/** What each operation takes and answers, by its id. */\nexport interface Operations {\n")
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            made.append(_operation(path, method, operation))
    made.append("}\n")
    return "".join(made)


def _operation(path: str, method: str, operation: dict[str, Any]) -> str:
    given = [each for each in operation.get("parameters", ()) if "$ref" not in each]
    members = [f'method: "{method.upper()}"', f"path: {json.dumps(path)}"]
    for place in ("path", "query"):
        named = {each["name"]: each for each in given if each["in"] == place}
        if named:
            schema = {
                "type": "object",
                "properties": {name: each["schema"] for name, each in named.items()},
                "required": [name for name, each in named.items() if each["required"]],
            }
            members.append(f"{'params' if place == 'path' else 'query'}: {_type(schema, 1)}")
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        members.append(f"body: {_type(content['schema'], 1) if media == 'application/json' else 'string'}")
    answers = [
        _type(response["content"]["application/json"]["schema"], 1) if "application/json" in response.get("content", {}) else "void"
        for status, response in operation["responses"].items()
        if status.startswith("2")
    ]
    members.append(f"answer: {' | '.join(dict.fromkeys(answers)) or 'void'}")
    inside = "".join(f"    {member};\n" for member in members)
    return f"  /** {operation['summary']} */\n  {operation['operationId']}: {{\n{inside}  }};\n"


def _type(schema: dict[str, Any], depth: int) -> str:
    if "$ref" in schema:
        return _named(str(schema["$ref"]).rpartition("/")[2])
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return " | ".join(dict.fromkeys(_type(kind, depth) for kind in schema[key]))
    kind = schema.get("type")
    if isinstance(kind, list):
        return " | ".join(_SIMPLE.get(each, "unknown") for each in kind)
    if kind == "array":
        item = _type(schema.get("items", {}), depth)
        return f"({item})[]" if "|" in item else f"{item}[]"
    if kind == "object":
        return _object(schema, depth)
    return _SIMPLE.get(str(kind), "unknown")


def _object(schema: dict[str, Any], depth: int) -> str:
    properties = schema.get("properties")
    if not properties:
        rest = schema.get("additionalProperties")
        if rest is False or properties == {}:
            return "Record<string, never>"
        return f"Record<string, {_type(rest, depth) if isinstance(rest, dict) and rest else 'unknown'}>"
    required = set(schema.get("required", ()))
    indent = "  " * (depth + 1)
    lines = []
    for name, member in properties.items():
        key = name if _NAME.fullmatch(name) else json.dumps(name)
        lines.append(f"{indent}{key}{'' if name in required else '?'}: {_type(member, depth + 1)};\n")
    return "{\n" + "".join(lines) + "  " * depth + "}"


def _named(name: str) -> str:
    """A component's name as one of TypeScript: types of the same name have that of their module before it, with dots."""
    return re.sub(r"\W", "_", name)


def _comment(schema: dict[str, Any]) -> str:
    text = " ".join(str(schema.get("description", "")).split()).replace("*/", "* /")
    if not text:
        return ""
    return f"/** {text} */\n" if len(text) < _WIDTH else f"/**\n * {text}\n */\n"


def main() -> int:
    """Write the file."""
    FILE.write_text(types_of(json.loads(openapi(all_endpoints()))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
