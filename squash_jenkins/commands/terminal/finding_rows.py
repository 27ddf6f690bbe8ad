"""Read findings for commands, each with its job, its builds and its URL."""

from collections.abc import Sequence
from dataclasses import replace

from squash_jenkins.config import Settings
from squash_jenkins.findings.as_json import ListedFinding
from squash_jenkins.findings.suspects import Suspects
from squash_jenkins.models.finding import builds_of
from squash_jenkins.store import Reader
from squash_jenkins.store.rows import FindingRow, JobRow


def listed(
    settings: Settings, reader: Reader, jobs: dict[int, JobRow], row: FindingRow
) -> ListedFinding:
    """Return a finding with its job, its builds and its URL."""
    from squash_jenkins.ingest.publish import finding_url

    return ListedFinding(
        row,
        jobs[row.job],
        reader.builds.get(row.finding.build),
        reader.builds.numbers(builds_of([row.finding])),
        reader.builds.starts(builds_of([row.finding])),
        finding_url(settings, row),
    )


def with_numbers(reader: Reader, each: ListedFinding, found: Suspects) -> ListedFinding:
    """Add the numbers of the builds that the suspects name."""
    builds = {build.key: build.number for build in reader.builds.of_job(each.row.job)}
    return replace(each, numbers={**builds, **each.numbers})


def number_of(reader: Reader, row: FindingRow) -> int:
    """Return the number of the build where a finding began."""
    return reader.builds.get(row.finding.build).number


def recent(settings: Settings, reader: Reader, rows: Sequence[FindingRow]) -> list[FindingRow]:
    """Return findings that began among the newest builds of their job and are worse or better."""
    jobs = {row.job for row in rows}
    newest = {job: reader.builds.newest(job, settings.findings.recent) for job in jobs}
    return [row for row in rows if row.is_news(newest[row.job])]
