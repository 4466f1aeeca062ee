"""Footnotes printed on lines of their own, each behind its raised number."""

from __future__ import annotations

import re

from ingest.source_text import SourceText, Span

MARK = re.compile(r"[¹²³⁴⁵⁶⁷⁸⁹]")
_FOOTNOTE = re.compile(r"^(?P<mark>[¹²³⁴⁵⁶⁷⁸⁹])[ \t]*(?P<text>\S.*?)[ \t]*$", re.MULTILINE)


def read_footnotes(source: SourceText) -> dict[str, Span]:
    """Return where the text of each footnote stands, by its mark.

    Raises:
        ValueError: two footnotes have one mark.

    """
    found: dict[str, Span] = {}
    for match in _FOOTNOTE.finditer(source.text):
        mark = match["mark"]
        if mark in found:
            raise ValueError(f"two footnotes of {source.name} have the mark {mark}")
        found[mark] = Span(*match.span("text"))
    return found
