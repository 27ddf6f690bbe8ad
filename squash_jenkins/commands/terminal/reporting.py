"""Write JUnit and Markdown files, and decide whether a build fails."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click

from squash_jenkins.config import Settings
from squash_jenkins.ingest.outcome import Outcome
from squash_jenkins.ingest.publish import page_url, public_finding_url
from squash_jenkins.models import LEVELS, BuildId
from squash_jenkins.reliability.atomic_files import replacing
from squash_jenkins.store.rows import FindingRow
from squash_jenkins.verification.build import BuildStatus
from squash_jenkins.verification.summary import Pages

REGRESSION = "regression"
FAILED = 3
"""Exit code when a limit of ``--fail-on`` is missed or could not be checked."""

_Command = TypeVar("_Command", bound=Callable[..., Any])


class Wanted(NamedTuple):
    """Reports and limits that a call requests."""

    junit: Path | None
    markdown: Path | None
    fail_on: Sequence[str]


def reporting_options(command: _Command) -> _Command:
    """Add the options that `Wanted` is made from: ``junit``, ``markdown`` and ``fail_on``."""
    options = [
        click.option(
            "--junit",
            type=click.Path(path_type=Path),
            help="Write a JUnit file: one test case for each metric and each level that applies "
            "to it; metrics that were not measured are skipped.",
        ),
        click.option(
            "--markdown",
            type=click.Path(path_type=Path),
            help="Write a short summary in Markdown, for a comment on a pull request.",
        ),
        click.option(
            "--fail-on",
            type=click.Choice([*LEVELS, REGRESSION]),
            multiple=True,
            help="Exit with code 3 when a measurement misses this level; regression: when an "
            "open regression began among the job's newest builds (findings.recent in the "
            "settings), or a metric is worse than in the target of the branch. Regressions are "
            "then also test cases of the JUnit file. May be given several times.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def report(settings: Settings, outcome: Outcome, wanted: Wanted) -> list[str]:
    """Write the files; return sentences about those that could not be written.

    When nothing was checked they say so: the file of an earlier build must not be mistaken for
    this one's.
    """
    statuses = list(outcome.statuses.values())
    if not statuses:
        id = outcome.records[0].build.id
        return report_nothing(id, "not checked: the database could not be used", wanted)
    pages = _pages(settings)
    faults = []
    if wanted.junit:
        from squash_jenkins.verification.junit import junit

        regressions = REGRESSION in wanted.fail_on
        faults += _write(wanted.junit, junit(statuses, pages, regressions=regressions))
    if wanted.markdown:
        from squash_jenkins.verification.markdown import markdown

        faults += _write(wanted.markdown, markdown(statuses, pages).encode())
    return faults


def report_nothing(id: BuildId, reason: str, wanted: Wanted) -> list[str]:
    """Write the files for a build that was not checked; return what could not be written."""
    faults = []
    if wanted.junit:
        from squash_jenkins.verification.junit import junit_of_nothing

        faults += _write(wanted.junit, junit_of_nothing(id.job, reason))
    if wanted.markdown:
        from squash_jenkins.verification.markdown import markdown_of_nothing

        faults += _write(wanted.markdown, markdown_of_nothing(str(id), reason).encode())
    return faults


def failing(outcome: Outcome, wanted: Wanted) -> list[str]:
    """Return the limits of ``--fail-on`` that a build, or a configuration of it, misses."""
    statuses = outcome.statuses.values()
    return [limit for limit in wanted.fail_on if any(each.fails(limit) for each in statuses)]


def unchecked(outcome: Outcome, wanted: Wanted) -> list[str]:
    """Return a sentence about the limits of ``--fail-on`` that could not be checked.

    Such a call fails: silence must not be mistaken for "met".
    """
    statuses = outcome.statuses.values()
    limits = [each for each in wanted.fail_on if not any(one.checked(each) for one in statuses)]
    return [not_checked(limits, _why_not(outcome))] if limits else []


def not_checked(limits: Sequence[str], why: str) -> str:
    """Return the sentence about limits that could not be checked."""
    return f"NOT CHECKED against {', '.join(limits)} (--fail-on): {why.rstrip('.')}."


def _why_not(outcome: Outcome) -> str:
    if not outcome.statuses:
        return "the database could not be used"
    if any(record.reports for record in outcome.records):
        return "no measurement can be compared with a limit of that level"
    if any(record.rejected for record in outcome.records):
        return "each QA file is in the quarantine"
    if outcome.records[0].build.provisional:
        return (
            "Jenkins has archived no QA file yet. Archive the files before this step, or name them "
            "(--files or SQUASH_FILES; artifacts of [[jobs]] in the settings) to have them read "
            "from the workspace"
        )
    return "the build has no QA file"


def _pages(settings: Settings) -> Pages:
    """Return the URLs of pages; findings do not link to pages on this machine only."""

    def of_build(status: BuildStatus) -> str:
        id = BuildId(status.job.controller, status.job.name, status.build.number)
        return page_url(settings, id)

    def of_finding(row: FindingRow) -> str:
        return public_finding_url(settings, row)

    return Pages(of_build, of_finding)


def _write(file: Path, content: bytes) -> list[str]:
    """Replace a file in one step, so that nobody reads half of it; return errors as sentences.

    A special file (a pipe, ``/dev/stdout``) is written to directly.
    """
    try:
        if file.exists() and not file.is_file():
            file.write_bytes(content)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            with replacing(file, ".squash-") as part:
                part.write_bytes(content)
    except OSError as error:
        reason = error.strerror or error
        return [f"{file} was not written: {reason}. Check the folder and the free space."]
    return []
