"""What a changed schema breaks, and for whom.

Every record has a side that writes it and a side that reads it, of which one may still follow the old schema. Where
others read (``out``), the old schema's readers get the new one's records; where others write (``in``), the new schema's
reader gets the old one's records. So one question is asked in both directions: does the reader's schema take everything
that the writer's allows? Beside it, no field goes away: an optional one would leave its readers, or its writers,
without a word.

Keywords that describe (``title``, ``description``, ``examples``, ``x-extensible-enum`` …) break nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ioc.contracts.catalogue import Direction

Schema = Mapping[str, Any]

_LEAST: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_MOST: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_SAME: Final = ("format", "pattern", "multipleOf", "uniqueItems", "contentEncoding", "contentMediaType")
_TYPES: Final = ("null", "boolean", "integer", "number", "string", "array", "object")
_ANY: Final[Schema] = {}


@dataclass(frozen=True, slots=True)
class Breach:
    """One thing that a change breaks.

    Attributes:
        schema: Name of the schema.
        pointer: Field, as a JSON pointer into the record; ``*`` stands for every item or value. Empty: the whole.
        message: What changed.

    """

    schema: str
    pointer: str
    message: str

    def __str__(self) -> str:
        return f"{self.schema}{self.pointer}: {self.message}"


def breaches(old: Mapping[str, Schema], new: Mapping[str, Schema]) -> list[Breach]:
    """What of a set of schemas, by name, another set breaks; schemas that are new break nothing."""
    found: list[Breach] = []
    for name, before in old.items():
        after = new.get(name)
        if after is None:
            found.append(Breach(name, "", "is gone"))
        else:
            found += broken(name, before, after)
    return found


def broken(name: str, old: Schema, new: Schema) -> list[Breach]:
    """What a schema's change breaks, each thing once."""
    was, named = _names(old), _names(new)
    found = [Breach(name, "", f"{key} was {was[key]}, is {named[key]}") for key in was if was[key] != named[key]]
    direction: Direction = old.get("x-kafka", {}).get("direction", "out")
    for pointer, message in _Comparison(old, new, direction).run():
        breach = Breach(name, pointer, message)
        if breach not in found:
            found.append(breach)
    return found


Found = Iterator[tuple[str, str]]


