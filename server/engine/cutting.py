"""Answers that end at a limit: still a whole document, with the cut known.

The engine writes a table in one go and cannot be asked for so many rows; so the text that it wrote
is cut between two rows and closed. Rows are read by the grammar of the format as the engine writes
it, strings whole, which makes the count exact whatever the data say.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Final, cast

import pyoxigraph as ox

from ontology.namespaces import BASE, PREFIXES

LINK: Final = f"{BASE}problems#truncated"


@dataclass(frozen=True, slots=True)
class Cut:
    """Where an answer was cut: how many rows (or statements) are left, and which limit cut it.

    `by` is `rows` or `bytes`; `of` is the number of all, where it is known.
    """

    rows: int
    by: str
    of: int | None = None

    def header(self) -> str:
        """Return the value of the header `Cebu-Truncated`."""
        of = "" if self.of is None else f"; of={self.of}"
        return f"rows={self.rows}; limit={self.by}{of}"


@dataclass(frozen=True, slots=True)
class Document:
    """An answer in its format, its number of rows or statements, and where it was cut, if it was.

    In a table that was not cut, a text that looks like the end of a row counts as one.
    """

    body: bytes
    rows: int
    cut: Cut | None = None


class _TooLong(Exception):  # noqa: N818 (no error: the table is cut)
    pass


class _Output:
    """A file that knows when it has more than `limit` bytes, and then can stop its writer."""

    def __init__(self, limit: int, *, stops: bool) -> None:
        self.data = bytearray()
        self._limit = limit
        self._stops = stops

    @property
    def is_full(self) -> bool:
        return len(self.data) > self._limit

    def write(self, chunk: bytes) -> int:
        self.data += chunk
        if self._stops and self.is_full:
            raise _TooLong
        return len(chunk)

    def flush(self) -> None:
        pass


@dataclass(frozen=True, slots=True)
class _Layout:
    """What stands before the rows in a format, a whole row, and the end of a document.

    `mark` stands at least once between two rows (also in strings); a table has `more` rows than
    marks.
    """

    head: re.Pattern[bytes]
    row: re.Pattern[bytes]
    mark: bytes
    more: int
    close: bytes


_CSV_ROW: Final = re.compile(rb'(?:[^"\r]++|"(?:[^"]++|"")*+"|\r(?!\n))*+\r\n')
_TSV_ROW: Final = re.compile(rb"[^\n]*+\n")
_LAYOUTS: Final = {
    ox.QueryResultsFormat.JSON: _Layout(
        re.compile(rb'\{"head":\{"vars":\[[^\]]*\]\},"results":\{"bindings":\['),
        re.compile(
            rb',?\{(?:[^"}]++|"(?:[^"\\]++|\\.)*+"|\}(?!,\{|\]\}))*+\}(?=,\{|\]\})', re.DOTALL
        ),
        b"},{",
        1,
        b"]}}",
    ),
    ox.QueryResultsFormat.XML: _Layout(
        re.compile(rb"(?:[^<]++|<(?!results>))*+<results>"),
        re.compile(rb"<result>(?:[^<]++|<(?!/result>))*+</result>"),
        b"</result>",
        0,
        b"</results></sparql>",
    ),
    ox.QueryResultsFormat.CSV: _Layout(_CSV_ROW, _CSV_ROW, b"\r\n", -1, b""),
    ox.QueryResultsFormat.TSV: _Layout(_TSV_ROW, _TSV_ROW, b"\n", -1, b""),
}


def table(
    results: ox.QuerySolutions, wanted: ox.QueryResultsFormat, *, rows: int, size: int
) -> Document:
    """Return the table, of at most `rows` rows and about `size` bytes, and where it was cut."""
    output = _Output(size, stops=True)
    try:
        results.serialize(output=cast(IO[bytes], output), format=wanted)
    except _TooLong:
        del output.data[size:]
        return _cut(output.data, wanted, rows=rows, by="bytes")
    # Marks in strings count too: there are never more rows than this.
    marks = output.data.count(_LAYOUTS[wanted].mark)
    if marks < rows:
        return Document(bytes(output.data), marks + _LAYOUTS[wanted].more)
    return _cut(output.data, wanted, rows=rows, by="rows")


def graph(results: Iterable[ox.Triple], wanted: ox.RdfFormat, *, rows: int, size: int) -> Document:
    """Return the graph, of at most `rows` statements and about `size` bytes, and where it was cut.

    The writer closes the document itself, and keeps some statements back until then: the answer
    can be a little larger than `size`.
    """
    output = _Output(size, stops=False)
    taken = 0
    cut: Cut | None = None

    def allowed() -> Iterator[ox.Triple]:
        nonlocal taken, cut
        for triple in results:
            if taken == rows or output.is_full:
                cut = Cut(taken, "rows" if taken == rows else "bytes")
                return
            taken += 1
            yield triple

    ox.serialize(allowed(), output=cast(IO[bytes], output), format=wanted, prefixes=PREFIXES)
    return Document(bytes(output.data), taken, cut)


def _cut(body: bytearray, wanted: ox.QueryResultsFormat, *, rows: int, by: str) -> Document:
    """Return `body` up to the end of row number `rows`, or of its last whole row."""
    layout = _LAYOUTS[wanted]
    head = layout.head.match(body)
    at = end = head.end() if head else 0
    total = count = 0
    while found := layout.row.match(body, at):
        at, total = found.end(), total + 1
        if total <= rows:
            end, count = at, total
    if by == "rows" and count == total:
        return Document(bytes(body), total)
    known = total if by == "rows" else None
    cut = Cut(count, "rows" if count < total else by, known)
    # A match holds on to the bytes.
    del head, found
    del body[end:]
    body += layout.close
    return Document(_told(bytes(body), wanted), count, cut)


def _told(body: bytes, wanted: ox.QueryResultsFormat) -> bytes:
    """Return the document with a link to what its cut means, where the format has one.

    SPARQL 1.1 Query Results JSON, section 3.1.2; XML, section 2.2.
    """
    link = LINK.encode()
    if wanted == ox.QueryResultsFormat.JSON:
        return body.replace(b'{"head":{', b'{"head":{"link":["' + link + b'"],', 1)
    if wanted == ox.QueryResultsFormat.XML:
        return body.replace(b"</head>", b'<link href="' + link + b'"/></head>', 1)
    return body
