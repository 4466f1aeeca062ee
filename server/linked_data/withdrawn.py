"""The list of ids that were withdrawn: their addresses answer 410, not 404.

`data/withdrawn.yaml` need not be there. Each entry has `id` (a path below `id/`), `on` (a date),
`why` (a sentence), and `instead` (another path) if something took its place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rdflib import URIRef
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from ontology.iris import resource
from server.store.loader import StoreError


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """One id that was withdrawn: since when, why, and what took its place, if anything."""

    iri: URIRef
    on: str
    why: str
    instead: URIRef | None


def withdrawals(path: Path) -> Mapping[URIRef, Withdrawal]:
    """Return the withdrawn ids that the file at `path` lists, none if there is no such file.

    Raises `StoreError`, naming the entry, if it cannot be read.
    """
    if not path.exists():
        return {}
    try:
        entries = YAML(typ="safe").load(path.read_text(encoding="utf-8")) or []
        found = [_withdrawal(entry) for entry in entries]
    except (OSError, UnicodeDecodeError, YAMLError, ValueError, TypeError, KeyError) as error:
        raise StoreError(f"{path}: this is no list of withdrawn ids: {error}") from error
    return {entry.iri: entry for entry in found}


def _withdrawal(entry: Mapping[str, object]) -> Withdrawal:
    if not isinstance(entry, Mapping) or not {"id", "on", "why"} <= entry.keys():
        raise ValueError(f"{entry!r} has not the fields id, on and why")
    instead = entry.get("instead")
    return Withdrawal(
        resource(str(entry["id"])),
        str(entry["on"]),
        str(entry["why"]),
        resource(str(instead)) if instead else None,
    )
