"""What was changed, when, by whom and why; past versions by number or time; taking changes back."""

import json
import re
from typing import Any, Final

from flask import Blueprint, Response, g, request

from ontology.namespaces import PREFIXES, new_graph
from server.history.formats import Listed, describe, feed
from server.history.versions import difference, number_asked, unknown
from server.history.words import Differences, differences
from server.http.formats import GRAPHS, HTML, TEXT, Format
from server.http.negotiation import Choice, choose
from server.http.problems import Problem
from server.http.rdf import serialised
from server.http.responses import answer, not_acceptable, page
from server.linked_data.addresses import query_link
from server.services import services
from server.store.change_log import ChangeLog
from server.store.changes import Restoration
from server.store.provenance import PROVENANCE
from server.store.rdf_patch import MEDIA_TYPE, Note, rows
from server.validation.verdicts import JSON
from server.writing import auth, wishes
from server.writing.writes import write

blueprint = Blueprint("history", __name__)

PAGE_SIZE: Final = 50

_ATOM: Final = Format("atom", "application/atom+xml", "Atom")
_PATCH: Final = Format("rdfp", MEDIA_TYPE, "RDF Patch")
_LIST: Final = (HTML, JSON, _ATOM, *GRAPHS)
_ONE: Final = (HTML, JSON, _PATCH, *GRAPHS, TEXT)
_DIFFERENCE: Final = (HTML, JSON, TEXT, _PATCH)
_QUERY: Final = f"""PREFIX prov: <{PREFIXES["prov"]}>
PREFIX rdfs: <{PREFIXES["rdfs"]}>
PREFIX schema: <{PREFIXES["schema"]}>
PREFIX foaf: <{PREFIXES["foaf"]}>

SELECT ?number ?time ?author ?message ?before ?after
WHERE {{
  GRAPH <{PROVENANCE.value}> {{
    ?change a prov:Activity ;
      schema:position ?number ;
      prov:endedAtTime ?time ;
      prov:used ?before ;
      prov:generated ?after .
    OPTIONAL {{ ?change prov:wasAssociatedWith/foaf:name ?author }}
    OPTIONAL {{ ?change rdfs:comment ?message }}
  }}
}}
ORDER BY DESC(?number)"""
_NUMBER: Final = re.compile(r"[0-9]{1,12}")


@blueprint.get("/changes")
@blueprint.get("/changes.<suffix>")
def changes(suffix: str | None = None) -> Response:
    """List the changes, the last first; or say what is different between two versions."""
    if {"from", "to"} & request.args.keys():
        return _difference(number_asked("from"), number_asked("to"), _chosen(_DIFFERENCE, suffix))
    choice = _chosen(_LIST, suffix)
    log = services().data.log
    number = number_asked("page", 1)
    last, first = (log.last, log.first) if log else (0, 1)
    top = last - (number - 1) * PAGE_SIZE
    numbers = range(top, max(first, top - PAGE_SIZE + 1) - 1, -1)
    shown = [_listed(log, each) for each in numbers] if log else []
    pages = max(1, -(-(last - first + 1) // PAGE_SIZE))
    if number > pages:
        raise Problem("parameter", f"There are {pages} pages.", next_step="Take page=1.")
    match choice.format.key:
        case "html":
            return page(
                "changes.html",
                changes=shown,
                page=number,
                pages=pages,
                last=last,
                query=query_link(_QUERY),
                is_elsewhere=bool(services().settings.backend.query),
            )
        case "json":
            members = {"version": last, "pages": pages, "changes": [c.members() for c in shown]}
            return answer(_json(members), JSON.media_type)
        case "atom":
            return answer(feed(shown, request.host_url), _ATOM.media_type)
    graph = new_graph()
    for item in shown:
        describe(graph, item.heading)
    return answer(serialised(graph, choice.format), choice.content_type)


@blueprint.get("/changes/<int:number>")
@blueprint.get("/changes/<int:number>.<suffix>")
def change(number: int, suffix: str | None = None) -> Response:
    """Say what one change has done."""
    choice = _chosen(_ONE, suffix)
    log = _log(number)
    if choice.format is _PATCH:
        return answer(log.patch(number), MEDIA_TYPE)
    item = _listed(log, number)
    if choice.format in GRAPHS:
        graph = new_graph()
        describe(graph, item.heading)
        return answer(serialised(graph, choice.format), choice.content_type)
    found = differences(log.delta(number), services().data.graph)
    if choice.format is JSON:
        return answer(_json({**item.members(), **_members(found)}), JSON.media_type)
    if choice.format is TEXT:
        return answer(found.text(), choice.content_type)
    return page("change.html", item=item, found=found, last=log.last)


@blueprint.post("/changes/<int:number>/revert")
def revert(number: int) -> Response:
    """Take a change back: a new change that undoes what it did."""
    auth.check(request, services().settings)
    log = _log(number)
    given = [*request.args.items(multi=True), *request.form.items(multi=True)]
    wish = wishes.read(given, "revert")
    note = Note(
        wish.note.author, wish.note.message or f"Takes back change {number}", "revert", number
    )
    written = write(
        services(), Restoration(log.delta(number).inverse()), note, dry_run=wish.dry_run
    )
    return wishes.told(written, wish)


def _difference(start: int, end: int, choice: Choice) -> Response:
    delta = difference(start, end)
    if choice.format is _PATCH:
        return answer("\n".join((*rows(delta), "")), MEDIA_TYPE)
    found = differences(delta, services().data.graph)
    if choice.format is TEXT:
        return answer(found.text(), choice.content_type)
    if choice.format is JSON:
        counts = {
            "from": start,
            "to": end,
            "added": len(delta.added),
            "removed": len(delta.removed),
        }
        return answer(_json({**counts, **_members(found)}), JSON.media_type)
    return page(
        "difference.html",
        start=start,
        end=end,
        found=found,
        added=len(delta.added),
        removed=len(delta.removed),
    )


def _chosen(offers: tuple[Format, ...], suffix: str | None) -> Choice:
    g.negotiated = True
    key = suffix or request.args.get("format")
    if key is not None:
        for offer in offers:
            if offer.key == key:
                return Choice(offer, offer.media_type)
        names = ", ".join(offer.key for offer in offers)
        if suffix:
            raise Problem("not-found", f"There is no .{suffix} here.", next_step=f"Use {names}.")
        raise Problem("parameter", f"format is {key[:50]!r}: it may be {names}.")
    choice = choose(request.headers.get("Accept"), offers)
    if choice is None:
        raise not_acceptable(offers)
    return choice


def _log(number: int) -> ChangeLog:
    log = services().data.log
    if log is None or not log.first <= number <= log.last:
        raise unknown(number)
    return log


def _listed(log: ChangeLog, number: int) -> Listed:
    delta = log.delta(number)
    return Listed(log.heading(number), len(delta.added), len(delta.removed))


def _members(found: Differences) -> dict[str, Any]:
    things = [
        {"thing": thing.iri, "name": thing.name, "changes": list(thing.lines)}
        for thing in found.things
    ]
    return {"differences": things, "more": found.more, "evidence": found.evidence}


def _json(members: dict[str, Any]) -> str:
    return json.dumps(members, ensure_ascii=False, indent=2) + "\n"
