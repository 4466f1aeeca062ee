"""The search index: a SQLite database with full text (FTS5), built from a store in a process.

`python -m server.search.index DATABASE INDEX UNION QUESTIONS` builds one, with the questions of the
library in that folder. It is a file beside the store that it is of, under the graph's version; it
appears by one rename when it is whole.
"""

import hashlib
import os
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from server.search import documents as search_documents
from server.search import questions as search_questions
from server.search import words as search_words
from server.search.documents import Document, documents
from server.search.questions import question_documents
from server.search.words import folded, words

# Behind the server itself and its queries.
NICE: Final = 10

_SCHEMA: Final = """
CREATE TABLE thing (
    id INTEGER PRIMARY KEY, iri TEXT NOT NULL, kind TEXT NOT NULL, label TEXT NOT NULL,
    excerpt TEXT NOT NULL, weight REAL NOT NULL
);
CREATE TABLE facet (
    field TEXT NOT NULL, value TEXT NOT NULL, thing INTEGER NOT NULL,
    PRIMARY KEY (field, value, thing)
) WITHOUT ROWID;
CREATE TABLE value (
    field TEXT NOT NULL, value TEXT NOT NULL, label TEXT NOT NULL, PRIMARY KEY (field, value)
) WITHOUT ROWID;
CREATE TABLE name (
    folded TEXT NOT NULL, own INTEGER NOT NULL, thing INTEGER NOT NULL,
    PRIMARY KEY (folded, own, thing)
) WITHOUT ROWID;
CREATE TABLE word (word TEXT PRIMARY KEY, things INTEGER NOT NULL) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5(
    label, names, aliases, title, text, notes, context,
    tokenize = 'porter unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE names USING fts5(
    label, others, tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3'
);
"""


def file_name(questions: Path) -> str:
    """Return the name of the file; what is indexed otherwise has another, and other questions."""
    modules = (
        __file__,
        search_documents.__file__,
        search_words.__file__,
        search_questions.__file__,
    )
    files = [*map(Path, modules), *sorted(questions.glob("*.rq"))]
    digest = hashlib.sha256()
    for path in files:
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)} ".encode() + content)
    digest.update(sqlite3.sqlite_version.encode())
    return f"search-{digest.hexdigest()[:16]}.sqlite"


def build(store: ox.Store, path: Path, questions: Path, *, union: bool) -> None:
    """Build the index of `store` and of the folder `questions` at `path`, whole or not at all.

    Raises `OSError`, `sqlite3.Error` or `LibraryError` if it cannot be made.
    """
    building = path.with_name(f".{path.name}-{os.getpid()}")
    building.unlink(missing_ok=True)
    found, labels = documents(store, union=union)
    asked, kinds = question_documents(questions)
    database = sqlite3.connect(building)
    try:
        # Nobody reads it before it is whole.
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.executescript(_SCHEMA)
        _fill(database, [*found, *asked], {**labels, **kinds})
        database.commit()
    finally:
        database.close()
    building.replace(path)


def _fill(
    database: sqlite3.Connection, found: Iterable[Document], labels: dict[tuple[str, str], str]
) -> None:
    counts: Counter[str] = Counter()
    for number, item in enumerate(found, 1):
        # The label of a passage is the beginning of its text, and its place.
        label = "" if item.kind == "passage" else item.label
        names, aliases, titles = (
            " · ".join(several) for several in (item.names, item.aliases, item.titles)
        )
        columns = (label, names, aliases, titles, item.text, item.notes, item.context)
        database.execute(
            "INSERT INTO thing VALUES (?, ?, ?, ?, ?, ?)",
            (number, item.iri, item.kind, item.label, item.text or item.context, item.weight),
        )
        database.execute(
            "INSERT INTO words (rowid, label, names, aliases, title, text, notes, context) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (number, *columns),
        )
        if label:
            database.execute(
                "INSERT INTO names (rowid, label, others) VALUES (?, ?, ?)",
                (number, label, f"{names} · {aliases} · {titles}"),
            )
            own = {folded(name) for name in (label, *item.names)}
            others = {*item.aliases, *map(folded, item.titles)}
            database.executemany(
                "INSERT INTO name VALUES (?, ?, ?)",
                [(name, name in own, number) for name in own | others if name],
            )
        database.executemany(
            "INSERT INTO facet VALUES (?, ?, ?)",
            [(field, value, number) for field, value in item.facets],
        )
        counts.update(set(words(" ".join(columns))))
    database.executemany("INSERT INTO word VALUES (?, ?)", counts.items())
    database.executemany(
        "INSERT INTO value VALUES (?, ?, ?)",
        [(field, value, label) for (field, value), label in labels.items()],
    )
    database.execute("INSERT INTO words (words) VALUES ('optimize')")
    database.execute("INSERT INTO names (names) VALUES ('optimize')")


if __name__ == "__main__":
    os.nice(NICE)
    build(
        ox.Store.read_only(sys.argv[1]),
        Path(sys.argv[2]),
        Path(sys.argv[4]),
        union=sys.argv[3] == "1",
    )
