"""The subcommands of `cebu`, one module each, loaded when first asked for."""

from typing import NoReturn

import click


def fail(message: str) -> NoReturn:
    """Print `message` to standard error as the one reason for stopping, and exit with status 1."""
    click.echo(f"Error: {message}", err=True)
    raise SystemExit(1)
