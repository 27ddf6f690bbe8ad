"""Hold the jobs and builds of a site with the paths of their pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from squash_jenkins.jenkins.names import jenkins_artifact_url, jenkins_build_url, jenkins_job_url
from squash_jenkins.models import POSTED
from squash_jenkins.render.links import Links
from squash_jenkins.store.build_order import lives, moments
from squash_jenkins.store.rows import BuildPoint, JobRow
from squash_jenkins.verification.missing import FAILED


@dataclass(frozen=True, slots=True)
class JobLine:
    """Hold one job and the paths of its pages.

    `gone` is when it was noticed that Jenkins no longer has the branch that it builds (UTC).
    """

    key: int
    name: str
    controller: str
    controller_url: str
    page: str
    links: Links
    gone: datetime | None = None

    @property
    def jenkins(self) -> str | None:
        """Return the job's URL in Jenkins."""
        return jenkins_job_url(self.controller_url, self.name)

    def data(self, name: str) -> str:
        """Return the path of the job's data file `name`."""
        return self.links.job_data(self.controller, self.name, name)


@dataclass(frozen=True, slots=True)
class BuildLine:
    """Hold one build with its position among the builds of its job (from 0) and its page."""

    row: BuildPoint
    job: JobLine
    position: int
    replaced: bool
    """A later build has the same number: the job was recreated."""
    moment: datetime
    """When it started (UTC); where its clock was wrong, when the build before it did."""

    @property
    def page(self) -> str:
        """Return the path of its page."""
        start = self.row.started if self.replaced else None
        return self.job.links.build(self.job.controller, self.job.name, self.number, start)

    @property
    def milliseconds(self) -> int:
        """Return its moment as pages use it, in milliseconds since 1970."""
        return round(self.moment.timestamp() * 1000)

    @property
    def state(self) -> tuple[object, ...]:
        """Return a value that differs when anything about the build has changed."""
        moved = [] if self.moment == self.row.started else [self.milliseconds]
        return (self.key, self.row.revision, self.replaced, *moved)

    @property
    def key(self) -> int:
        """Return the key of the build in the store."""
        return self.row.key

    @property
    def number(self) -> int:
        """Return Jenkins' number."""
        return self.row.number

    @property
    def finished(self) -> datetime:
        """Return when the build ended (UTC), or started where its duration is not known."""
        return self.row.started + timedelta(seconds=self.row.duration or 0)

    @property
    def failed(self) -> bool:
        """Return whether Jenkins counts the build as failed or aborted."""
        return self.row.result in FAILED

    @property
    def jenkins(self) -> str | None:
        """Return the build's URL in Jenkins, from the controller's configured root."""
        return jenkins_build_url(self.job.controller_url, self.job.name, self.number)

    def artifact(self, path: str) -> str | None:
        """Return the URL of an archived file in Jenkins; None for files that came another way."""
        if path.startswith(POSTED):
            return None
        return jenkins_artifact_url(self.job.controller_url, self.job.name, self.number, path)


def job_line(row: JobRow, links: Links) -> JobLine:
    """Return a job with the path of its page."""
    page = links.job(row.controller, row.name)
    return JobLine(row.key, row.name, row.controller, row.controller_url, page, links, row.gone)


def build_lines(job: JobLine, rows: Sequence[BuildPoint]) -> list[BuildLine]:
    """Return the builds of a job with the paths of their pages; `rows` are in order."""
    newest = {row.number: row.key for row in rows}
    starts = (moment for life in lives(rows) for moment in moments(life))
    return [
        BuildLine(row, job, position, newest[row.number] != row.key, moment)
        for position, (row, moment) in enumerate(zip(rows, starts, strict=True))
    ]
