"""The contracts as pages: plain HTML that needs no program in the browser and nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final

from ioc.contracts.catalogue import CENTRE, CONTRACTS, Contract
from ioc.contracts.schema import OPEN_CODES
from ioc.topics import DLQ, TopicSpec, alert_topic

_DAY_MS: Final = 86_400_000
_CODE: Final = re.compile(r"`([^`]+)`")
_BOUNDS: Final = {
    "minimum": "≥ {}", "maximum": "≤ {}", "minLength": "at least {} characters", "maxLength": "at most {} characters",
    "minItems": "at least {} items", "maxItems": "at most {} items",
}  # fmt: skip

STYLE: Final = """
:root { color-scheme: light dark; --line: #8886; --soft: #8881; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 72rem; padding: 1rem; }
h1, h2 { line-height: 1.2; }
h2 { margin-top: 2.5rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .6rem; text-align: left; vertical-align: top; }
thead th { background: var(--soft); }
code { font-family: ui-monospace, monospace; font-size: .92em; }
.must { font-weight: 600; }
nav { border-bottom: 1px solid var(--line); padding-bottom: .5rem; }
nav a { margin-right: 1rem; }
"""

RULES: Final = (
    "Fields may be added, optional ones only; readers ignore those that they do not know.",
    "No field goes away, none changes its type or meaning, none becomes required of who publishes.",
    "What a reader always finds (required here) is always there. What was added later is absent in older records.",
    f"A set of codes is closed within a version, unless it is marked as open ({OPEN_CODES}).",
    "What cannot be done so gets a new type (…v2) beside the old one, and both are written for at least a year.",
)
"""How contracts change."""


def index(version: str, centres: Sequence[str], specs: Mapping[str, TopicSpec]) -> str:
    """The page that leads to all others.

    Args:
        version: Of the product.
        centres: Codes of the province's centres.
        specs: Topics by name.

    """
    rows = [_topic_row(contract, centres, specs) for contract in CONTRACTS]
    rules = "".join(f"<li>{_words(rule)}</li>" for rule in RULES)
    published = "".join(row for row, contract in zip(rows, CONTRACTS, strict=True) if contract.direction == "in")
    written = "".join(row for row, contract in zip(rows, CONTRACTS, strict=True) if contract.direction == "out")
    head = _head(("record", "topic", "key", "CloudEvents type", "kept"))
    body = f"""<h1>Contracts of the IOC event stream processor</h1>
<p>Version {escape(version)}. For programs: <a href="/openapi.json">/openapi.json</a> (HTTP),
<a href="/asyncapi.json">/asyncapi.json</a> (Kafka), <a href="/schemas">/schemas</a> (JSON Schema 2020-12).</p>
<p lang="vi">Trang này mô tả dữ liệu trên từng chủ đề Kafka: ai ghi, ai đọc, mỗi trường có ý nghĩa gì.</p>
<h2 id="in">What others publish</h2>
<div class="wide"><table>{head}<tbody>{published}</tbody></table></div>
<h2 id="out">What others read</h2>
<p>Read with <code>isolation.level=read_committed</code>: what was not committed does not count.
Centres: {", ".join(f"<code>{escape(centre)}</code>" for centre in centres)}.</p>
<div class="wide"><table>{head}<tbody>{written}</tbody></table></div>
<p>Records that could not be taken stand on <code>{DLQ}</code>, bytes unchanged, for administrators.</p>
<h2 id="rules">How contracts change</h2>
<ul>{rules}</ul>"""
    return _page("Contracts", body)


def record(contract: Contract, schema: Mapping[str, Any]) -> str:
    """The page of one kind of record."""
    facts = [
        ("topic", f"<code>{escape(contract.topic)}</code>"),
        ("record key", _words(contract.key)),
        ("CloudEvents type", f"<code>{escape(contract.event_type)}</code>" if contract.event_type else "none"),
        ("written by", "whoever publishes" if contract.direction == "in" else "the product"),
        ("schema", f'<a href="/schemas/{contract.name}">/schemas/{contract.name}</a>'),
    ]
    listed = "".join(f'<tr><th scope="row">{name}</th><td>{words}</td></tr>' for name, words in facts)
    parts = "".join(
        f'<h2 id="{escape(name)}">{escape(name)}</h2>{_fields(part)}' for name, part in schema.get("$defs", {}).items()
    )
    body = f"""<h1>{escape(schema["title"])}</h1>
<p>{_words(schema.get("description", ""))}</p>
<div class="wide"><table><tbody>{listed}</tbody></table></div>
<h2 id="fields">Fields</h2>
{_fields({**schema, "description": ""})}{parts}"""
    return _page(schema["title"], body)


def _topic_row(contract: Contract, centres: Sequence[str], specs: Mapping[str, TopicSpec]) -> str:
    spec = specs[alert_topic(centres[0]) if contract.topic.endswith(CENTRE) else contract.topic]
    kept = "newest of each key" if spec.retention_ms is None else f"{spec.retention_ms // _DAY_MS} d"
    restricted = " (restricted: personal data)" if spec.restricted else ""
    return (
        f'<tr><th scope="row"><a href="/docs/{contract.name}">{escape(contract.name)}</a></th>'
        f"<td><code>{escape(contract.topic)}</code>{restricted}</td><td>{_words(contract.key)}</td>"
        f"<td><code>{escape(contract.event_type or '—')}</code></td><td>{kept}</td></tr>"
    )


def _fields(schema: Mapping[str, Any]) -> str:
    required = schema.get("required", ())
    rows = "".join(
        f'<tr><th scope="row"><code class="{"must" if name in required else "may"}">{escape(name)}</code></th>'
        f"<td>{'yes' if name in required else 'no'}</td>"
        f"<td>{'<br>'.join(_kinds(field))}</td><td>{_words(field.get('description', ''))}</td></tr>"
        for name, field in schema.get("properties", {}).items()
    )
    words = schema.get("description", "")
    told = f"<p>{_words(words)}</p>" if words else ""
    return (
        f'{told}<div class="wide"><table>{_head(("field", "required", "what it is", "what it says"))}'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _kinds(field: Mapping[str, Any]) -> Iterator[str]:
    """What a field may be, one line each, in HTML."""
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        yield f'<a href="#{escape(name)}">{escape(name)}</a>'
        return
    if "anyOf" in field:
        for each in field["anyOf"]:
            yield from _kinds(each)
        return
    if "const" in field or "enum" in field or OPEN_CODES in field:
        codes = field.get("enum", field.get(OPEN_CODES, [field.get("const")]))
        text = ", ".join(f"<code>{escape(str(code))}</code>" for code in codes)
        yield f"{text}, or a code to come" if OPEN_CODES in field else text
        return
    kind = {"date-time": "time, RFC 3339"}.get(field.get("format", ""), field.get("type", "anything"))
    if kind == "array":
        items = " or ".join(_kinds(field.get("items", {})))
        kind = f"list of: {items}"
    elif isinstance(field.get("additionalProperties"), dict):
        kind = f"object of: {' or '.join(_kinds(field['additionalProperties']))}"
    else:
        kind = escape(kind)
    bounds = [words.format(f"{field[name]:g}") for name, words in _BOUNDS.items() if name in field]
    yield ", ".join([kind, *bounds])


def _head(names: Sequence[str]) -> str:
    return "<thead><tr>" + "".join(f'<th scope="col">{name}</th>' for name in names) + "</tr></thead>"


def _words(text: str) -> str:
    return _CODE.sub(r"<code>\1</code>", escape(text))


def _page(title: str, body: str) -> str:
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} · IOC</title>
<link rel="stylesheet" href="/docs/style.css">
</head>
<body>
<nav aria-label="Contracts"><a href="/docs">Contracts</a><a href="/docs#in">Published</a><a href="/docs#out">Read</a>\
<a href="/docs#rules">Changes</a></nav>
<main>
{body}
</main>
</body>
</html>
"""
