"""`patron`: the command. One file per verb."""

import importlib
from collections.abc import Mapping

import click
from click.exceptions import NoSuchCommand

from runtime import version

VERBS: Mapping[str, tuple[str, str]] = {
    "backtest": ("cli.backtest", "backtest_command"),
    "check": ("cli.check", "check_command"),
    "decide": ("cli.decide", "decide_command"),
    "deliveries": ("cli.deliveries", "deliveries_command"),
    "demo": ("cli.demo", "demo_command"),
    "diff": ("cli.diff", "diff_command"),
    "explain": ("cli.explain", "explain_command"),
    "export": ("cli.export", "export_command"),
    "fit": ("cli.fit", "fit_command"),
    "fmt": ("cli.fmt", "fmt_command"),
    "history": ("cli.rulebook_history", "history_command"),
    "import": ("cli.import_", "import_group"),
    "key": ("cli.key", "key_command"),
    "load": ("cli.load", "load_command"),
    "new": ("cli.new", "new_group"),
    "publish": ("cli.publish", "publish_command"),
    "real": ("cli.real", "real_command"),
    "replay": ("cli.replay", "replay_command"),
    "reproduce": ("cli.reproduce", "reproduce_command"),
    "report": ("cli.report", "report_group"),
    "roles": ("cli.roles", "roles_command"),
    "rollback": ("cli.rulebook_history", "rollback_command"),
    "schema": ("cli.schema", "schema_command"),
    "serve": ("cli.serve", "serve_command"),
    "show": ("cli.rulebook_history", "show_command"),
    "table": ("cli.table", "table_group"),
    "test": ("cli.test", "test_command"),
    "upgrade": ("cli.upgrade", "upgrade_command"),
    "worker": ("cli.worker", "worker_command"),
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

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """click would look for near verbs among those that were imported: none."""
        try:
            return super().resolve_command(ctx, args)
        except NoSuchCommand as error:
            raise NoSuchCommand(error.command_name, possibilities=VERBS, ctx=ctx) from None


def _tell_version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        known = version.installed()
        click.echo(f"patron {known}" if known else "patron, run from its sources without being installed")
        ctx.exit()


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_tell_version, help="The version.")
def main() -> None:
    """Next-best-action decisions from rules that marketers can read.

    \b
    Example:
      patron check rules            what is wrong in a rulebook
      patron test rules             run its tests
      patron serve                  start the service
      patron decide c-1001          ask it what to do for a customer, and why

    Each verb tells more with --help. Exit codes: 0 done, 1 it found something (errors in rules, a failed test, refused
    events), 2 it could not begin (wrong call, unreadable file, unreachable service).
    """


if __name__ == "__main__":
    main(prog_name="patron")
