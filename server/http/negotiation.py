"""Content negotiation: the Accept header (RFC 9110, section 12.5.1) and what it chooses."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from server.http.formats import Format

# A comma or semicolon inside a quoted string separates nothing.
_ELEMENT: Final = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*"?)+')
_PARAMETER: Final = re.compile(
    r';\s*([\w!#$%&\'*+.^`|~-]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;"\s]*)\s*', re.A
)
_RANGE: Final = re.compile(r"\s*([\w!#$&^.+*-]+)\s*(?:/\s*([\w!#$&^.+*-]+))?\s*", re.A)
# The standard has "0" before the point and three digits after it; Java's own client sends ".2".
_WEIGHT: Final = re.compile(r"(?=[\d.])(?:0?(?:\.\d*)?|1(?:\.0*)?)", re.A)


@dataclass(frozen=True, slots=True)
class MediaRange:
    """One element of an Accept header: a media type, perhaps with wildcards, and its quality."""

    type: str
    subtype: str
    quality: float
    parameters: Mapping[str, str] = field(default_factory=dict)

    def specificity(self, media_type: str) -> int:
        """Return 0 if the range does not match `media_type`, else 1 to 4, 4 the most specific.

        None of our formats has parameters but the character set, so a range that names another
        (a profile, a level) means something else than we have. It is still taken for a wish for
        the type, unless it is a refusal or the type stands there without parameters as well.
        """
        kind, _, subtype = media_type.partition("/")
        if (self.type, self.subtype) == (kind, subtype):
            if not set(self.parameters) - {"charset"}:
                return 4
            return 3 if self.quality else 0
        if self.type == kind and self.subtype == "*":
            return 2
        return 1 if (self.type, self.subtype) == ("*", "*") else 0


@dataclass(frozen=True, slots=True)
class Choice:
    """A format that was chosen and the media type by which it was asked for."""

    format: Format
    media_type: str

    @property
    def content_type(self) -> str:
        """Return the Content-Type header of the answer."""
        return self.format.content_type(self.media_type)


def choose(accept: str | None, offers: Iterable[Format]) -> Choice | None:
    """Return the offer that `accept` prefers, or None if it takes none of them.

    Without a header everything is taken. Of the ranges that match an offer the most specific one
    decides. Of equal qualities the offer that was named goes before one that a wildcard matched,
    then the earlier offer before the later.
    """
    ranges = _parse(accept) if accept and accept.strip() else [MediaRange("*", "*", 1.0)]
    best: Choice | None = None
    best_rank = (0.0, 0)
    for offer in offers:
        for media_type in (offer.media_type, *offer.aliases):
            rank = _rank(media_type, ranges)
            if rank[0] and rank > best_rank:
                best, best_rank = Choice(offer, media_type), rank
    return best


def choose_coding(accept_encoding: str | None, offers: Sequence[str]) -> str | None:
    """Return the content coding that the header prefers (RFC 9110, section 12.5.3).

    `offers` are names of codings, the best first. "identity" stands for none. None says that
    neither one of `offers` nor the plain answer is taken.
    """
    weights = acceptable_codings(accept_encoding, offers)
    return max(weights, key=lambda name: weights[name], default=None)


def acceptable_codings(accept_encoding: str | None, offers: Sequence[str]) -> dict[str, float]:
    """Return the quality of each of `offers`, then of "identity", that the header accepts."""
    if accept_encoding is None:
        return {"identity": 1.0}
    given: dict[str, float] = {}
    for element in accept_encoding.split(","):
        name, _, rest = element.partition(";")
        quality = _weight(";" + rest)
        if name.strip() and quality is not None:
            given.setdefault(name.strip().lower().removeprefix("x-"), quality)
    others = given.get("*", 0.0)
    weights = {name: given.get(name, others) for name in offers}
    # What says nothing of the plain answer accepts it, and prefers what it names.
    weights["identity"] = given.get("identity", given.get("*", 0.0001))
    return {name: quality for name, quality in weights.items() if quality > 0}


def _rank(media_type: str, ranges: Sequence[MediaRange]) -> tuple[float, int]:
    """Return the quality of `media_type`, and how specifically it was named."""
    matching = [(item.specificity(media_type), item.quality) for item in ranges]
    specificity, quality = max(matching, default=(0, 0.0))
    return (quality, specificity) if specificity else (0.0, 0)


def _parse(accept: str) -> list[MediaRange]:
    """Return the ranges of an Accept header; what is not a media range is passed over."""
    return list(_ranges(accept))


def _ranges(accept: str) -> Iterator[MediaRange]:
    for element in _ELEMENT.findall(accept):
        match = _RANGE.match(element)
        if match is None or (match[2] is None and match[1] != "*"):
            continue
        rest = element[match.end() :]
        quality = _weight(rest)
        if quality is None or (rest and not rest.startswith(";")):
            continue
        yield MediaRange(
            match[1].lower(), (match[2] or "*").lower(), quality, dict(_parameters(rest))
        )


def _parameters(rest: str) -> Iterator[tuple[str, str]]:
    """Yield the parameters of a media range: those before its weight (the rest is of old)."""
    for name, value in _PARAMETER.findall(rest):
        if name.lower() == "q":
            return
        yield name.lower(), value.strip('"')


def _weight(rest: str) -> float | None:
    """Return the quality of an element, 1 if it has none, None if it cannot be read."""
    for name, value in _PARAMETER.findall(rest):
        if name.lower() == "q":
            return float(value) if _WEIGHT.fullmatch(value) and value != "." else None
    return 1.0
