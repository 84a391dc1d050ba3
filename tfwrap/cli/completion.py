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
    from tfwrap.cli import completion_scripts as scripts
    from tfwrap.cli.output import say

    say({"bash": scripts.BASH, "zsh": scripts.ZSH, "fish": scripts.FISH}[shell].rstrip())
