"""The upstream of a preview: answers every request with what it looked like when it arrived, as JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus

from tfwrap.cluster.preview.routes import ECHO_HEADER
from tfwrap.cluster.preview.services import Address

_GONE = (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, UnicodeDecodeError, ValueError)


@asynccontextmanager
async def echo_server() -> AsyncIterator[Address]:
    """Its address on loopback, for as long as the block runs."""
    server = await asyncio.start_server(_serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[:2]
    finally:
        server.close()


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(*_GONE):
        while await _answer(reader, writer):
            pass
    writer.close()
    with suppress(*_GONE):
        await writer.wait_closed()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """One request; False when the client has no more."""
    first = await reader.readline()
    if not first.strip():
        return False
    method, path, _ = first.decode("latin-1").split(" ", 2)
    headers = await _headers(reader)
    body = await _body(reader, headers)
    fields = [(name, value) for name, value in headers if name != ECHO_HEADER]
    said = {
        "service": _first(headers, ECHO_HEADER),
        "method": method,
        "path": path,
        "host": _first(headers, "host"),
        "headers": [[name, value] for name, value in fields],
        "bytes": len(body),
    }
    text = json.dumps(said, indent=2).encode() + b"\n"
    head = f"HTTP/1.1 {HTTPStatus.OK.value} OK\r\ncontent-type: application/json\r\ncontent-length: {len(text)}\r\n\r\n"
    writer.write(head.encode() + (b"" if method == "HEAD" else text))
    await writer.drain()
    return True


async def _headers(reader: asyncio.StreamReader) -> list[tuple[str, str]]:
    headers = []
    while line := (await reader.readline()).decode("latin-1").rstrip("\r\n"):
        name, _, value = line.partition(":")
        headers.append((name.lower(), value.strip()))
    return headers


async def _body(reader: asyncio.StreamReader, headers: list[tuple[str, str]]) -> bytes:
    if (_first(headers, "transfer-encoding") or "").lower() == "chunked":
        body = b""
        while size := int((await reader.readline()).split(b";")[0], 16):
            body += await reader.readexactly(size)
            await reader.readline()
        await _headers(reader)
        return body
    return await reader.readexactly(int(_first(headers, "content-length") or 0))


def _first(headers: list[tuple[str, str]], name: str) -> str | None:
    return next((value for one, value in headers if one == name), None)
