"""Commands of commands, such as `tfwrap new`: their list is wrapped, where click would cut it."""

from __future__ import annotations

import click

_LONGEST = 160  # letters of a command's first sentence


class WholeGroup(click.Group):
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([(name, found.get_short_help_str(_LONGEST)) for name, found in rows if found])
