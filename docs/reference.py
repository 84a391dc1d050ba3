"""Makes the pages of docs/reference from the code: `python docs/reference.py`. A test holds them against it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

import click

from tfwrap.cli.main import COMMANDS, cli
from tfwrap.cli.topics import TOPICS
from tfwrap.report.document import schema as report_schema
from tfwrap.settings.environment import json_schema
from tfwrap.settings.project_settings import ProjectSettings
from tfwrap.stacks.emissary.settings import EmissarySettings
from tfwrap.stacks.units_settings import UnitsSettings

HERE = Path(__file__).parent
MADE = "<!-- Made by docs/reference.py; do not edit. -->\n\n"
_DEEPEST = 5


def pages() -> dict[str, str]:
    """{file name: text} of every page."""
    return {
        "commands.md": _commands(),
        "topics.md": _topics(),
        "project.md": _settings(
            "Project settings",
            "`tfwrap.toml`, or `[tool.tfwrap]` in `pyproject.toml`, at the root of a project.",
            ProjectSettings.model_json_schema(),
        ),
        "units.md": _settings(
            "env.yaml: units",
            "`stack: units`. For editors: `tfwrap schema units`.",
            json_schema(UnitsSettings),
        ),
        "emissary.md": _settings(
            "env.yaml: emissary",
            "`stack: emissary`. For editors: `tfwrap schema emissary`.",
            json_schema(EmissarySettings),
        ),
        "report.md": _settings(
            "The --json document",
            "What `plan`, `apply`, `destroy`, `drift`, `show` and `validate` print: `tfwrap schema report`.",
            report_schema(),
        ),
        "codes.md": _codes(),
    }


def _commands() -> str:
    root = click.Context(cli, info_name="tfwrap")
    lines = [f"{MADE}# Commands\n"]
    for title, names in COMMANDS.items():
        lines.append(f"## {title}\n")
        for name in names:
            command = cli.get_command(root, name)
            if command:
                lines += _command(click.Context(command, parent=root, info_name=name))
    return "\n".join(lines)


def _command(ctx: click.Context) -> Iterator[str]:
    command = ctx.command
    yield f"### {ctx.command_path}\n"
    about, *examples = (command.help or "").split("\b\n")
    usage = " ".join((ctx.command_path, *command.collect_usage_pieces(ctx)))
    yield f"`{usage}`\n"
    yield f"{_text(about)}\n"
    shown = [line.strip() for text in examples for line in text.splitlines() if line.strip()]
    if shown:
        yield "```sh\n" + "\n".join(shown) + "\n```\n"
    options = [one for one in command.get_params(ctx) if isinstance(one, click.Option) and one.name != "help"]
    rows = [record for one in options if (record := one.get_help_record(ctx))]
    if rows:
        yield from _table(("option", "does"), [(_code(left), _cell(_text(right))) for left, right in rows])
    if isinstance(command, click.Group):
        for name in command.list_commands(ctx):
            inner = command.get_command(ctx, name)
            if inner:
                yield from _command(click.Context(inner, parent=ctx, info_name=name))


def _topics() -> str:
    lines = [f"{MADE}# Exit status, selectors, variables\n\nThe same as `tfwrap help TOPIC`.\n"]
    for name, make in TOPICS.items():
        topic = make()
        lines += [f"## {topic.title}\n", f"`tfwrap help {name}`. {_text(topic.about)}\n"]
        lines += _table(("", ""), [(_code(term), _cell(_text(text))) for term, text in topic.rows])
        if topic.examples:
            lines.append("```sh\n" + "\n".join(topic.examples) + "\n```\n")
    return "\n".join(lines)


def _settings(title: str, about: str, schema: dict[str, Any]) -> str:
    rows = [(_code(path), kind, text) for path, kind, text in _keys(schema, schema, "", 0)]
    return "\n".join([f"{MADE}# {title}\n", f"{about}\n", *_table(("key", "type", "what it says"), rows)])


def _keys(node: dict[str, Any], schema: dict[str, Any], path: str, depth: int) -> Iterator[tuple[str, str, str]]:
    """Every key below the node, deepest last; `*` is any name."""
    node = _resolved(node, schema)
    for name, inner in node.get("properties", {}).items():
        where = f"{path}.{name}" if path else name
        yield where, _cell(_kind(inner, schema)), _cell(_text(inner.get("description", "")))
        if depth < _DEEPEST:
            yield from _keys(inner, schema, where, depth + 1)
    for options in ("anyOf", "oneOf"):
        for inner in node.get(options, ()):
            yield from _keys(inner, schema, path, depth + 1)
    if depth < _DEEPEST:
        if isinstance(node.get("additionalProperties"), dict):
            yield from _keys(node["additionalProperties"], schema, f"{path}.*", depth + 1)
        for inner in node.get("patternProperties", {}).values():
            yield from _keys(inner, schema, f"{path}.*", depth + 1)
        if isinstance(node.get("items"), dict):
            yield from _keys(node["items"], schema, f"{path}[]", depth + 1)


def _resolved(node: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        node = schema["$defs"][node["$ref"].rpartition("/")[2]]
    return node


def _kind(node: dict[str, Any], schema: dict[str, Any]) -> str:
    node = _resolved(node, schema)
    if "const" in node:
        return f"`{node['const']}`"
    if "enum" in node:
        return ", ".join(f"`{value}`" for value in node["enum"])
    inner = [_kind(one, schema) for one in (*node.get("anyOf", ()), *node.get("oneOf", ()))]
    if inner:
        return " or ".join(dict.fromkeys(kind for kind in inner if kind != "null"))
    if node.get("type") == "array":
        return f"list of {_kind(node.get('items', {}), schema)}"
    kind = str(node.get("type", "any"))
    words = {"object": "map", "string": "text", "integer": "whole number", "boolean": "true, false"}
    return words.get(kind, kind)


def _codes() -> str:
    rows = []
    for page in sorted((HERE / "codes").glob("*.md"), key=lambda path: (path.stem[0], int(path.stem[1:]))):
        title = page.read_text(encoding="utf-8").splitlines()[0].partition(": ")[2]
        rows.append((f"[{page.stem}](../codes/{page.name})", _cell(_text(title))))
    about = "What an error or warning means, and how to mend it; also `tfwrap explain CODE`.\n"
    return "\n".join([f"{MADE}# Codes\n", about, *_table(("code", "meaning"), rows)])


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    lines = [f"| {' | '.join(cells)} |" for cells in (header, ("---",) * len(header), *rows)]
    return ["\n".join(lines) + "\n"]


def _text(text: str) -> str:
    return " ".join(text.split()).replace("<", "&lt;").replace("*", "\\*")


def _code(text: str) -> str:
    """In a table: a bar would end the cell, and in backquotes MkDocs shows the backslash before it too."""
    return f"<code>{escape(text).replace('|', '&#124;')}</code>" if "|" in text else f"`{text}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    (HERE / "reference").mkdir(exist_ok=True)
    for name, text in pages().items():
        (HERE / "reference" / name).write_text(text, encoding="utf-8")
