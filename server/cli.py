"""The command line: `cebu`."""

import importlib
from typing import Final

import click

from server import __version__

# Each is the click command `command` of the module of that name in server/commands/, imported only
# when it is asked for: `cebu serve` need not load what validation needs.
COMMANDS: Final = {
    "build": "Read the documents and write the graph to data/graph/.",
    "coverage": "Print how much of each document is evidence, and what is not.",
    "diff": "Say what is different between two versions of the graph.",
    "publish": "Load the graph into another SPARQL engine, and compare it triple by triple.",
    "query": "Answer a query or a question of the library.",
    "revert": "Take a change of the served graph back.",
    "serve": "Serve the graph: SPARQL endpoint, linked data and pages.",
    "update": "Change the served graph by files, all or nothing.",
    "validate": "Check the graph against the shapes and the documents.",
}


class _LazyGroup(click.Group):
    """A group whose commands are listed by name and imported by need."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"server.commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cebu")
def main() -> None:
    """Build, check, serve and query the knowledge graph of ASEAN labour-migration governance."""


if __name__ == "__main__":
    main(prog_name="cebu")
