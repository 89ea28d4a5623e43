"""The page at /docs: the OpenAPI document as plain HTML. No script and nothing from elsewhere, so it works offline."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from html import escape
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
STYLE = """
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;--paper:#fff;--tint:#f3f5f7;--mark:#0b5cad}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ec;--soft:#9aa4ae;--line:#3a424b;--paper:#14171a;--tint:#1f2429;
--mark:#7cb8f5}}
*{box-sizing:border-box}body{margin:0 auto;padding:2rem 1.5rem 4rem;max-width:60rem;background:var(--paper);
color:var(--ink);font:16px/1.55 system-ui,sans-serif}h1,h2,h3{line-height:1.25}h2{margin-top:2.5rem}
h3{margin:2rem 0 .25rem;overflow-wrap:anywhere}h4{margin:1.2rem 0 .3rem}a{color:var(--mark)}
code,pre{font:14px/1.5 ui-monospace,monospace}code{background:var(--tint);padding:.1em .3em;border-radius:3px;
overflow-wrap:anywhere}pre{background:var(--tint);padding:.8rem 1rem;border-radius:6px;overflow-x:auto}
.method{display:inline-block;min-width:3.6rem;font-weight:700;color:var(--mark)}.soft{color:var(--soft)}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;
padding:.4rem .6rem;border-bottom:1px solid var(--line)}td:first-child code{white-space:nowrap}
th{color:var(--soft);font-weight:600}
"""
METHODS = ("get", "post", "put", "patch", "delete")


def add_reference(api: FastAPI) -> None:
    """Serves the page at /docs, made once from the application's own document."""
    made: list[str] = []

    async def reference(_request: Request) -> HTMLResponse:
        if not made:
            made.append(page(api.openapi()))
        return HTMLResponse(made[0], headers={"Content-Security-Policy": POLICY})

    api.add_route("/docs", reference, methods=["GET"], include_in_schema=False)


def page(document: dict[str, Any]) -> str:
    """The whole document as one HTML page."""
    info = document["info"]
    told = {tag["name"]: tag.get("description", "") for tag in document.get("tags", [])}
    routes = [
        (path, method, route)
        for path, methods in document["paths"].items()
        for method, route in methods.items()
        if method in METHODS
    ]
    title = escape(info["title"])
    parts = [
        f"<h1>{title}</h1><p class=soft>Version {escape(info['version'])}. For programs: "
        "<a href='/openapi.json'>openapi.json</a>.</p>",
        prose(info.get("description", "")),
        "<nav aria-label='Contents'><ul>",
        *(f"<li><a href='#{_anchor(method, path)}'>{_name(method, path)}</a>: {escape(route.get('summary', ''))}</li>"
          for path, method, route in routes),
        "</ul></nav>",
    ]  # fmt: skip
    for tag in dict.fromkeys([*told, *(tag for _, _, route in routes for tag in route.get("tags", []))]):
        of_tag = [one for one in routes if tag in one[2].get("tags", [])]
        if of_tag:
            parts.append(f"<h2>{escape(tag.capitalize())}</h2>{prose(told.get(tag, ''))}")
            parts += [_route(path, method, route) for path, method, route in of_tag]
    parts.append("<h2>Shapes</h2>")
    parts += [_shape(name, schema) for name, schema in document.get("components", {}).get("schemas", {}).items()]
    return (
        "<!doctype html><html lang=en><head><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width, initial-scale=1'><link rel=icon href='data:,'>"
        f"<title>{title}</title><style>{STYLE}</style></head><body><main>{''.join(parts)}</main></body></html>"
    )


def prose(text: str) -> str:
    """The little Markdown that our descriptions use: paragraphs, lists, bold and code."""
    blocks: list[str] = []
    for block in re.split(r"\n\s*\n", text.strip()):
        lines = [line.strip() for line in block.splitlines()]
        if not block.strip():
            continue
        if lines[0].startswith("* "):
            items = [_inline(item) for item in re.split(r"(?:^|\s)\* ", " ".join(lines)) if item]
            blocks.append("<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>")
        elif all(not line.startswith("* ") for line in lines):
            blocks.append(f"<p>{_inline(' '.join(lines))}</p>")
        else:
            first = next(place for place, line in enumerate(lines) if line.startswith("* "))
            blocks += [prose("\n".join(lines[:first])), prose("\n".join(lines[first:]))]
    return "".join(blocks)


