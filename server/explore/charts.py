"""Bar charts and grids: what several views draw."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from server.explore.drawing import Pen, wrapped

_STEP = 22
_GAP = 18


@dataclass(frozen=True, slots=True)
class Bar:
    """A named number, as a bar of a look that leads somewhere."""

    name: str
    number: float
    words: str
    href: str | None = None
    look: str = "bar"


def bars(pen: Pen, panels: Mapping[str, Sequence[Bar]], *, names: int = 380) -> None:
    """Draw each panel with bars from 0 to the highest number of the panel.

    `names` is how much room the names on the left have.
    """
    y = 0.0
    room = pen.width - names - 110
    for title, items in panels.items():
        if title:
            pen.text(0, y + 14, title, "strong", size=13)
            y += _GAP + 4
        most = max((item.number for item in items), default=0) or 1
        pen.path(f"M{names} {y}V{y + _STEP * len(items)}", "grid")
        for item in items:
            width = max(round(room * item.number / most, 1), 0)
            pen.open_link(item.href)
            pen.text(names - 8, y + 15, item.name, anchor="end", room=names - 12)
            if width:
                pen.rect(names, y + 4, max(width, 1), _STEP - 8, item.look)
            pen.text(names + width + 6, y + 15, item.words)
            pen.close_link(item.href)
            y += _STEP
        y += _GAP
    pen.grow(y)


def grid(
    pen: Pen,
    rows: Sequence[tuple[str, str | None]],
    columns: Sequence[str],
    cell: Callable[[int, int], tuple[Sequence[str], str]],
    *,
    names: int = 250,
) -> None:
    """Draw a table of `rows` (a name and where it leads) and columns.

    `cell` gives the lines of words in a place, and its look.
    """
    width = (pen.width - names) / max(len(columns), 1)
    for number, name in enumerate(columns):
        pen.text(
            names + width * (number + 0.5),
            16,
            name,
            "strong",
            anchor="middle",
            size=11,
            room=width - 2,
        )
    y = 24.0
    for row, (name, href) in enumerate(rows):
        cells = []
        for column in range(len(columns)):
            words, look = cell(row, column)
            cells.append(([line for text in words for line in wrapped(text, width - 8, 11)], look))
        heading = wrapped(name, names - 10)
        height = 8 + 14 * max(len(heading), *(len(lines) for lines, _ in cells))
        pen.open_link(href)
        for number, line in enumerate(heading):
            pen.text(0, y + 15 + 14 * number, line)
        pen.close_link(href)
        for column, (lines, look) in enumerate(cells):
            x = round(names + width * column, 1)
            pen.rect(x, y, round(width, 1), height, look)
            for number, line in enumerate(lines):
                pen.text(x + 4, y + 15 + 14 * number, line, size=11)
        y += height
    pen.grow(y)
