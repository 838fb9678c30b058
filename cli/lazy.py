"""Groups of commands that import a command's module when the command is called or listed."""

import importlib
from collections.abc import Mapping
from typing import Any

import click
from click.exceptions import NoSuchCommand


class LazyGroup(click.Group):
    """A group that imports its commands on demand, so that `patron check` does not load a web server.

    `lazy`: command -> (module, attribute). `former`: former name -> the words that
    are written now.
    """

    def __init__(
        self,
        *args: Any,
        lazy: Mapping[str, tuple[str, str]],
        former: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(*args, **more)
        self._lazy = lazy
        self._former = former or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._lazy:
            return None
        module, name = self._lazy[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Refuse a former name with the present one, and suggest near names for others: click does not know any."""
        try:
            return super().resolve_command(ctx, args)
        except NoSuchCommand as error:
            name = error.command_name
            if name in self._former:
                raise NoSuchCommand(name, f"No such command '{name}': write '{self._former[name]}'.", ctx=ctx) from None
            raise NoSuchCommand(name, possibilities=self._lazy, ctx=ctx) from None
