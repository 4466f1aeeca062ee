"""Link headers that all documents have (RFC 8288): licence, description, canonical address."""

from typing import Final
from urllib.parse import quote

from flask import Response, request

from ontology.namespaces import BASE
from server.linked_data.documents import DOCUMENTS

LICENCE: Final = "https://creativecommons.org/licenses/by/4.0/"
_DOCUMENTS: Final = frozenset(("datasets", "linked_data", "vocabulary"))
_SUFFIXES: Final = frozenset(item.key for item in DOCUMENTS)
_DATA: Final = _DOCUMENTS | {"home", "questions", "sparql"}


def add(response: Response) -> None:
    """Link an answer that is data, or a page about it, to its licence and its description.

    A document also names its address at the permanent host (RFC 6596), which is the same for each
    of its formats. A part of one, chosen by fields of the address, has none.
    """
    if response.status_code != 200 or request.blueprint not in _DATA:
        return
    if request.method not in {"GET", "HEAD", "POST"}:
        return
    response.headers.add("Link", f'<{LICENCE}>; rel="license"')
    if request.endpoint != "datasets.dataset":
        response.headers.add("Link", '</dataset>; rel="describedby"')
    if request.blueprint in _DOCUMENTS and not request.query_string:
        response.headers.add("Link", f'<{BASE}{_path()}>; rel="canonical"')


def _path() -> str:
    """Return the path of the document without the suffix that chose its format."""
    stem, _, suffix = request.path.rpartition(".")
    return quote((stem if suffix in _SUFFIXES else request.path).lstrip("/"))
