"""JSON Schemas of the data files, for editors: completion of keys and values, and mistakes shown while one types.

They are made from the models that check the files, with the keys that the vocabularies have now. What only `checks` can
see (a gap in the week, a question that is not there) is told when the file is loaded.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from marketplace.pilots import vocabulary
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.source import INCLUDE
from marketplace.pilots.vocabulary_files import FILES, REFERENCES, File

DIALECT: Final = GenerateJsonSchema.schema_dialect

_INCLUDE: Final = {"type": "string", "description": "A shared part: common/rulebook.yaml#quality"}
_PART: Final = {"type": "object", "properties": {INCLUDE: _INCLUDE}, "required": [INCLUDE]}
"""What may stand in the place of any part of a pilot."""


def schemas() -> dict[str, dict[str, Any]]:
    """The schema of each kind of file, by the file's name without its ending; `pilot` is that of a definition."""
    found = {"pilot": _titled(_of_pilot(), "A pilot")}
    for file in FILES:
        if file.name.endswith(".yaml"):
            name = file.name.removesuffix(".yaml")
            found[name] = _titled(_of_vocabulary(file), name.capitalize())
            if file.one:
                entry = found[name]["items"]["anyOf"][0]
                found[file.one] = _titled({**entry, "$defs": found[name]["$defs"]}, file.one.capitalize())
    return found


def write(folder: Path) -> list[Path]:
    """Write `<name>.json` of every schema into `folder`; gives the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, schema in schemas().items():
        path = folder / f"{name}.json"
        path.write_text(json.dumps(schema, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        written.append(path)
    return written


def _of_pilot() -> dict[str, Any]:
    schema: dict[str, Any] = _as_written(PilotDefinition.model_json_schema(), parts=True)
    return schema


def _of_vocabulary(file: File) -> dict[str, Any]:
    """A list of entries, or entries under their keys."""
    schema = _as_written(TypeAdapter(file.entry).json_schema(), parts=False)
    definitions = schema.pop("$defs", {})
    for name, field, of, _what in REFERENCES:
        if name == file.name:
            keys = vocabulary.keys_of(of)
            known = {"enum": keys}
            held = schema["properties"][field]
            schema["properties"][field] = {**held, "items": known} if held.get("type") == "array" else known
    if file.shape == "keyed":
        schema["properties"].pop("key")
        schema["required"] = [key for key in schema.get("required", []) if key != "key"]
        whole: dict[str, Any] = {"type": "object", "additionalProperties": schema}
    elif file.one:
        whole = {"type": "array", "items": {"anyOf": [schema, _PART]}}
    else:
        whole = {"type": "array", "items": schema}
    return {**whole, "$defs": definitions}


def _titled(schema: Mapping[str, Any], title: str) -> dict[str, Any]:
    return {"$schema": DIALECT, **schema, "title": title}


def _as_written(schema: Any, *, parts: bool) -> Any:
    """The schema of a model as the schema of a file: what a person may write where the model wants a type.

    An editor reads `yes` as a text and `16` as a number; the portal reads both as they stand. With `parts`, any value
    of a mapping and any item of a list may be included from another file.
    """
    if isinstance(schema, list):
        return [_as_written(each, parts=parts) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kind = schema.get("type")
    if kind == "boolean":
        return {**_described(schema), "enum": ["yes", "no", True, False]}
    if kind == "string" and "enum" in schema:
        return {**schema, "type": ["string", "number"], "enum": _with_numbers(schema["enum"])}
    if kind == "string" and "const" not in schema:
        return {**schema, "type": ["string", "number"]}
    made = {key: _as_written(value, parts=parts) for key, value in schema.items() if key != "properties"}
    if "properties" in schema:
        properties = {key: _as_written(value, parts=parts) for key, value in schema["properties"].items()}
        made["properties"] = {key: _or_part(value) if parts else value for key, value in properties.items()}
        if parts:
            made["properties"][INCLUDE] = _INCLUDE
            made["anyOf"] = [{"required": [INCLUDE]}, {"required": made.pop("required", [])}]
    if parts and "items" in made:
        made["items"] = _or_part(made["items"])
    return made


def _or_part(schema: dict[str, Any]) -> dict[str, Any]:
    return {**_described(schema), "anyOf": [schema, _PART]}


def _described(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {key: schema[key] for key in ("title", "description", "default") if key in schema}


def _with_numbers(values: list[str]) -> list[str | int]:
    """The codes of an enumeration also as the numbers that an editor takes them for."""
    return [*values, *(int(value) for value in values if value.isdigit())]
