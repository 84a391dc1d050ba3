"""What is said about a command line that cannot be read, and what to type instead.

Also to fingers that know Terraform or Terragrunt: `-out=x` is refused, since it would be read as `-o ut=x`. Never
guesses and goes on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import click

# Commands of Terraform and Terragrunt that have another name here, or none.
_COMMANDS = {
    "console": "try: tfwrap exec ENV UNIT -- terraform console",
    "find": "try: tfwrap list",
    "fmt": "generated files are formatted; for modules there is terraform fmt",
    "force-unlock": "try: tfwrap unlock ENV UNIT ID",
    "hcl": "env.yaml is YAML; try: tfwrap validate ENV",
    "import": "try: tfwrap exec ENV UNIT -- terraform import ADDRESS ID; or tfwrap import-terragrunt",
    "init": "plan does that by itself: tfwrap plan ENV; a project is started by: tfwrap new project",
    "refresh": "try: tfwrap drift ENV",
    "render": "try: tfwrap generate ENV --diff, or tfwrap config show ENV",
    "run": "a command runs over all units of its environment: tfwrap plan ENV",
    "run-all": "a command runs over all units of its environment: tfwrap plan ENV",
    "stack": "a command runs over all units of its environment: tfwrap plan ENV",
    "taint": "try: tfwrap exec ENV UNIT -- terraform taint ADDRESS",
    "version": "try: tfwrap --version",
    "workspace": "an environment is a folder with an env.yaml: tfwrap list",
}
_OPTIONS = {
    "all": "a command runs over all units of its environment",
    "auto-approve": "it is called --yes",
    "filter": "it is called -u, see: tfwrap help selectors",
    "no-color": "it is called --color never",
    "non-interactive": "it is called --yes",
    "queue-include-dir": "it is called -u, see: tfwrap help selectors",
    "queue-exclude-dir": "it is called -u '!UNIT', see: tfwrap help selectors",
    "refresh": "it is called --no-refresh",
    "target": "units are chosen by -u; for resources there is: tfwrap exec ENV UNIT -- terraform plan -target ADDRESS",
    "var": "values stand in env.yaml",
    "var-file": "values stand in env.yaml",
}
_SINGLE = re.compile(r"-([a-z][a-z-]+)(?:=.*)?")


def no_command(name: str, known: Iterable[str], ctx: click.Context) -> click.UsageError:
    from tfwrap.base.suggest import did_you_mean

    hint = _COMMANDS.get(name) or did_you_mean(name, known)
    return click.UsageError(f"there is no command {name}" + (f"; {hint}" if hint else ""), ctx)


def refuse_single_dashes(command: click.Command, arguments: Sequence[str], ctx: click.Context) -> None:
    """A long option behind one dash, up to `--`; what `exec` runs has a spelling of its own."""
    if command.context_settings.get("ignore_unknown_options"):
        return
    long = {
        option.removeprefix("--") for parameter in command.params for option in parameter.opts if option[:2] == "--"
    }
    for argument in arguments:
        if argument == "--":
            return
        match = _SINGLE.fullmatch(argument)
        if match and match[1] in {*long, *_OPTIONS}:
            hint = "long options have two dashes: --" + match[1] if match[1] in long else _OPTIONS[match[1]]
            child = click.Context(command, parent=ctx, info_name=command.name)
            raise click.UsageError(f"there is no option -{match[1]}; {hint}", child)


def explained(error: click.ClickException) -> str:
    """The message, and what to type instead where that is known."""
    said = error.format_message()
    if isinstance(error, click.NoSuchOption):
        hint = _OPTIONS.get(error.option_name.lstrip("-"))
        return f"there is no option {error.option_name}; {hint}" if hint else said
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is None:
        return said
    if isinstance(error, click.MissingParameter) and error.param and error.param.name in ("environment", "what"):
        return _no_environment(said, context)
    if said.startswith("Got unexpected extra argument") and any("-u" in one.opts for one in context.command.params):
        return f"{said.rstrip('.')}; units are chosen by -u, see: tfwrap help selectors"
    return said


def _no_environment(said: str, context: click.Context) -> str:
    from tfwrap.cli.complete import read_index

    names = ", ".join(read_index(context).get("environments", {}))
    return f"{said.rstrip('.')}; environments: {names}" if names else said
