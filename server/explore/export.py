"""The table of a view for other programs: CSV (RFC 4180), JSON, and XLSX (ECMA-376)."""

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from server.explore.view import Row, View
from server.http.formats import FORMATS, Format

if TYPE_CHECKING:
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

CSV: Final = FORMATS["csv"]
JSON: Final = Format("json", "application/json", "JSON")
XLSX: Final = Format(
    "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "XLSX"
)
SVG: Final = Format("svg", "image/svg+xml", "SVG")
PNG: Final = Format("png", "image/png", "PNG")
# A cell of a spreadsheet takes no more characters (ECMA-376, as Excel has it).
_MOST_CHARACTERS: Final = 32_767
# The columns of figures, which a spreadsheet adds up.
_NUMBERS: Final = frozenset(("value", "measures", "findings"))
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?", re.A)
_NO_XML: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def as_csv(view: View) -> str:
    """Return the table with a header line."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(view.columns)
    writer.writerows(_cells(view.columns, row) for row in view.rows)
    return out.getvalue()


def as_json(view: View, address: str) -> str:
    """Return the table with its address, what was chosen, the queries and the sources."""
    document = {
        "view": view.name,
        "title": view.title,
        "address": address,
        "filters": {
            item.name: list(item.values) if item.is_multiple else item.value
            for item in view.filters
        },
        "sources": [title for _, title in view.sources],
        "queries": [{"name": name, "text": text} for name, text in view.queries],
        "columns": list(view.columns),
        "rows": view.rows,
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def as_xlsx(view: View, address: str) -> bytes:
    """Return a workbook: the table, and a sheet that says where it comes from."""
    # Loaded with the first workbook: no other answer needs it.
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    def add(
        sheet: "WriteOnlyWorksheet", values: Iterable[str], columns: Sequence[str] = ()
    ) -> None:
        cells = []
        for value, column in zip_longest(values, columns):
            if column in _NUMBERS and _NUMBER.fullmatch(value):
                cells.append(WriteOnlyCell(sheet, value=float(value)))
                continue
            cell = WriteOnlyCell(sheet, value=_text(value))
            # What a document prints is never a formula.
            cell.data_type = "s"
            cells.append(cell)
        sheet.append(cells)

    book = Workbook(write_only=True)
    sheet = book.create_sheet(view.name)
    sheet.freeze_panes = "A2"
    add(sheet, view.columns)
    for row in view.rows:
        add(sheet, _cells(view.columns, row), view.columns)
    about = book.create_sheet("about")
    notes = [
        ("title", view.title),
        ("address", address),
        *((item.label, item.chosen or "all") for item in view.filters),
        *(("source", title) for _, title in view.sources),
        *((name, text) for name, text in view.queries),
    ]
    for note in notes:
        add(about, note)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cells(columns: Sequence[str], row: Row) -> list[str]:
    return [row.get(name, "") for name in columns]


def _text(value: str) -> str:
    """Return `value` without what no XML document may hold (XML 1.0, section 2.2)."""
    return _NO_XML.sub("", value)[:_MOST_CHARACTERS]
