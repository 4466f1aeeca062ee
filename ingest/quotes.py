"""Quotes in curated files, and where in a document their words stand."""

from __future__ import annotations

from collections.abc import Mapping

from ingest.source_text import SourceText, Span


def quoted_spans(source: SourceText, quote: object, after: str | None = None) -> list[Span]:
    """Return where the words of a quote stand, in the order given.

    A quote is a text, a mapping with `quote` and the text `after` which it stands, or a list of
    either where the print tears a sentence. `after` holds for every piece without its own.

    Raises:
        QuoteError: a piece is not there, or is not unique.

    """
    if isinstance(quote, list):
        return [span for piece in quote for span in quoted_spans(source, piece, after)]
    if isinstance(quote, Mapping):
        return quoted_spans(source, quote["quote"], str(quote["after"]))
    return [source.find(str(quote), after=after)]
