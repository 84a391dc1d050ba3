"""`tfwrap help`: of a command, on a topic, or all of it as a man page."""

from __future__ import annotations

import click

from tfwrap.cli.complete import complete_topic
from tfwrap.cli.output import say
from tfwrap.cli.topics import TOPICS, Topic

_WIDTH = 100


@click.command("help")
@click.argument("words", nargs=-1, metavar="[TOPIC|COMMAND|man]", shell_complete=complete_topic)
@click.pass_context
def help_(ctx: click.Context, words: tuple[str, ...]) -> None:
    """Help on a command or a topic: exit-codes, selectors, plan-classes, settings, variables.

    \b
    tfwrap help exit-codes
    tfwrap help new unit
    tfwrap help man > tfwrap.1        a man page of everything
    """  # noqa: D301
    root = ctx.find_root()
    if words == ("man",):
        from tfwrap.cli.man import man_page

        say(man_page(root))
    elif len(words) == 1 and words[0] in TOPICS:
        say(_text(TOPICS[words[0]]()))
    else:
        found = _find(root, words)
        say(found.get_help())
        if not words:
            say(f"\nTopics: tfwrap help {'|'.join([*TOPICS, 'man'])}")


def _find(ctx: click.Context, words: tuple[str, ...]) -> click.Context:
    """The context of the command that the words name."""
    for index, word in enumerate(words):
        command = ctx.command
        found = command.get_command(ctx, word) if isinstance(command, click.Group) else None
        if found is None:
            from tfwrap.base.suggest import did_you_mean

            known = command.list_commands(ctx) if isinstance(command, click.Group) else []
            hint = did_you_mean(word, known if index else [*known, *TOPICS]) or f"topics: {', '.join([*TOPICS, 'man'])}"
            raise click.UsageError(f"there is no help on {' '.join(words)}" + (f"; {hint}" if hint else ""))
        ctx = click.Context(found, parent=ctx, info_name=word)
    return ctx


def _text(topic: Topic) -> str:
    formatter = click.HelpFormatter(max_width=_WIDTH, width=_WIDTH)
    with formatter.section(topic.title):
        formatter.write_text(topic.about)
        formatter.write_paragraph()
        formatter.write_dl(topic.rows)
    if topic.examples:
        with formatter.section("Examples"):
            for example in topic.examples:
                formatter.write_text(example)
    return formatter.getvalue()
