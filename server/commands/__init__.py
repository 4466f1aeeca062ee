"""The subcommands of `cebu`, one module each, loaded when first asked for."""

import gc
from pathlib import Path
from typing import NoReturn

import click

from ingest import DATA

data_option = click.option(
    "--data",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    default=DATA,
    show_default=False,
    help="The folder with sources/, annotations/, corrections/ and graph/ (default: the "
    "project's data/).",
)
"""The option of commands that read the documents and what people read in them."""


def collect_no_garbage() -> None:
    """Turn the collector of reference cycles off, for a command that ends when its work is done.

    Graphs of some 200,000 triples stay whole until then; looking through them again and again for
    garbage takes a fifth of the time of building and validating.
    """
    gc.disable()


def fail(message: str) -> NoReturn:
    """Print `message` to standard error as the one reason for stopping, and exit with status 1."""
    click.echo(f"Error: {message}", err=True)
    raise SystemExit(1)
