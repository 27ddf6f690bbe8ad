"""Make every URL and every file name of the site; nothing else in the package joins URLs.

Pages are folders with an ``index.html``, so that one set of relative links
works from ``file://``, from any web server and from object storage. A name
that comes from Jenkins or from a QA file becomes a folder name by
`folder_name`, which never leaves the folder that it is put into.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

_SEGMENT_BYTES = 100
_JOB_BYTES = 400
_HASHED = re.compile(r"~[0-9a-f]{12}$")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029<>:"/\\|?*]')
_RESERVED = re.compile(r"\d+(@.*)?|index\.html|badges|plain|badge\.svg", re.IGNORECASE)
_JOBS = re.compile(r"(?:at/[^/]+/)?jobs/")
_BUILD = re.compile(r"/\d++(?:@[^/]*+)?/")
_OF_BUILD = re.compile(r"(?:at/([^/]+)/)?jobs/(.+)/([1-9][0-9]{0,9})/(?:index\.html)?")
_READABLE = "=,@~+"


def folder_name(text: str) -> str:
    """Return a folder name for any text: the text itself if harmless, else cleaned plus a hash.

    Two texts never share a name: whatever looks like a hashed name is hashed, too.
    """
    harmless = (
        text == text.strip(" .")
        and text != ""
        and not _UNSAFE.search(text)
        and not _HASHED.search(text)
        and len(text.encode()) <= _SEGMENT_BYTES
    )
    return text if harmless else _hashed(text)


def _hashed(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    readable = re.sub(r"[^\w.=,+-]+", "-", text[:40], flags=re.ASCII).strip("-. ")
    return f"{readable}~{digest}"


def job_folder_name(name: str) -> str:
    """Return the folder of a job below ``jobs/``, one level for each part of its full name.

    A part that is only digits is hashed: builds use those names one level below, and
    ``badges`` and ``plain`` are, too: badges and the page without scripts are there.
    """
    parts = name.split("/")
    folders = [_hashed(part) if _RESERVED.fullmatch(part) else folder_name(part) for part in parts]
    joined = "/".join(folders)
    return joined if len(joined.encode()) <= _JOB_BYTES else _hashed(name)


def quoted(path: str) -> str:
    """Return a path of the site as it is written in a URL."""
    return quote(path, safe="/" + _READABLE)


@dataclass(frozen=True, slots=True)
class Links:
    """Name the pages of a site. Paths are relative to its root, not quoted, and end in a file.

    `controller` is the short name of the first controller: its jobs stand at
    ``jobs/``, those of others at ``at/<controller>/jobs/``. `public_url` is the URL at which
    people reach the site, empty where it is unknown.
    """

    controller: str | None = None
    public_url: str = ""

    def job_folder(self, controller: str, job: str) -> str:
        """Return the folder of a job, such as ``jobs/folder/ci_hsc``."""
        prefix = "" if controller == self.controller else f"at/{folder_name(controller)}/"
        return f"{prefix}jobs/{job_folder_name(job)}"

    def job(self, controller: str, job: str) -> str:
        """Return the page that lists the builds of a job."""
        return f"{self.job_folder(controller, job)}/index.html"

    def plain(self, controller: str, job: str) -> str:
        """Return the page of a job that needs no script."""
        return f"{self.job_folder(controller, job)}/plain/index.html"

    def build(
        self, controller: str, job: str, number: int, replaced: datetime | None = None
    ) -> str:
        """Return the page of a build.

        `replaced` is the start (UTC) of a build whose number was used again
        after its job had been recreated; the newest build of a number keeps the short name.
        """
        name = str(number) if replaced is None else f"{number}@{replaced:%Y%m%dT%H%M%S}"
        return f"{self.job_folder(controller, job)}/{name}/index.html"

    def metric(self, metric: str) -> str:
        """Return the page of a metric's history."""
        return f"metrics/{metric_folder(metric)}/index.html"

    def finding(self, name: str) -> str:
        """Return the page of a finding."""
        return f"findings/{folder_name(name)}/index.html"

    def job_badge(self, controller: str, job: str) -> str:
        """Return the badge of a job."""
        return f"{self.job_folder(controller, job)}/badge.svg"

    def metric_badge(self, controller: str, job: str, metric: str) -> str:
        """Return the badge of a metric of a job."""
        return f"{self.job_folder(controller, job)}/badges/{metric_folder(metric)}.svg"

    def metric_trend(self, controller: str, job: str, metric: str) -> str:
        """Return the picture of a metric's trend in a job, for pages elsewhere."""
        return f"{self.job_folder(controller, job)}/badges/trends/{metric_folder(metric)}.svg"

    def feed(self) -> str:
        """Return the Atom feed of all findings."""
        return "feed.atom"

    def job_feed(self, controller: str, job: str) -> str:
        """Return the Atom feed of the findings of a job."""
        return f"{self.job_folder(controller, job)}/plain/feed.atom"

    def url(self, path: str, seen_from: str = "") -> str:
        """Return the public URL of a page; where none is known, one relative to another file."""
        if self.public_url:
            return _public_url(self.public_url, path, index=False)
        return f"{'../' * seen_from.count('/')}{quoted(path)}"

    def job_data(self, controller: str, job: str, name: str) -> str:
        """Return the data file `name` of a job."""
        return f"data/{self.job_folder(controller, job)}/{name}.js"

    def metric_data(self, metric: str) -> str:
        """Return the data file that lists the series of a metric."""
        return f"data/metrics/{metric_folder(metric)}/series.js"


