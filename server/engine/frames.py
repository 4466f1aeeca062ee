"""Messages between processes over a socket: one frame each way, with few system calls.

A frame is two lengths, a pickled value and, behind it, bytes that are sent as they lie there: the
answer to a query is not copied on its way. Only our own processes are at the other end.
"""

import pickle
import socket
import struct
import time
from typing import Any, Final

_LENGTHS: Final = struct.Struct("<IQ")
_TIME: Final = struct.Struct("@ll")
_PIECE: Final = 64 * 1024
_REST_SECONDS: Final = 60.0


def send(to: socket.socket, value: object, body: bytes = b"") -> None:
    """Send a value, and `body` behind it. Raises `OSError` if the other side is gone."""
    head = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    frame = _LENGTHS.pack(len(head), len(body)) + head
    sent = to.sendmsg([frame, body] if body else [frame])
    if sent < len(frame):
        to.sendall(frame[sent:])
        sent = len(frame)
    if sent < len(frame) + len(body):
        to.sendall(memoryview(body)[sent - len(frame) :])


def receive(source: socket.socket) -> tuple[Any, bytes]:
    """Return the next value, and the bytes behind it.

    Raises `EOFError` if the other side is gone, `TimeoutError` if nothing comes in the time that
    `limit` has set, and `OSError` if it fails.
    """
    piece = _next(source)
    while len(piece) < _LENGTHS.size:
        piece += _rest(source)
    head, body = _LENGTHS.unpack_from(piece)
    start, middle = _LENGTHS.size, _LENGTHS.size + head
    end = middle + body
    if len(piece) < end:
        pieces, missing = [piece], end - len(piece)
        while missing:
            pieces.append(_rest(source))
            missing -= len(pieces[-1])
        piece = b"".join(pieces)
    return pickle.loads(piece[start:middle]), piece[middle:end]  # noqa: S301


def limit(source: socket.socket, seconds: float) -> None:
    """Set how long to wait for what comes, by the kernel: Python's own timeout polls each time."""
    # None at all would mean for ever.
    packed = _TIME.pack(*divmod(max(1, round(seconds * 1_000_000)), 1_000_000))
    source.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, packed)


def is_silent(source: socket.socket) -> bool:
    """Say whether the other side is there and has said nothing."""
    try:
        source.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _rest(source: socket.socket) -> bytes:
    """Return more of a frame that has begun: the other side is sending, and is waited for."""
    deadline = time.monotonic() + _REST_SECONDS
    while True:
        try:
            return _next(source)
        except TimeoutError:
            if time.monotonic() > deadline:
                raise EOFError from None


def _next(source: socket.socket) -> bytes:
    try:
        piece = source.recv(_PIECE)
    except BlockingIOError:
        raise TimeoutError from None
    if not piece:
        raise EOFError
    return piece
