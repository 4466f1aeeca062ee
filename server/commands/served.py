"""The graph that commands change or look at: through the server if one runs, else in its store."""

from __future__ import annotations

import contextlib
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import click

from server.commands import fail
from server.settings import Settings

if TYPE_CHECKING:
    from flask import Flask

endpoint_option = click.option(
    "--endpoint",
    metavar="URL",
    help="The server (default: the one at HOST and PORT if it holds CEBU_STORE, else the store "
    "itself).",
)
author_option = click.option("--author", default="", help="Who makes the change, for the log.")
message_option = click.option("--message", "-m", default="", help="Why, for the log.")
dry_run_option = click.option("--dry-run", is_flag=True, help="Do everything but the change.")


class Served:
    """Requests to the server, or to the application over the store in this process."""

    def __init__(self, settings: Settings, address: str | None, app: Flask | None) -> None:
        self._token = settings.token
        self._address = address
        self._app = app

    def ask(
        self,
        path: str,
        fields: dict[str, str],
        *,
        accept: str = "application/json",
        body: bytes | None = None,
        media_type: str = "",
    ) -> tuple[int, bytes]:
        """Return the status and the body of the answer: to GET, or to POST if there is a body."""
        chosen = {name: value for name, value in fields.items() if value}
        target = f"{path}?{urlencode(chosen)}" if chosen else path
        headers = {"Accept": accept}
        if body is not None:
            headers |= {"Content-Type": media_type, "Authorization": f"Bearer {self._token}"}
        if self._app is not None:
            method = "GET" if body is None else "POST"
            with self._app.test_client() as client:
                response = client.open(target, method=method, data=body, headers=headers)
                found = response.status_code, response.data
                response.close()
                return found
        request = urllib.request.Request(f"{self._address}{target}", body, headers)  # noqa: S310
        try:
            with urllib.request.urlopen(request) as reply:  # noqa: S310 (the user's own address)
                return reply.status, reply.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()
        except OSError as error:
            fail(f"{self._address}: {error}. Check the address, and that the server runs.")


@contextlib.contextmanager
def served(endpoint: str | None, *, writes: bool) -> Iterator[Served]:
    """Give the served graph. Ends the command with a message if it cannot be reached."""
    from server.app import create_app
    from server.library.library import LibraryError
    from server.settings import SettingsError
    from server.store.loader import StoreError, StoreInUseError

    try:
        settings = Settings.from_environment()
    except SettingsError as error:
        fail(f"{error}.")
    if endpoint:
        _check_token(settings, writes=writes)
        yield Served(settings, endpoint.rstrip("/"), None)
        return
    import dataclasses
    import secrets

    # Who may write the store may write the graph: the application is this process's own.
    own = dataclasses.replace(settings, token=secrets.token_hex(16))
    try:
        app = create_app(own)
    except StoreInUseError:
        _check_token(settings, writes=writes)
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        yield Served(settings, f"http://{host}:{settings.port}", None)
        return
    except (StoreError, LibraryError) as error:
        fail(f"{error}.")
    try:
        yield Served(own, None, app)
    finally:
        app.extensions["cebu"].close()


def explain(status: int, body: bytes) -> str:
    """Return what a problem (RFC 9457) says, for people."""
    try:
        problem: dict[str, Any] = json.loads(body)
        return f"{problem['title']}. {problem['detail']} {problem['next']}"
    except (ValueError, KeyError, TypeError):
        return f"The server answered with status {status}. Check the address."


def _check_token(settings: Settings, *, writes: bool) -> None:
    if writes and not settings.token:
        fail("CEBU_TOKEN is not set. Set it to the token of the server.")
