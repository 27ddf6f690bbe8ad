"""Send requests to one Jenkins: sign-in, timeouts, retries, downloads; not their meaning."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import unquote, urljoin, urlsplit

import requests
from requests.auth import HTTPBasicAuth

from squash_jenkins import __version__
from squash_jenkins.config import Controller
from squash_jenkins.errors import JenkinsError, Unreachable
from squash_jenkins.jenkins.connection_failures import no_answer
from squash_jenkins.jenkins.connections import Pace, PoliteAdapter
from squash_jenkins.jenkins.deadlines import Deadlines
from squash_jenkins.jenkins.downloads import Downloads
from squash_jenkins.jenkins.lenient import read_json
from squash_jenkins.jenkins.refusals import (
    CrumbWanted,
    Passing,
    Starting,
    check,
    no_jenkins,
    not_json,
    redirected,
)
from squash_jenkins.models import JsonObject
from squash_jenkins.models.source import StopEvent
from squash_jenkins.reliability.backoff import delay

_CONNECT_SECONDS = 10.0
_FIRST_DELAY, _LONGEST_DELAY = 1.0, 16.0
"""Seconds between two tries, before jitter."""
_LONGEST_WAIT = 60.0
"""The longest ``Retry-After`` that is obeyed, in seconds."""

Answer = TypeVar("Answer")


class Transport:
    """A pool of connections to one Jenkins, with retries.

    Parameters
    ----------
    controller
        The Jenkins; its timeout applies to each read of each request.
    session
        The session to use: it is signed in and gets our headers and limits. Threads may share
        it.
    sleep, clock
        Wait a number of seconds; return the seconds since some moment.
    attempts
        Tries of one request. Six of them ride out a restart: Jenkins refuses connections for
        5–9 s, then answers 503 for 10–15 s, and the delays add up to 31–46 s.
    outage_limit
        Seconds for which a Jenkins that has answered before, or is starting, is tried again.
    stopped
        Once it is set, nothing is waited for any longer.
    """

    def __init__(
        self,
        controller: Controller,
        session: requests.Session,
        sleep: Callable[[float], object],
        clock: Callable[[], float],
        attempts: int,
        outage_limit: float,
        stopped: StopEvent,
    ) -> None:
        self.controller = controller
        self.root = controller.url.rstrip("/") + "/"
        self.session = session
        self._sleep = sleep
        self._attempts = max(1, attempts)
        self._clock = clock
        self._outage_limit = outage_limit
        self._stopped = stopped
        self._answered = False
        self._timeout = (min(_CONNECT_SECONDS, controller.timeout), controller.timeout)
        self._deadlines = Deadlines(controller.total_timeout, stopped)
        pace = Pace(controller.requests_per_second, clock, sleep)
        adapter = PoliteAdapter(controller, pace, self._deadlines)
        self._prepare(adapter)
        self._downloads = Downloads(controller, session, adapter, self._timeout)

    def _prepare(self, adapter: PoliteAdapter) -> None:
        session, controller = self.session, self.controller
        for scheme in ("http://", "https://"):
            session.mount(scheme, adapter)
        session.headers["User-Agent"] = f"squash-jenkins/{__version__}"
        if controller.user is not None and controller.token is not None:
            session.auth = HTTPBasicAuth(controller.user.encode(), controller.token.encode())
        # Checking in a hook covers python-jenkins' requests as well, which would report a 503 as
        # "does not exist".
        session.hooks["response"].append(lambda answer, *_, **__: check(answer, controller))

    def retrying(self, action: Callable[[], Answer]) -> Answer:
        """Return what `action` returns, retrying while its failures are likely to pass.

        Raises
        ------
        Unreachable
            The last try failed as well.
        """
        begin, attempt = self._clock(), 1
        while True:
            try:
                answer = self._translating(action)
            except Passing as passing:
                if attempt >= self._attempts and not self._waits(passing, begin):
                    raise
                self._sleep(
                    max(
                        delay(attempt, _FIRST_DELAY, _LONGEST_DELAY),
                        min(passing.wait, _LONGEST_WAIT),
                    )
                )
                attempt += 1
            else:
                self._answered = True
                return answer

    def _waits(self, passing: Passing, begin: float) -> bool:
        """Return whether to go on waiting for a Jenkins that has answered before."""
        known = self._answered or isinstance(passing, Starting)
        waited = self._clock() - begin
        return known and waited < self._outage_limit and not self._stopped.is_set()

    def _translating(self, action: Callable[[], Answer]) -> Answer:
        """Return what `action` returns in time; what it raises becomes a JenkinsError."""
        with self._deadlines.question() as question:
            try:
                answer = action()
            except (requests.RequestException, JenkinsError) as error:
                if question.cut:
                    raise self._too_long() from error
                if isinstance(error, JenkinsError):
                    raise
                raise no_answer(error, self.controller) from error
            if question.cut:  # an answer that ends with its connection looks complete
                raise self._too_long()
            return answer

    def _too_long(self) -> Unreachable:
        return self._deadlines.too_long(self.root, self.controller.name)

    def get_json(self, path: str, tree: str | None = None) -> JsonObject:
        """Return the JSON object at `path` (encoded, below the root), cut to `tree`.

        Raises
        ------
        JenkinsError
            Any of its kinds; redirects are not followed, so credentials go to nobody else.
        """
        parameters = {"tree": tree} if tree else None
        return self.retrying(
            lambda: self._get_json_once(f"{path}/api/json".lstrip("/"), parameters)
        )

    def get_version(self) -> str | None:
        """Return Jenkins' version; None when a proxy removes its header.

        Raises
        ------
        JenkinsError
            Any of its kinds; UnexpectedAnswer for what is not a Jenkins.
        """

        def get() -> str | None:
            response = self._request("GET", "api/json", params={"tree": "mode"})
            if "mode" not in self._read_json(response):
                raise no_jenkins(self.controller)
            return response.headers.get("X-Jenkins")

        return self.retrying(get)

    def _get_json_once(self, path: str, parameters: Mapping[str, str] | None) -> JsonObject:
        return self._read_json(self._request("GET", path, params=parameters))

    def _read_json(self, response: requests.Response) -> JsonObject:
        if response.is_redirect:
            raise redirected(response, self.controller)
        is_page = response.content.lstrip()[:1] == b"<"
        if is_page or "json" not in response.headers.get("Content-Type", "json"):
            raise not_json(response, self.controller)
        answer = read_json(response)
        if not isinstance(answer, dict):
            raise not_json(response, self.controller)
        return cast(JsonObject, answer)

    def get_page(self, path: str) -> str:
        """Return the HTML page at `path`."""
        return self.retrying(lambda: self._text(self._request("GET", path)))

    def post_page(self, path: str, form: Mapping[str, str]) -> str:
        """Return the HTML that `path` makes of a form, which must not change anything."""
        return self._post(path, form, self._text)

    def submit(self, path: str, form: Mapping[str, str], *, leads_to: str) -> None:
        """POST a form that may be repeated without harm; Jenkins redirects to `leads_to`."""
        self._post(path, form, lambda response: self._check_arrival(response, leads_to))

    def _post(
        self, path: str, form: Mapping[str, str], read: Callable[[requests.Response], Answer]
    ) -> Answer:
        """POST a form and return what `read` reads from the answer.

        A crumb is requested only when Jenkins wants one: with an API token it does not. It is
        fetched anew each time, as it and its cookie do not outlive a restart.
        """

        def send(**headers: str) -> Answer:
            return read(self._request("POST", path, data=form, headers=headers))

        def send_with_crumb() -> Answer:
            try:
                return send()
            except CrumbWanted:
                issued = self._get_json_once("crumbIssuer/api/json", None)
                if not {"crumbRequestField", "crumb"} <= issued.keys():
                    raise no_jenkins(self.controller) from None
                return send(**{str(issued["crumbRequestField"]): str(issued["crumb"])})

        return self.retrying(send_with_crumb)

    def _text(self, response: requests.Response) -> str:
        if response.is_redirect:
            raise redirected(response, self.controller)
        return response.text

    def _check_arrival(self, response: requests.Response, leads_to: str) -> None:
        target = urljoin(response.url, response.headers.get("Location", ""))
        arrived = unquote(urlsplit(target).path).rstrip("/")
        if not response.is_redirect:
            raise not_json(response, self.controller)
        if not arrived.endswith("/" + unquote(leads_to)):
            raise redirected(response, self.controller)

    def download(self, path: str, to: Path, limit: int, kept: Path | None = None) -> int:
        """Stream a file to `to`, which appears only when it is complete; return its bytes.

        Raises
        ------
        DocumentError
            It is larger than `limit` bytes, sent or unpacked from a compressed transfer.
        JenkinsError
            Any of its kinds; a file that breaks off is retried.
        """
        return self.retrying(lambda: self._downloads.fetch(path, to, limit, kept))

    def _request(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(
            method,
            self.root + path,
            timeout=self._timeout,
            **{"allow_redirects": False, **options},
        )
