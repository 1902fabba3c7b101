"""The `marketplace` command (also `python -m marketplace`).

The names of the commands and a line on each stand here; the program behind them takes a second to load and is loaded
when one of them is called. Whatever goes wrong outside the program is told in one line.
"""

from __future__ import annotations

import errno
import gc
import os
from typing import IO, Any, Final

import click

COMMANDS: Final = {
    "audit": "The audit trail.",
    "backup": "Backups: making one, bringing it back, trying it.",
    "check": "Check the configuration and the data.",
    "db": "The database.",
    "deliveries": "What providers have given to clients.",
    "demo": "Demo content.",
    "files": "Stored files: bringing them to another place, proving them.",
    "index": "The search index.",
    "invitations": "Inviting providers.",
    "keys": "The portal's keys: what each holds, and giving former ones up.",
    "ledger": "The books: what has been granted, reserved and used.",
    "mail": "Mail that waits for a server to take it.",
    "payments": "Paying providers: batches and the bank's answers.",
    "pilots": "Pilot definitions.",
    "own-person": "What is kept of a person near to a client.",
    "privacy": "What is kept of a client: shown, put right, removed.",
    "providers": "Companies and other providers.",
    "register": "The national service register: what stands there, sending it.",
    "reports": "What the pilots show: the kept figures, and the report of a year.",
    "serve": "Serve the portal: web processes and the worker.",
    "users": "Accounts.",
    "worker": "Do once, or until stopped, what the portal does by itself.",
}


class Misconfigured(click.ClickException):
    """Settings are missing or impossible, a line on each."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        """Print each problem on a line of its own."""
        for problem in self.message.splitlines():
            click.echo(f"Error: {problem}", file=file, err=True)


_OF_THE_MACHINE: Final = frozenset(
    {errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EIO}
)
"""What a disk refuses that is full, broken, or not to be written or read: nothing of it is the program's fault."""


class Commands(click.Group):
    """Loads the program when a command is called, and not to list them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name; None when there is none."""
        if cmd_name not in COMMANDS:
            return None
        gc.disable()  # nothing of what is loaded is garbage; looking for it takes a quarter of the time
        try:
            from marketplace import cli
        finally:
            gc.enable()
        return cli.COMMANDS[cmd_name]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with a line on each."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name]) for name in self.list_commands(ctx)])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command within the portal's application: the one given as the context's object, or a new one."""
        from sqlalchemy.exc import DBAPIError

        from marketplace.app import create_app
        from marketplace.config import ConfigurationError
        from marketplace.db import first_line
        from marketplace.errors import DomainError, in_words

        try:
            app = ctx.obj or create_app()
            with app.app_context():
                return super().invoke(ctx)
        except ConfigurationError as error:
            raise Misconfigured(str(error)) from error
        except DomainError as error:
            raise click.ClickException(str(error)) from error
        except DBAPIError as error:
            raise click.ClickException(f"the database refuses: {first_line(error)}") from error
        except OSError as error:
            if error.errno not in _OF_THE_MACHINE:
                raise
            raise click.ClickException(in_words(error)) from error


@click.command(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Settings: docs/operations.md.",
)
@click.version_option(package_name="palvelutori", prog_name="marketplace")
def command() -> None:
    """Palvelutori – Servicetorget: the portal's command line."""


def main() -> None:
    """The entry point. Files that are made are their owner's only."""
    os.umask(0o077)
    os.environ.setdefault(
        "OPENBLAS_NUM_THREADS", "1"
    )  # a second thread would make forking unsafe, and is not used
    command()


if __name__ == "__main__":
    main()
