"""A validation report in SARIF 2.1.0 (OASIS), which code hosts show at the lines of files."""

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from rdflib import BNode, Graph, URIRef
from rdflib.term import Node

from shapes.locate import Location
from shapes.report import ValidationReport, ValidationResult

SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS: Final = {"Violation": "error", "Warning": "warning", "Info": "note"}
_ROOT: Final = "%SRCROOT%"


def sarif(
    report: ValidationReport,
    version: str,
    place: Callable[[ValidationResult], Sequence[Location]] = lambda result: result.location,
    messages: Iterable[str] = (),
) -> dict[str, Any]:
    """Return the report as a SARIF log with one run, and one result a validation result.

    A result's rule is the shape, by its name in the shapes file; its place is the first that
    `place` gives, and the others are related ones. `messages` are what else was found wrong,
    without a place. `version` is the program's. Files below the current folder have relative URIs.
    """
    results = [_result(result, place(result)) for result in report.results]
    results += [_plain("source-text", message) for message in messages]
    return _log(results, _rules(report.results), version)


def sarif_of_mistake(message: str, location: Location, version: str) -> dict[str, Any]:
    """Return the log of a file that does not parse, at the line where it stops."""
    return _log([{**_plain("turtle-syntax", message), **_places([location])}], {}, version)


def owner_of(data: Graph) -> Callable[[Node], Node | None]:
    """Return the function that finds the named node whose description holds a blank node."""

    def owner(node: Node) -> Node | None:
        seen: set[Node] = set()
        level = {node}
        while level and not any(isinstance(item, URIRef) for item in level):
            seen |= level
            level = {s for item in level for s in data.subjects(None, item)} - seen
        return min((item for item in level if isinstance(item, URIRef)), default=None, key=str)

    return owner


def _log(
    results: list[dict[str, Any]], rules: dict[str, dict[str, Any]], version: str
) -> dict[str, Any]:
    for result in results:
        rules.setdefault(result["ruleId"], {"id": result["ruleId"]})
    names = sorted(rules)
    for result in results:
        result["ruleIndex"] = names.index(result["ruleId"])
    driver = {
        "name": "cebu validate",
        "version": version,
        "informationUri": "https://w3id.org/cebu/shapes",
        "rules": [rules[name] for name in names],
    }
    run = {
        "tool": {"driver": driver},
        "originalUriBaseIds": {
            _ROOT: {"description": {"text": "The folder that the files were named from."}}
        },
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rules(results: Iterable[ValidationResult]) -> dict[str, dict[str, Any]]:
    return {
        _rule_id(result): {
            "id": _rule_id(result),
            "shortDescription": {"text": result.message},
            "helpUri": result.source_shape
            if result.source_shape.startswith("http")
            else result.constraint,
            "defaultConfiguration": {"level": _LEVELS.get(result.severity, "error")},
        }
        # The last of equal ones stays: so that it is the same one each time.
        for result in sorted(results, key=lambda item: (item.source_shape, item.message))
    }


def _rule_id(result: ValidationResult) -> str:
    """Name the shape; one without a name by its constraint, as it differs from run to run."""
    iri = result.source_shape if "://" in result.source_shape else result.constraint
    return iri.rpartition("#")[2] or iri


def _result(result: ValidationResult, places: Sequence[Location]) -> dict[str, Any]:
    where = f" at {result.path_label}" if result.path_label else ""
    value = "" if result.value in {None, result.entity} else f", {str(result.value)[:200]!r}"
    unnamed = isinstance(result.entity, BNode)
    return {
        "ruleId": _rule_id(result),
        "level": _LEVELS.get(result.severity, "error"),
        "message": {"text": f"{result.label}{where}: {result.problem}{value}. {result.message}"},
        "partialFingerprints": {
            # A blank node's identifier differs from run to run.
            "cebuResult/v1": _digest(
                "" if unnamed else str(result.entity),
                result.path or "",
                "" if isinstance(result.value, BNode) else str(result.value),
                result.source_shape if "://" in result.source_shape else "",
                result.constraint,
            )
        },
        **_places(places),
    }


def _plain(rule: str, message: str) -> dict[str, Any]:
    return {
        "ruleId": rule,
        "level": "error",
        "message": {"text": message},
        "partialFingerprints": {"cebuResult/v1": _digest(rule, message)},
    }


def _places(places: Sequence[Location]) -> dict[str, Any]:
    found = [{"physicalLocation": _physical(place)} for place in places]
    return {
        **({"locations": found[:1]} if found else {}),
        **({"relatedLocations": found[1:]} if found[1:] else {}),
    }


def _physical(place: Location) -> dict[str, Any]:
    return {"artifactLocation": _artifact(place.path), "region": {"startLine": place.line}}


def _artifact(path: Path) -> dict[str, str]:
    """Return the address of a file (SARIF 2.1.0, section 3.4), relative if it is below us."""
    whole = Path(os.path.abspath(path))  # noqa: PTH100 (links stay as they are named)
    here = Path.cwd()
    if whole.is_relative_to(here):
        # A URI of the whole path less that of the folder: its characters are escaped as they must.
        base = here.as_uri().rstrip("/") + "/"
        return {"uri": whole.as_uri().removeprefix(base), "uriBaseId": _ROOT}
    return {"uri": whole.as_uri()}


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
