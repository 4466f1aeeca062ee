"""Shared queries, kept for good: a SQLite database beside the store, which no rebuild touches.

A share is named by a digest of what it holds, so that the same query has the same address whoever
shares it. None is ever removed: when there is no room, new ones are refused.
"""

import base64
import hashlib
import json
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from server.http.problems import Problem
from server.store import disk

FILE: Final = "shares.sqlite"
MAX_BYTES: Final = 256 * 1024**2
"""Bytes of all shared queries together."""
PER_MINUTE: Final = 30
"""New links that one client may have made in a minute."""

# 80 bits: two of a hundred thousand queries are named alike with a chance of one in 10^14.
_DIGEST_BYTES: Final = 10
_CLIENTS: Final = 10_000
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS share (
    id TEXT PRIMARY KEY, query TEXT NOT NULL, version INTEGER, view TEXT NOT NULL,
    made TEXT NOT NULL
) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class Share:
    """A query, the version of the data that it asks (None: the newest), and how to look at it."""

    query: str
    version: int | None = None
    view: str = ""

    @property
    def id(self) -> str:
        """Return the name: 16 characters of base32 (RFC 4648, section 6) in lower case."""
        parts = json.dumps([self.query, self.version, self.view], ensure_ascii=True)
        digest = hashlib.sha256(parts.encode()).digest()[:_DIGEST_BYTES]
        return base64.b32encode(digest).decode().lower()


class Shares:
    """The shared queries of one store, for any number of threads; at most `most` of them."""

    def __init__(self, folder: Path, most: int) -> None:
        self._path = folder / FILE
        self._most = most
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._number = self._size = 0
        self._recent: dict[str, deque[float]] = {}

    def get(self, name: str) -> Share | None:
        """Return the share of that name, None if there is none. Raises `Problem`."""
        with self._lock:
            if self._connection is None and not self._path.is_file():
                return None
            with self._database() as database:
                row = database.execute(
                    "SELECT query, version, view FROM share WHERE id = ?", (name,)
                ).fetchone()
        return Share(*row) if row else None

    def add(self, share: Share, client: str) -> bool:
        """Keep the share, on the disk when this returns; say whether it is new.

        Raises `Problem` if there is no room for it, or `client` has had too many made.
        """
        with self._lock, self._database() as database:
            known = database.execute(
                "SELECT query, version, view FROM share WHERE id = ?", (share.id,)
            ).fetchone()
            if known:
                if Share(*known) != share:
                    raise Problem("internal", "Another query has the same digest.")
                return False
            self._check_room(share)
            self._check_rate(client)
            made = datetime.now(UTC).isoformat(timespec="seconds")
            database.execute(
                "INSERT INTO share VALUES (?, ?, ?, ?, ?)",
                (share.id, share.query, share.version, share.view, made),
            )
            database.commit()
            self._number, self._size = self._number + 1, self._size + len(share.query.encode())
            return True

    def close(self) -> None:
        """Let the database go."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _check_room(self, share: Share) -> None:
        size = self._size + len(share.query.encode())
        if self._number < self._most and size <= MAX_BYTES:
            return
        raise Problem(
            "shares-full",
            f"{self._number:,} links are kept here, and there is room for no more.",
        )

    def _check_rate(self, client: str) -> None:
        now = time.monotonic()
        times = self._recent.setdefault(client, deque())
        while times and now - times[0] >= 60:
            times.popleft()
        if len(times) >= PER_MINUTE:
            wait = max(1, round(60 - (now - times[0])))
            raise Problem(
                "too-many",
                f"You have had {PER_MINUTE} links made in a minute.",
                headers={"Retry-After": str(wait)},
            )
        times.append(now)
        if len(self._recent) > _CLIENTS:
            self._recent = {
                key: value for key, value in self._recent.items() if value and now - value[-1] < 60
            }

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        try:
            if self._connection is None:
                self._connection = self._opened()
            try:
                yield self._connection
            finally:
                self._connection.rollback()
        except (OSError, sqlite3.Error) as error:
            is_full = isinstance(error, sqlite3.Error) and error.sqlite_errorname == "SQLITE_FULL"
            problem = disk.full(error)
            if problem or is_full:
                raise problem or Problem("storage-full", "The disk is full.") from error
            raise Problem(
                "internal",
                f"The shared queries cannot be read or kept: {error}.",
                next_step="Use the long link to the query, which has all of it in its address.",
            ) from error

    def _opened(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not self._path.exists()
        database = sqlite3.connect(self._path, check_same_thread=False)
        # A link that was given out is on the disk: each commit waits for it (fsync).
        database.execute("PRAGMA journal_mode = DELETE")
        database.execute("PRAGMA synchronous = EXTRA")
        database.execute(_SCHEMA)
        database.commit()
        if is_new:
            disk.sync(self._path.parent)
        # Nobody else writes here, so they are counted once.
        self._number, self._size = database.execute(
            "SELECT COUNT(*), COALESCE(SUM(LENGTH(CAST(query AS BLOB))), 0) FROM share"
        ).fetchone()
        return database
