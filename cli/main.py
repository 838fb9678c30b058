"""`patron`: the command. One file per verb."""

import importlib
from collections.abc import Mapping

import click

VERBS: Mapping[str, tuple[str, str]] = {
    "check": ("cli.check", "check_command"),
    "decide": ("cli.decide", "decide_command"),
    "demo": ("cli.demo", "demo_command"),
    "import": ("cli.import_", "import_group"),
    "key": ("cli.key", "key_command"),
    "load": ("cli.load", "load_command"),
    "real": ("cli.real", "real_command"),
    "replay": ("cli.replay", "replay_command"),
    "report": ("cli.report", "report_group"),
    "serve": ("cli.serve", "serve_command"),
    "test": ("cli.test", "test_command"),
}
"""Verb -> (module, command); a verb's module is imported only when it is called or listed."""


class Verbs(click.Group):
    """A group whose verbs are imported when they are needed: `patron check` does not load a web server."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module, name = VERBS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="patron", prog_name="patron")
def main() -> None:
    """Next-best-action decisions from rules that marketers can read.

    \b
    patron check rules            what is wrong in a rulebook
    patron test rules             run its tests
    patron serve                  start the service
    """


if __name__ == "__main__":
    main()
