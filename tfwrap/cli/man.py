"""One man page of all commands and topics, as roff; made from the commands, so that it cannot be out of date."""

from __future__ import annotations

from collections.abc import Iterator

import click

from tfwrap import __version__
from tfwrap.cli.topics import TOPICS


def man_page(root: click.Context) -> str:
    lines = [f'.TH TFWRAP 1 "" "tfwrap {__version__}"', ".SH NAME"]
    lines += [r"tfwrap \- " + _roff(root.command.get_short_help_str(200)), ".SH SYNOPSIS", r".B tfwrap"]
    lines += ["COMMAND [OPTIONS]", ".SH COMMANDS", *_commands(root)]
    for make in TOPICS.values():
        topic = make()
        lines += [f".SH {topic.title.upper()}", _roff(topic.about)]
        for term, text in topic.rows:
            lines += [".TP", f".B {_roff(term)}", _roff(text)]
        lines += _examples(topic.examples)
    return "\n".join(lines) + "\n"


def _commands(ctx: click.Context) -> Iterator[str]:
    group = ctx.command
    if not isinstance(group, click.Group):
        return
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        if command is None or command.hidden:
            continue
        inner = click.Context(command, parent=ctx, info_name=name)
        usage = " ".join(command.collect_usage_pieces(inner))
        yield f".SS {_roff(f'{inner.command_path} {usage}')}"
        about, *shown = (command.help or "").split("\b\n")
        yield _roff(" ".join(about.split()))
        told = [line for text in shown for line in text.splitlines() if line.strip()]
        yield from _examples(told)
        for parameter in command.get_params(inner):
            record = parameter.get_help_record(inner)
            if record and record[1]:
                yield from (".TP", f".B {_roff(record[0])}", _roff(record[1]))
        yield from _commands(inner)


def _examples(lines: list[str] | tuple[str, ...]) -> list[str]:
    return [".PP", ".nf", *(f"    {_roff(line)}" for line in lines), ".fi"] if lines else []


def _roff(text: str) -> str:
    """A dash is a minus that can be copied; a dot or quote in front would be an order to the formatter."""
    escaped = text.replace("\\", r"\e").replace("-", r"\-")
    escaped = "".join(char if char.isascii() else f"\\[u{ord(char):04X}]" for char in escaped)
    return "\n".join(rf"\&{line}" if line.startswith((".", "'")) else line for line in escaped.splitlines())
