"""Hold what differs between the Jenkins versions that are simulated.

Facts of a real 2.263.4 (its own web server) and a real 2.503 (Tomcat 10).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import urlsplit

_CHARSET = "charset=utf-8"
SANDBOX = "sandbox; default-src 'none'; img-src 'self'; style-src 'self';"
"""The content security policy of archived files in the older version."""


@dataclass(frozen=True, slots=True)
class Edition:
    """Hold one version of Jenkins.

    `starting` are the title and heading of the page while it starts, `node` the name, label and
    description of its own node, `headers` what it says in place of the older one's values.
    A JSON answer longer than `buffer` bytes is sent in chunks. `is_newer` stands for the rest: new
    fields, a Location without host, and pages for errors that are as large as all others.
    """

    version: str
    server: str | None
    starting: tuple[str, str]
    node: tuple[str, str, str]
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    buffer: int = 32 * 1024
    is_newer: bool = False

    def write(self, status: int, headers: Mapping[str, str]) -> dict[str, str]:
        """Return headers as this version writes them."""
        written = {name: self.headers.get(value, value) for name, value in headers.items()}
        if status == 401 and self.is_newer:
            written["Content-Type"] = f"text/html;{_CHARSET}"
        if status == 302 and self.is_newer:
            written["Location"] = urlsplit(headers["Location"]).path
        return written

    def is_page(self, status: int, headers: Mapping[str, str]) -> bool:
        """Return whether a response is a whole page of this version, errors included, in chunks."""
        is_html = headers.get("Content-Type", "").startswith("text/html")
        return self.is_newer and is_html and status != 401


OLD = Edition(
    "2.263.4",
    "Jetty(9.4.33.v20201020)",
    ("Jenkins", "Please wait while Jenkins is getting ready to work"),
    ("master", "master", "the master Jenkins node"),
)
NEW = Edition(
    "2.503",
    None,
    ("Starting Jenkins", "Jenkins is getting ready to work"),
    ("Built-In Node", "built-in", "the Jenkins controller's built-in node"),
    MappingProxyType(
        {
            **{
                f"{kind};{_CHARSET}": f"{kind};charset=UTF-8"
                for kind in ("application/json", "text/html", "text/plain")
            },
            "text/html;charset=iso-8859-1": "text/html;charset=UTF-8",
            SANDBOX: SANDBOX.replace("sandbox;", "sandbox allow-same-origin;"),
        }
    ),
    buffer=8 * 1024,
    is_newer=True,
)
EDITIONS = {each.version: each for each in (OLD, NEW)}