class _Comparison:
    """Walks two documents side by side; each node is a schema and the document that its references lead into."""

    def __init__(self, old: Schema, new: Schema, direction: Direction) -> None:
        self._old = old
        self._new = new
        self._others_read = direction == "out"
        self._open: set[tuple[int, int]] = set()

    def run(self) -> Found:
        yield from self._node("", self._old, self._new)

    def _node(self, pointer: str, old: Schema, new: Schema) -> Found:
        """Compare two schemas of one place."""
        pair = (id(old), id(new))
        if pair in self._open:  # a type that holds itself: it is being compared already
            return
        self._open.add(pair)
        if "default" in old and "default" in new and old["default"] != new["default"]:
            yield pointer, "another default"
        old_branches, new_branches = _branches(self._old, old), _branches(self._new, new)
        readers, writers = (old_branches, new_branches) if self._others_read else (new_branches, old_branches)
        for writer in writers:
            yield from self._branch(pointer, writer, readers)
        self._open.discard(pair)

    def _branch(self, pointer: str, writer: Schema, readers: list[Schema]) -> Found:
        """What of one alternative of the writer no alternative of the reader takes."""
        candidates = [reader for reader in readers if _takes_type(reader, writer)]
        if not candidates:
            yield pointer, f"{self._may} be {_named(writer)}"
            return
        first: list[tuple[str, str]] | None = None
        for reader in candidates:
            faults = [*self._pair(pointer, reader, writer)]
            if not faults:
                return
            first = faults if first is None or len(faults) < len(first) else first
        yield from first or ()

    @property
    def _may(self) -> str:
        return "may now" if self._others_read else "may no more"

    def _pair(self, pointer: str, reader: Schema, writer: Schema) -> Found:
        """What of one alternative of the writer one alternative of the reader does not take."""
        yield from self._codes(pointer, reader, writer)
        for key in (*_LEAST, *_MOST):
            wanted, given = reader.get(key), writer.get(key)
            if wanted is not None and (given is None or (given < wanted if key in _LEAST else given > wanted)):
                yield pointer, f"{key} {self._changed(wanted, given)}"
        for key in _SAME:
            if reader.get(key) is not None and reader[key] != writer.get(key):
                yield pointer, f"{key} {self._changed(reader[key], writer.get(key))}"
        if "object" in _types(reader):
            yield from self._object(pointer, reader, writer)
        yield from self._within(f"{pointer}/*", reader.get("items"), writer.get("items"))
        yield from self._within(f"{pointer}/*", reader.get("propertyNames"), writer.get("propertyNames"))

    def _codes(self, pointer: str, reader: Schema, writer: Schema) -> Found:
        wanted, given = _values(reader), _values(writer)
        if wanted is None:
            return
        if given is None:
            yield pointer, "is a closed set of values no more" if self._others_read else "is now a closed set of values"
            return
        for value in given:
            if value not in wanted:
                yield pointer, f"{self._may} be {value!r}"

    def _object(self, pointer: str, reader: Schema, writer: Schema) -> Found:
        old, new = (reader, writer) if self._others_read else (writer, reader)
        before, after = old.get("properties", {}), new.get("properties", {})
        for name in before:
            if name not in after:
                yield f"{pointer}/{name}", "is gone"
        for name in reader.get("required", ()):
            if name not in writer.get("required", ()) and name in after:
                yield f"{pointer}/{name}", "is not always there any more" if self._others_read else "is now required"
        for name, was in before.items():
            if name in after:
                yield from self._node(f"{pointer}/{name}", was, after[name])
        rest = reader.get("additionalProperties", True), writer.get("additionalProperties", True)
        if rest[0] is False:
            closed = rest[1] is not False or writer.get("properties", {}).keys() - reader.get("properties", {}).keys()
            if closed:
                yield pointer, "may now have other fields" if self._others_read else "takes no other fields any more"
        elif isinstance(rest[0], Mapping):
            yield from self._within(f"{pointer}/*", rest[0], rest[1] if isinstance(rest[1], Mapping) else _ANY)

    def _within(self, pointer: str, reader: Schema | None, writer: Schema | None) -> Found:
        """Compare what items, names or values have to be; where the reader asks for nothing, anything will do."""
        if reader is not None:
            given = _ANY if writer is None else writer
            old, new = (reader, given) if self._others_read else (given, reader)
            yield from self._node(pointer, old, new)

    def _changed(self, reader: object, writer: object) -> str:
        old, new = (reader, writer) if self._others_read else (writer, reader)
        return f"was {_or_none(old)}, is {_or_none(new)}"


def _names(schema: Schema) -> dict[str, object]:
    """Where a schema's records are found, and what they are called."""
    kafka = schema.get("x-kafka", {})
    return {
        "topic": kafka.get("topic"),
        "direction": kafka.get("direction"),
        "CloudEvents type": schema.get("x-cloudevents-type"),
        "$id": schema.get("$id"),
    }


def _or_none(value: object) -> str:
    return "none" if value is None else repr(value)


def _branches(document: Schema, schema: Schema) -> list[Schema]:
    """The alternatives of a schema, each of one type, references followed."""
    if "$ref" in schema:
        target: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return _branches(document, {**target, **{key: value for key, value in schema.items() if key != "$ref"}})
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return [branch for each in schema[key] for branch in _branches(document, each)]
    types = schema.get("type")
    if isinstance(types, list):
        return [{**schema, "type": each} for each in types]
    return [schema]


def _types(schema: Schema) -> tuple[str, ...]:
    """Types that a schema of one alternative allows."""
    if "type" in schema:
        return (schema["type"],)
    values = _values(schema)
    if values is None:
        return _TYPES
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return tuple(names.get(type(value), "null") for value in values)


def _takes_type(reader: Schema, writer: Schema) -> bool:
    taken = _types(reader)
    return all(each in taken or (each == "integer" and "number" in taken) for each in _types(writer))


def _values(schema: Schema) -> list[Any] | None:
    """The closed set of values, if it is one."""
    if "const" in schema:
        return [schema["const"]]
    return schema.get("enum")


def _named(schema: Schema) -> str:
    types = _types(schema)
    return "anything" if types == _TYPES else f"of type {' or '.join(types)}"
