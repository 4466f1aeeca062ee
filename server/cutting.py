"""Answers that end at a limit: still a whole document, with the cut known.

The engine writes a table in one go and cannot be asked for so many rows; so the text that it wrote
is cut between two rows and closed. Rows are read by the grammar of the format as the engine writes
it, strings whole, which makes the count exact whatever the data say.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from ontology.namespaces import BASE, PREFIXES

LINK: Final = f"{BASE}problems#truncated"


@dataclass(frozen=True, slots=True)
class Cut:
    """Where an answer was cut: how many rows (or statements) are left, and by which limit."""

    rows: int
    by: str

    def header(self) -> str:
        """Return the value of the header `Cebu-Truncated`."""
        return f"rows={self.rows}; limit={self.by}"


class _TooLong(Exception):  # noqa: N818 (no error: the table is cut)
    pass


class _Output:
    """A file that takes at most `limit` bytes and then stops its writer."""

    def __init__(self, limit: int) -> None:
        self.data = bytearray()
        self._limit = limit

    @property
    def is_full(self) -> bool:
        return len(self.data) > self._limit

    def write(self, chunk: bytes) -> int:
        self.data += chunk
        if self.is_full:
            raise _TooLong
        return len(chunk)

    def flush(self) -> None:
        pass


@dataclass(frozen=True, slots=True)
class _Layout:
    """What stands before the rows in a format, a whole row, and the end of a document.

    `mark` stands at least once between two rows (also in strings).
    """

    head: re.Pattern[bytes]
    row: re.Pattern[bytes]
    mark: bytes
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
        b"]}}",
    ),
    ox.QueryResultsFormat.XML: _Layout(
        re.compile(rb"(?:[^<]++|<(?!results>))*+<results>"),
        re.compile(rb"<result>(?:[^<]++|<(?!/result>))*+</result>"),
        b"</result>",
        b"</results></sparql>",
    ),
    ox.QueryResultsFormat.CSV: _Layout(_CSV_ROW, _CSV_ROW, b"\r\n", b""),
    ox.QueryResultsFormat.TSV: _Layout(_TSV_ROW, _TSV_ROW, b"\n", b""),
}


def table(
    results: ox.QuerySolutions, wanted: ox.QueryResultsFormat, *, rows: int, size: int
) -> tuple[bytes, Cut | None]:
    """Return the table in the format, of at most `rows` rows and about `size` bytes, and the cut."""
    output = _Output(size)
    try:
        results.serialize(output=output, format=wanted)
    except _TooLong:
        del output.data[size:]
        return _cut(output.data, wanted, rows=rows, by="size")
    # Marks in strings count too: there are never more rows than this.
    if output.data.count(_LAYOUTS[wanted].mark) < rows:
        return bytes(output.data), None
    return _cut(output.data, wanted, rows=rows, by="rows")


def graph(
    results: Iterable[ox.Triple], wanted: ox.RdfFormat, *, rows: int, size: int
) -> tuple[bytes, Cut | None]:
    """Return the graph in the format, of at most `rows` statements and about `size` bytes.

    The writer closes the document itself, and keeps some statements back until then: the answer
    can be a little larger than `size`.
    """
    output = _Output(size)
    taken = 0
    cut: Cut | None = None

    def allowed() -> Iterator[ox.Triple]:
        nonlocal taken, cut
        for triple in results:
            if taken == rows or output.is_full:
                cut = Cut(taken, "rows" if taken == rows else "size")
                return
            taken += 1
            yield triple

    def write(chunk: bytes) -> int:
        output.data += chunk
        return len(chunk)

    output.write = write  # type: ignore[method-assign]
    ox.serialize(allowed(), output=output, format=wanted, prefixes=PREFIXES)
    return bytes(output.data), cut


def _cut(
    body: bytearray, wanted: ox.QueryResultsFormat, *, rows: int, by: str
) -> tuple[bytes, Cut | None]:
    """Return `body` up to the end of row number `rows`, or of its last whole row."""
    layout = _LAYOUTS[wanted]
    head = layout.head.match(body)
    end, count = head.end() if head else 0, 0
    while found := layout.row.match(body, end):
        if count == rows:
            by = "rows"
            break
        end, count = found.end(), count + 1
    else:
        if by == "rows":
            return bytes(body), None
    # A match holds on to the bytes.
    del head, found
    del body[end:]
    body += layout.close
    return _told(bytes(body), wanted), Cut(count, by)


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
