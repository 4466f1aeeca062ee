"""The addresses of resources and named graphs: made here, and checked here.

Every address is lower-case ASCII and hyphenated, so that it can be typed, and none can be made
that another part of Cebu would not accept.
"""

import re
from typing import Final

from rdflib import URIRef

from ontology.namespaces import GRAPH, ID

_SLUG: Final = "[a-z0-9]+(?:-[a-z0-9]+)*"
_DIGITS: Final = "[0-9a-f]{16}"
_OFFSETS: Final = "(?P<start>0|[1-9][0-9]*)-(?P<end>[1-9][0-9]*)"

# What follows the kind in the path of each kind of resource; braces name one slug each.
TEMPLATES: Final[dict[str, tuple[str, ...]]] = {
    "body": ("{body}",),
    "claim": ("{document}/{digits}",),
    "concept": ("{scheme}", "{scheme}/{concept}"),
    "dataset": ("{dataset}",),
    "discrepancy": ("{discrepancy}",),
    "document": ("{document}",),
    "finding": ("{document}/{finding}",),
    "initiative": ("{document}/{initiative}",),
    "instrument": ("{instrument}",),
    "meeting": ("{meeting}",),
    "observation": ("{dataset}/{observation}",),
    "passage": ("{document}/{start}-{end}",),
    "plan": ("{plan}",),
    "project": ("{plan}/{number}",),
    "provision": ("{instrument}/{number}",),
    "recommendation": ("{meeting}/{number}",),
    "state": ("{state}",),
    "treaty-status": ("{document}/{instrument}/{state}",),
}


def _compiled(kind: str, template: str) -> re.Pattern[str]:
    text = template.replace("{start}-{end}", _OFFSETS).replace("{digits}", _DIGITS)
    return re.compile(kind + "/" + re.sub(r"\{[a-z]+\}", lambda _: _SLUG, text))


_SLUG_PATTERN: Final = re.compile(_SLUG)
_PATTERNS: Final = {
    kind: [_compiled(kind, template) for template in templates]
    for kind, templates in TEMPLATES.items()
}


def check_slug(text: str) -> str:
    """Return `text` if it is a slug: lower-case ASCII letters and digits joined by single hyphens.

    Raises `ValueError` otherwise.
    """
    if not _SLUG_PATTERN.fullmatch(text):
        raise ValueError(
            f"{text!r} is not a slug: use lower-case ASCII letters and digits, "
            "joined by single hyphens"
        )
    return text


def resource(path: str) -> URIRef:
    """Return the IRI of the resource at `path` below `id/`, such as `state/viet-nam`.

    Raises `ValueError`, naming the forms allowed, if the path has not the form of its kind.
    """
    kind = path.partition("/")[0]
    if kind not in _PATTERNS:
        known = ", ".join(TEMPLATES)
        raise ValueError(f"{path!r} is no address: {kind!r} is not one of {known}")
    for pattern in _PATTERNS[kind]:
        match = pattern.fullmatch(path)
        if match and _ordered(match):
            return URIRef(ID + path)
    forms = " or ".join(f"{kind}/{template}" for template in TEMPLATES[kind])
    raise ValueError(f"{path!r} is no address: write it as {forms}, each part a slug")


def path_of(iri: str) -> str:
    """Return the path below `id/` of a resource's IRI; the inverse of `resource`.

    Raises `ValueError` if the IRI is not one that `resource` makes.
    """
    path = iri.removeprefix(ID)
    if path == iri:
        raise ValueError(f"<{iri}> is not a resource of Cebu: it does not begin with {ID}")
    resource(path)
    return path


def passage(document: str, start: int, end: int) -> URIRef:
    """Return the IRI of the characters `start` to `end` (code points, end excluded) of a document.

    Raises `ValueError` if the document is no slug or the span is empty or negative.
    """
    return resource(f"passage/{document}/{start}-{end}")


def graph(slug: str) -> URIRef:
    """Return the IRI of the named graph of that slug.

    Raises `ValueError` if it is not a slug.
    """
    return URIRef(GRAPH + check_slug(slug))


def number_slug(printed: str) -> str:
    """Return the slug of a printed number: `3(a)` gives `3a`, `4.b)` gives `4b`.

    Raises `ValueError` if the number has no ASCII letter or digit.
    """
    slug = "".join(re.findall("[a-z0-9]", printed.lower()))
    if not slug:
        raise ValueError(f"the number {printed!r} has no letter or digit to make a slug of")
    return slug


def _ordered(match: re.Match[str]) -> bool:
    """Say whether a passage's offsets, if the match has any, enclose at least one character."""
    offsets = match.groupdict()
    return not offsets or int(offsets["start"]) < int(offsets["end"])
