"""Messages between processes over a socket: one frame each way, with few system calls.

A frame is two lengths, a pickled value and, behind it, bytes that are sent as they lie there: the
answer to a query is not copied on its way. Only our own processes are at the other end.
"""

import pickle
import socket
import struct
from typing import Any, Final

_LENGTHS: Final = struct.Struct("<IQ")
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

    Raises `EOFError` if the other side is gone, `TimeoutError` if nothing comes in the socket's
    time, and `OSError` if it fails.
    """
    piece = _next(source)
    if len(piece) < _LENGTHS.size or len(piece) < sum(_LENGTHS.unpack_from(piece), _LENGTHS.size):
        # What has begun is not given up: the other side is sending.
        source.settimeout(_REST_SECONDS)
    while len(piece) < _LENGTHS.size:
        piece += _next(source)
    head, body = _LENGTHS.unpack_from(piece)
    start, middle = _LENGTHS.size, _LENGTHS.size + head
    end = middle + body
    if len(piece) < end:
        whole = bytearray(end)
        whole[: len(piece)] = piece
        view, filled = memoryview(whole), len(piece)
        while filled < end:
            if not (count := source.recv_into(view[filled:])):
                raise EOFError
            filled += count
        return pickle.loads(view[start:middle]), bytes(view[middle:])  # noqa: S301
    return pickle.loads(piece[start:middle]), piece[middle:end]  # noqa: S301


def _next(source: socket.socket) -> bytes:
    piece = source.recv(_PIECE)
    if not piece:
        raise EOFError
    return piece
