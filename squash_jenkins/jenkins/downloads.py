"""Download files from one Jenkins: streamed, complete or not at all, unchanged ones only once.

An archive has thousands of small files, and requests would read the environment and merge its
session for each of them. Here that is done once; the files then come directly through the pool of
connections that everything else uses.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import requests
from urllib3.exceptions import HTTPError, MaxRetryError, ReadTimeoutError, SSLError
from urllib3.util import Timeout

from squash_jenkins.config import Controller
from squash_jenkins.jenkins.connections import PoliteAdapter
from squash_jenkins.jenkins.copies import (
    condition,
    leave_copy,
    name_of_copy,
    too_large,
    use_copy,
)
from squash_jenkins.jenkins.refusals import check, not_json
from squash_jenkins.reliability.atomic_files import replacing

_CHUNK = 65536
_PAGE_SUFFIXES = (".html", ".htm", ".xhtml")
_NOT_MODIFIED = 304

Answer = Any
"""A response of urllib3, which has no types for all that requests and pools pass on."""


@dataclass(frozen=True, slots=True)
class _Line:
    """What is the same for each file: pool of connections, beginning of targets, headers.

    A target begins with a path, or with the root URL when it goes through a proxy.
    """

    pool: Any
    begin: str
    headers: Mapping[str, str]
    asked: requests.PreparedRequest
    options: Mapping[str, Any]


class Downloads:
    """Downloads from one controller; may be shared by threads.

    Parameters
    ----------
    controller, session, adapter
        The controller, its signed-in session, and the adapter of that session.
    timeout
        Seconds to connect, and for each read.
    """

    def __init__(
        self,
        controller: Controller,
        session: requests.Session,
        adapter: PoliteAdapter,
        timeout: tuple[float, float],
    ) -> None:
        self._controller = controller
        self._root = controller.url.rstrip("/") + "/"
        self._session = session
        self._adapter = adapter
        self._timeout = timeout
        self._limits = Timeout(connect=timeout[0], read=timeout[1])
        self._line: _Line | None = None

    def fetch(self, path: str, to: Path, limit: int, kept: Path | None) -> int:
        """Download the file at `path` (encoded, below the root) to `to`; return its bytes.

        With a folder `kept`, a copy there is used if Jenkins says that the file has not changed;
        otherwise a copy is left there.

        Raises
        ------
        DocumentError
            It is larger than `limit` bytes, sent or unpacked from a compressed transfer.
        JenkinsError, requests.RequestException
            It was refused, or is incomplete.
        """
        copy = kept / name_of_copy(self._root + path) if kept else None
        with _opened(copy) as old:
            answer = self._ask(path, condition(old))
            try:
                if answer.status == _NOT_MODIFIED and old is not None:
                    answer.read()
                    return use_copy(old, to, limit)
                size = self._save(answer, to, limit)
            finally:
                # After a complete read the connection is back in the pool; this frees the others.
                answer.close()
                answer.release_conn()
        if copy is not None:
            leave_copy(to, copy, answer.headers)
        return size

    def _ask(self, path: str, extra: Mapping[str, str]) -> Answer:
        """Return an answer whose body is the file, or that says it has not changed."""
        line = self._line = self._line or self._open_line()
        answer = self._send(line, path, extra)
        if answer.status in (200, _NOT_MODIFIED) and not _is_page(answer, path):
            return answer
        asked = line.asked.copy()
        asked.url = self._root + path
        asked.headers.update(extra)
        return self._follow(path, asked, self._adapter.build_response(asked, answer), line.options)

    def _send(self, line: _Line, path: str, extra: Mapping[str, str]) -> Answer:
        self._adapter.pace.wait()
        try:
            return line.pool.urlopen(
                "GET",
                line.begin + path,
                headers={**line.headers, **extra},
                redirect=False,
                assert_same_host=False,
                preload_content=False,
                retries=self._adapter.max_retries,
                timeout=self._limits,
            )
        except HTTPError as error:
            self._line = None
            raise _as_of_requests(error) from error

    def _follow(
        self,
        path: str,
        asked: requests.PreparedRequest,
        response: requests.Response,
        options: Mapping[str, Any],
    ) -> Answer:
        """Raise the error of an unusual answer, or return the one that a redirect leads to.

        Archives may be in an object store. requests drops the sign-in when a redirect leaves
        the host, and passes each answer to `check`.
        """
        check(response, self._controller)
        if response.is_redirect:
            *_, response = self._session.resolve_redirects(
                response, asked, stream=True, timeout=self._timeout, **options
            )
        if _is_page(response.raw, path):
            with response:
                raise not_json(response, self._controller)
        file: Any = response.raw
        return file.whole  # a file has a limit of its own

    def _save(self, answer: Answer, to: Path, limit: int) -> int:
        promised = _promised(answer)
        if promised is not None and promised > limit:
            raise too_large(limit)
        with replacing(to) as part, part.open("xb") as file:
            size = _copy(answer, file, limit)
            if promised is not None and size != promised:
                raise requests.exceptions.ChunkedEncodingError(
                    f"{size} of {promised} bytes arrived"
                )
            self._adapter.deadlines.check()
        return size

    def _open_line(self) -> _Line:
        """Prepare once what requests would prepare for each file.

        Cookies are left out: each request is signed in, and they would not outlive a restart.
        """
        session = self._session
        adapter: Any = self._adapter  # not all of its functions have types
        asked = session.prepare_request(requests.Request("GET", self._root))
        asked.headers.pop("Cookie", None)
        found = session.merge_environment_settings(asked.url, {}, True, None, None)
        given = {name: found[name] for name in ("verify", "cert", "proxies")}
        options = self._adapter.trusting(self._root, given)
        pool = adapter.get_connection_with_tls_context(asked, **options)
        adapter.cert_verify(pool, asked.url, options["verify"], options["cert"])
        begin = adapter.request_url(asked, options["proxies"])
        headers = {name: _text(value) for name, value in asked.headers.items()}
        return _Line(pool, begin, headers, asked, options)


def _as_of_requests(error: HTTPError) -> requests.RequestException:
    """Return the error of requests for one of urllib3 before an answer."""
    reason = error.reason if isinstance(error, MaxRetryError) else error
    if isinstance(reason, SSLError):
        return requests.exceptions.SSLError(error)
    if isinstance(reason, ReadTimeoutError):
        return requests.exceptions.ReadTimeout(error)
    return requests.ConnectionError(error)


def _opened(copy: Path | None) -> AbstractContextManager[BinaryIO | None]:
    try:
        return copy.open("rb") if copy else nullcontext()
    except FileNotFoundError:
        return nullcontext()


def _is_page(answer: Answer, path: str) -> bool:
    """Return whether a page, such as a sign-in page, came in place of a file."""
    is_html = str(answer.headers.get("Content-Type", "")).startswith("text/html")
    return is_html and not path.lower().endswith(_PAGE_SUFFIXES)


def _promised(answer: Answer) -> int | None:
    """Return the announced length; None for a compressed transfer, of which it says nothing."""
    length = answer.headers.get("Content-Length", "")
    if "Content-Encoding" in answer.headers or not length.isdecimal():
        return None
    return int(length)


def _copy(answer: Answer, file: BinaryIO, limit: int) -> int:
    size = 0
    try:
        for chunk in answer.stream(_CHUNK, decode_content=True):
            size += len(chunk)
            if size > limit:
                raise too_large(limit)
            file.write(chunk)
    except ReadTimeoutError as error:
        raise requests.exceptions.ReadTimeout(error) from error
    except HTTPError as error:
        raise requests.exceptions.ChunkedEncodingError(error) from error
    return size


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
