"""`tfwrap completion`: the script that a shell loads. What it then asks for, `complete.py` answers."""

from __future__ import annotations

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script for SHELL.

    \b
    eval "$(tfwrap completion bash)"                                  in ~/.bashrc
    eval "$(tfwrap completion zsh)"                                   in ~/.zshrc
    tfwrap completion fish > ~/.config/fish/completions/tfwrap.fish
    """  # noqa: D301
    from click.shell_completion import ShellComplete, get_completion_class

    from tfwrap.cli.main import cli
    from tfwrap.cli.output import say

    made = get_completion_class(shell)
    if made is None:  # pragma: no cover - the three are click's own
        raise click.UsageError(f"there is no completion for {shell}")
    # Not its own `source`: for bash that starts a bash, only to look at its version.
    say(ShellComplete.source(made(cli, {}, "tfwrap", "_TFWRAP_COMPLETE")))