def _inline(text: str) -> str:
    kept = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))
    return re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", kept)


def _route(path: str, method: str, route: dict[str, Any]) -> str:
    parts = [
        f"<section><h3 id='{_anchor(method, path)}'>{_name(method, path)}</h3>",
        f"<p><strong>{escape(route.get('summary', ''))}.</strong></p>",
        prose(route.get("description", "")),
        "<p class=soft>Needs a bearer token.</p>" if route.get("security") else "",
    ]
    if parameters := route.get("parameters"):
        parts.append("<h4>Parameters</h4>" + _table(
            ("name", "where", "type", "what"),
            ((_code(one["name"]), escape(one["in"]) + ("" if one.get("required") else ", optional"),
              _type(one["schema"]), _inline(one.get("description") or one["schema"].get("description", "")))
             for one in parameters),
        ))  # fmt: skip
    for kind, content in route.get("requestBody", {}).get("content", {}).items():
        parts.append(f"<h4>Body</h4><p>{_code(kind)}: {_type(content.get('schema', {}))}</p>")
    answers = (
        (_code(status), _inline(one.get("description", "")), ", ".join(_bodies(one)) or "nothing")
        for status, one in sorted(route.get("responses", {}).items())
    )
    parts.append("<h4>Answers</h4>" + _table(("status", "when", "body"), answers))
    return "".join(parts) + "</section>"


def _bodies(answer: dict[str, Any]) -> list[str]:
    return [f"{_type(body.get('schema', {}))} as {_code(kind)}" for kind, body in answer.get("content", {}).items()]


def _shape(name: str, schema: dict[str, Any]) -> str:
    needed = schema.get("required", [])
    fields = (
        (_code(field) + ("" if field in needed else " <span class=soft>optional</span>"), _type(one),
         _inline(one.get("description", "")))
        for field, one in schema.get("properties", {}).items()
    )  # fmt: skip
    parts = [f"<section><h3 id='shape-{escape(name)}'>{escape(name)}</h3>", prose(schema.get("description", ""))]
    if schema.get("properties"):
        parts.append(_table(("field", "type", "what"), fields))
    else:
        parts.append(f"<p>{_type(schema)}</p>")
    for example in schema.get("examples", []):
        parts.append(f"<h4>Example</h4><pre>{escape(json.dumps(example, indent=2, ensure_ascii=False))}</pre>")
    return "".join(parts) + "</section>"


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = escape(schema["$ref"].rsplit("/", 1)[1])
        return f"<a href='#shape-{name}'>{name}</a>"
    for joined, word in (("anyOf", " or "), ("oneOf", " or "), ("allOf", " and ")):
        if joined in schema:
            return word.join(_type(one) for one in schema[joined])
    if "const" in schema or "enum" in schema:
        return " or ".join(_code(json.dumps(one)) for one in schema.get("enum", [schema.get("const")]))
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"list of {_type(schema.get('items', {}))}{_bounds(schema)}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_type(schema['additionalProperties'])}"
    return escape(str(kind)) + (f" ({escape(schema['format'])})" if "format" in schema else "") + _bounds(schema)


def _bounds(schema: dict[str, Any]) -> str:
    words: tuple[tuple[str, Callable[[Any], str]], ...] = (
        ("minLength", lambda n: f"at least {n} characters"), ("maxLength", lambda n: f"at most {n} characters"),
        ("minItems", lambda n: f"at least {n}"), ("maxItems", lambda n: f"at most {n}"),
        ("minimum", lambda n: f"from {n}"), ("maximum", lambda n: f"up to {n}"),
        ("pattern", lambda text: _code(text)),
    )  # fmt: skip
    told = [word(schema[name]) for name, word in words if name in schema]
    return f" <span class=soft>{', '.join(told)}</span>" if told else ""


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = "".join(f"<th scope=col>{name}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<div class=wide tabindex=0><table><thead><tr>{names}</tr></thead><tbody>{body}</tbody></table></div>"


def _name(method: str, path: str) -> str:
    return f"<span class=method>{method.upper()}</span> {_code(path)}"


def _code(text: str) -> str:
    return f"<code>{escape(str(text))}</code>"


def _anchor(method: str, path: str) -> str:
    return f"{method}-" + re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-")
