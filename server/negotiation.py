"""Content negotiation by the Accept header (RFC 9110, section 12.5.1)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from server.formats import Format

_RANGE: Final = re.compile(r"\s*([\w!#$&^.+*-]+)/([\w!#$&^.+*-]+)\s*((?:;.*)?)$")
_QUALITY: Final = re.compile(r";\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*(?:;|$)", re.I)


@dataclass(frozen=True, slots=True)
class MediaRange:
    """One element of an Accept header: a media type, perhaps with wildcards, and its quality."""

    type: str
    subtype: str
    quality: float

    def specificity(self, media_type: str) -> int:
        """Return 0 if the range does not match `media_type`, else 1 to 3, 3 the most specific."""
        kind, _, subtype = media_type.partition("/")
        if (self.type, self.subtype) == (kind, subtype):
            return 3
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

    Without a header everything is taken. Of equal qualities the earlier offer wins; of the ranges
    that match an offer the most specific one decides.
    """
    ranges = _parse(accept) if accept and accept.strip() else [MediaRange("*", "*", 1.0)]
    best: Choice | None = None
    best_quality = 0.0
    for offer in offers:
        for media_type in (offer.media_type, *offer.aliases):
            quality = _quality(media_type, ranges)
            if quality > best_quality:
                best, best_quality = Choice(offer, media_type), quality
    return best


def _quality(media_type: str, ranges: Sequence[MediaRange]) -> float:
    matching = [(item.specificity(media_type), item.quality) for item in ranges]
    specificity, quality = max(matching, default=(0, 0.0))
    return quality if specificity else 0.0


def _parse(accept: str) -> list[MediaRange]:
    """Return the ranges of an Accept header; what is not a media range is passed over."""
    ranges = []
    for element in accept.split(","):
        if match := _RANGE.match(element):
            kind, subtype, rest = match.groups()
            found = _QUALITY.search(rest)
            quality = float(found[1]) if found else 1.0
            ranges.append(MediaRange(kind.lower(), subtype.lower(), quality))
    return ranges
