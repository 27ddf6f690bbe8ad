"""Find jobs and findings by the names that people type."""

import getpass
from fnmatch import fnmatchcase

from squash_jenkins.errors import SettingsError
from squash_jenkins.store import Reader
from squash_jenkins.store.rows import FindingRow, JobRow
from squash_jenkins.text.former import former_text


def jobs_like(reader: Reader, glob: str | None) -> dict[int, JobRow]:
    """Return by key the jobs that match a glob (None: all)."""
    jobs = {
        job.key: job for job in reader.builds.jobs() if glob is None or fnmatchcase(job.name, glob)
    }
    if glob is not None and not jobs:
        raise SettingsError(
            f"No stored job matches {glob!r}: `squash-jenkins status --offline` lists the jobs."
        )
    return jobs


def finding_named(reader: Reader, name: str) -> FindingRow:
    """Return the finding whose name begins with `name`; raise SettingsError for none or several."""
    found = reader.findings.find(name=name) if name else []
    if len(found) == 1:
        return found[0]
    if not found:
        for each in reader.findings.former(name):
            raise SettingsError(former_text(each.name, each.headline, each.successor))
        raise SettingsError(
            f"No finding's name begins with {name!r}: `squash-jenkins findings list --all` "
            "lists them."
        )
    names = ", ".join(sorted(row.name for row in found))
    raise SettingsError(f"{name!r} is the beginning of several names: {names}. Type more of one.")


def job_named(reader: Reader, name: str) -> JobRow:
    """Return the job of this name; raise SettingsError for none or several."""
    found = [
        job for job in reader.builds.jobs() if name in (job.name, f"{job.controller}/{job.name}")
    ]
    if len(found) == 1:
        return found[0]
    if found:
        both = ", ".join(f"{job.controller}/{job.name}" for job in found)
        raise SettingsError(f"Several controllers have a job {name!r}: write one of {both}.")
    raise SettingsError(
        f"There is no stored job {name!r}: `squash-jenkins status --offline` lists the jobs."
    )


def user_name() -> str:
    """Return the name of the user who runs the command; raise SettingsError for none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:  # a container whose user has no name
        raise SettingsError("The user who runs the command has no name: add --who.") from error