def build_of(path: str) -> tuple[str, str, int] | None:
    """Return the controller, job and number that the page of a build seems to be of.

    The controller is empty for the first one. Names that had to be hashed are lost: there is
    None for them, as for pages of other kinds.
    """
    found = _OF_BUILD.fullmatch(path)
    if found is None:
        return None
    if any(_HASHED.search(part) for part in [found[1] or "", *found[2].split("/")]):
        return None
    return found[1] or "", found[2], int(found[3])


def metric_folder(metric: str) -> str:
    """Return the folder name of a metric."""
    return _hashed(metric) if _RESERVED.fullmatch(metric) else folder_name(metric)


def plain_beside(path: str) -> str:
    """Return the page without scripts that corresponds best to another page.

    That is the one of the job for pages of a job or build, else the list of all jobs.
    """
    jobs, page = _JOBS.match(path), "/index.html"
    if jobs is None or not path.endswith(page):
        return "plain/index.html"
    build = _BUILD.search(path, jobs.end() + 1)
    job = path[: build.start()] if build else path.removesuffix(page)
    return f"{job}/plain/index.html" if len(job) > jobs.end() else "plain/index.html"


def with_query(url: str, **choices: str | None) -> str:
    """Return `url` with the choices that are not None as its query."""
    chosen = {key: value for key, value in choices.items() if value is not None}
    encoded = urlencode(chosen, encoding="utf-8", errors="replace")
    return f"{url}?{encoded}" if chosen else url


def build_page_url(
    public_url: str,
    job: str,
    number: int,
    controller: str | None = None,
    first_controller: str | None = None,
    *,
    index: bool = False,
) -> str:
    """Return the public URL of a build's page, for the link on the Jenkins side.

    Parameters
    ----------
    public_url
        URL at which people reach the output folder.
    job, number
        Full name of the job and number of the build.
    controller, first_controller
        Short names of the build's controller and of the first in the settings.
    index
        Write ``index.html`` out, for servers that show no page for a folder.

    """
    path = Links(first_controller).build(controller or first_controller or "", job, number)
    if controller is None and first_controller is None:
        path = Links("").build("", job, number)
    return _public_url(public_url, path, index=index)


def finding_page_url(public_url: str, name: str, *, index: bool = False) -> str:
    """Return the public URL of a finding's page, for messages about it."""
    return _public_url(public_url, Links().finding(name), index=index)


def _public_url(root: str, path: str, *, index: bool) -> str:
    return f"{root.rstrip('/')}/{quoted(path if index else path.removesuffix('index.html'))}"


def web_link(url: object) -> str:
    """Return a URL that is safe in href: http and https only, else an empty string."""
    text = str(url or "").strip()
    return text if text.lower().startswith(("http://", "https://")) else ""
