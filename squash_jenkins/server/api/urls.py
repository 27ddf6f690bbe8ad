"""The URLs in responses: of the API, of the dashboards and of Jenkins."""

import re
from datetime import datetime
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import Depends
from starlette.requests import Request

from squash_jenkins.jenkins.names import jenkins_build_url, jenkins_job_url
from squash_jenkins.render.links import Links, quoted
from squash_jenkins.server.services import Services, services_of

_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")


class UrlBuilder:
    """Builds URLs as the client sees the server, also behind a proxy.

    The host comes from `Host`, or from `X-Forwarded-Host` if a trusted proxy sends it. Dashboard
    URLs point to this server; `public_url` is for links without a request.
    """

    def __init__(self, request: Request, here: Services) -> None:
        root = request.scope.get("root_path", "")
        self.root = f"{request.url.scheme}://{_host(request, here)}{quote(root)}/"
        self._links = Links(next(iter(here.settings.controller_names), None))

    def api(self, path: str, **parameters: str | int) -> str:
        """Return a URL of the API; `path` is already quoted."""
        query = f"?{urlencode(parameters)}" if parameters else ""
        return f"{self.root}api/{path}{query}"

    def named(self, kind: str, name: str) -> str:
        """Return the URL of something addressed by its name, which may contain slashes."""
        return self.api(f"{kind}/{quote(name)}/")

    def job(self, key: int, controller: str, root: str, name: str) -> dict[str, str | None]:
        """Return the links of a job; `root` is the controller's URL."""
        return {
            "url": self.api(f"jobs/{key}/"),
            "page": self._page(self._links.job(controller, name)),
            "jenkins": jenkins_job_url(root, name),
        }

    def build(
        self,
        key: int,
        controller: str,
        root: str,
        job: str,
        number: int,
        replaced: datetime | None = None,
    ) -> dict[str, str | None]:
        """Return the links of a build; `replaced` is its start if its number was reused."""
        return {
            "url": self.api(f"builds/{key}/"),
            "page": self._page(self._links.build(controller, job, number, replaced)),
            "jenkins": jenkins_build_url(root, job, number) if replaced is None else None,
        }

    def metric(self, name: str) -> dict[str, str | None]:
        """Return the links of a metric."""
        return {
            "url": self.named("metrics", name),
            "page": self._page(self._links.metric(name)),
        }

    def finding(self, name: str) -> dict[str, str | None]:
        """Return the links of a finding."""
        return {
            "url": self.named("findings", name),
            "page": self._page(self._links.finding(name)),
        }

    def _page(self, path: str) -> str:
        return self.root + quoted(path.removesuffix("index.html"))


def _host(request: Request, here: Services) -> str:
    said = request.headers.get("x-forwarded-host", "").split(",")[0].strip()
    if said and _HOST.fullmatch(said) and _through_proxy(request, here):
        return said
    return request.url.netloc


def _through_proxy(request: Request, here: Services) -> bool:
    """Return whether a trusted proxy forwards: uvicorn gives forwarded addresses port 0."""
    client = request.client
    trusted = here.settings.server.trusted_proxies
    return client is not None and (client.port == 0 or client.host in trusted)


def url_builder(request: Request) -> UrlBuilder:
    """Return the builder of URLs for a request."""
    return UrlBuilder(request, services_of(request))


Urls = Annotated[UrlBuilder, Depends(url_builder)]
"""Parameter of a route: the builder of URLs."""
