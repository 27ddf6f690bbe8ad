"""Errors as problem documents (RFC 9457) that name the field that is wrong."""

import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from squash_jenkins.errors import DocumentError, NotFound, ResourceError, SquashError, StoreError

_LOG = logging.getLogger(__name__)
UNAVAILABLE = "The database is not available; the server's log says why."
FAILED = "The server failed; its log says why."
_TITLES = {
    400: "The request is wrong",
    401: "Sign in first",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict with stored data",
    410: "No longer there",
    413: "The request is too large",
    415: "Unsupported content type",
    422: "The request is wrong",
    429: "Too many requests",
    500: "The server failed",
    503: "Service unavailable",
}


class Problem(Exception):
    """What is wrong with a request; may be raised anywhere below a route.

    Parameters
    ----------
    status
        HTTP status.
    detail
        A sentence: what is wrong, where, what to do.
    field
        Path of the wrong field in the request, such as ``measurements.0.metric``.

    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        field: str | None = None,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.more = {**({"field": field} if field is not None else {}), **more}
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """Return it as ``application/problem+json``."""
        title = _TITLES.get(self.status, "The request failed")
        body = {"type": "about:blank", "title": title, "status": self.status, "detail": self.detail}
        kind = "application/problem+json"
        return JSONResponse({**body, **self.more}, self.status, self.headers, media_type=kind)


def add_problem_handlers(app: FastAPI) -> None:
    """Make an application answer every error with a problem document."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _plain)
    app.add_exception_handler(SquashError, _squash)
    app.add_exception_handler(Exception, _unforeseen)


async def _problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 - registered for it only
    return error.response()


async def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it only
    faults = [
        {"field": ".".join(map(str, each["loc"][1:])), "detail": each["msg"]}
        for each in error.errors()
    ]
    first = faults[0]
    where = f"{first['field']}: " if first["field"] else ""
    detail = f"{where}{first['detail']}"
    return Problem(422, detail, field=first["field"], faults=faults).response()


async def _plain(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it only
    return Problem(error.status_code, error.detail, headers=error.headers).response()


async def _squash(_request: Request, error: Exception) -> Response:
    assert isinstance(error, SquashError)  # noqa: S101 - registered for it only
    return problem_of(error).response()


def problem_of(error: SquashError) -> Problem:
    """Return the problem that users see of an error; internal details go to the log."""
    if isinstance(error, DocumentError | NotFound):
        return Problem(400 if isinstance(error, DocumentError) else 404, str(error))
    _LOG.error("%s", error)
    if isinstance(error, StoreError):
        return Problem(503, UNAVAILABLE, headers={"Retry-After": "5"})
    return Problem(503, str(error)) if isinstance(error, ResourceError) else Problem(500, FAILED)


async def _unforeseen(request: Request, error: Exception) -> Response:
    """Answer without details, which may be secret; they are in the server's log."""
    _LOG.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return Problem(500, FAILED).response()
