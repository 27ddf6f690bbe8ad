"""Accept many documents in one request, one per line, and answer each with a line."""

import asyncio
import json
import tempfile
from typing import Any

import anyio.to_thread
from fastapi import APIRouter
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from squash_jenkins.server.access import Caller, Submits
from squash_jenkins.server.api.write.bulk_lines import Batch, Line, Lines, store_lines
from squash_jenkins.server.api.write.examples import JOBS, METRIC
from squash_jenkins.server.services import Here, Services

KIND = "application/jsonl"
IDLE = 0.2
"""Seconds without new lines after which pending ones are stored and answered."""
_REFRESH = 30.0
"""Seconds after which findings and pages are refreshed while more lines come."""
_HELD = 1 << 20
"""Bytes of unread results held in memory; more go to a file."""
_PIECE = 1 << 16
_EXAMPLE = "\n".join(json.dumps(each) for each in (METRIC, JOBS["first"]["value"]))

router = APIRouter(tags=["submit"])


@router.post("/api/bulk", include_in_schema=False)
@router.post(
    "/api/bulk/",
    response_class=Response,
    responses={200: {"description": "A line of JSON for each line, and a last one with totals",
                     "content": {KIND: {"schema": {"type": "string"}}}}},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {KIND: {"schema": {"type": "string"}, "example": _EXAMPLE}},
        }
    },
)  # fmt: skip
async def post_bulk(here: Here, who: Submits) -> Response:
    """Store many documents: each line is a body of /api/metric/ or /api/job/.

    The body may be of any size (gzip is accepted); a line may be as large as a single request.
    Each line is answered by a line with its number, the status of a single request, and the
    result; a faulty line does not affect others. Lines are stored in order, a few hundred per
    transaction. The last line of the response has the totals: if it is missing, the request was
    cut off, and it is safe to send everything again.
    """
    return _BulkResponse(here, who)


class _BulkResponse(Response):
    """Streams results while the request still arrives, as neither fits into memory."""

    def __init__(self, here: Services, who: Caller) -> None:
        super().__init__(media_type=KIND)
        self._here = here
        self._who = who
        del self.headers["content-length"]
        self.headers["Cache-Control"] = "no-store"
        self.headers["X-Accel-Buffering"] = "no"
        self.headers["Content-Encoding"] = "identity"  # compression would delay lines

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Receive lines and send results concurrently; neither waits for the other."""
        with _PendingResults() as pending:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._send(pending, send))
                tasks.create_task(_Ingestion(self._here, self._who, pending).run(receive))

    async def _send(self, pending: "_PendingResults", send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        while piece := await pending.piece():
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class _PendingResults:
    """Results that wait to be sent: many clients read nothing before they have sent everything."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_HELD)  # noqa: SIM115 - see __exit__
        self._news = asyncio.Event()
        self._read = self._written = 0
        self._ended = False

    def __enter__(self) -> "_PendingResults":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, results: list[dict[str, Any]]) -> None:
        """Add results."""
        text = "".join(f"{json.dumps(each)}\n" for each in results).encode()
        self._file.seek(self._written)
        self._written += self._file.write(text)
        self._news.set()

    def end(self) -> None:
        """Mark the end of the results."""
        self._ended = True
        self._news.set()

    async def piece(self) -> bytes:
        """Wait for results; empty bytes mean the end."""
        while self._read == self._written and not self._ended:
            self._news.clear()
            await self._news.wait()
        self._file.seek(self._read)
        piece = self._file.read(_PIECE)
        self._read += len(piece)
        if self._read == self._written:  # start over, so that the file does not grow
            self._file.seek(0)
            self._file.truncate()
            self._read = self._written = 0
        return piece


class _Ingestion:
    """Reads lines and stores them in batches."""

    def __init__(self, here: Services, who: Caller, pending: _PendingResults) -> None:
        self._here = here
        self._who = who
        self._pending = pending
        self._lines = Lines(here.settings.server.max_body_bytes)
        self._batch = Batch()
        self._counts: dict[str, int] = {}
        self._shown = asyncio.get_running_loop().time()

    async def run(self, receive: Receive) -> None:
        """Receive everything; lines before a broken connection are stored as well."""
        more = True
        while more:
            message = await self._next(receive)
            more = message["type"] == "http.request" and message.get("more_body", False)
            for line in self._lines.feed(message.get("body", b"")):
                await self._add(line)
            if not more and message["type"] == "http.request":
                for line in self._lines.end():
                    await self._add(line)
        await self._flush()
        self._here.refresh.soon()
        count = sum(self._counts.values())
        self._pending.add([{"end": True, "lines": count, **self._counts}])
        self._pending.end()

    async def _next(self, receive: Receive) -> Message:
        coming = asyncio.ensure_future(receive())
        try:
            done, _ = await asyncio.wait({coming}, timeout=IDLE)
            if not done:
                await self._flush()
            return await coming
        finally:
            coming.cancel()

    async def _add(self, line: Line) -> None:
        self._batch.add(line)
        if self._batch.full:
            await self._flush()

    async def _flush(self) -> None:
        batch, self._batch = self._batch, Batch()
        if not batch.lines:
            return
        results = await anyio.to_thread.run_sync(store_lines, self._here, self._who, batch.lines)
        for each in results:
            result = each.get("result", "refused")
            self._counts[result] = self._counts.get(result, 0) + 1
        self._pending.add(results)
        now = asyncio.get_running_loop().time()
        if now - self._shown > _REFRESH:
            self._shown = now
            self._here.refresh.soon()
