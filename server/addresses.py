"""From IRIs to the addresses at which this server, on whatever host, answers for them."""

from typing import Final
from urllib.parse import quote, urlencode

from ontology.namespaces import BASE, CEBU, ID

_SHAPES: Final = BASE + "shapes#"


def local(iri: str) -> str | None:
    """Return where a link to `iri` leads: a path here, an http(s) address elsewhere, or None."""
    if iri.startswith(ID):
        return "/doc/" + quote(iri.removeprefix(ID))
    if iri.startswith((str(CEBU), _SHAPES)):
        page, _, name = iri.removeprefix(BASE).partition("#")
        return f"/{page}#{quote(name)}"
    if iri.startswith(BASE):
        return "/" + quote(iri.removeprefix(BASE))
    return iri if iri.startswith(("http://", "https://")) else None


def query_link(text: str) -> str:
    """Return the path that runs the query `text` at the endpoint."""
    return "/sparql?" + urlencode({"query": text})
