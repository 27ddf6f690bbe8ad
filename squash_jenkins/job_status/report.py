"""Return the status of jobs as plain values: newest, missing and waiting builds."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from squash_jenkins.config import Settings
from squash_jenkins.errors import SquashError
from squash_jenkins.ingest.spool import damaged, paths
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.jenkins.names import is_configuration
from squash_jenkins.job_status.gaps import (
    JobLister,
    JobListing,
    JobStatus,
    NewestBuild,
    job_status_of,
)
from squash_jenkins.store import Store
from squash_jenkins.store.rows import JobRow

_TRIES = 2
_NAMED = 3


def status_of_jobs(settings: Settings, store: Store, offline: bool) -> dict[str, Any]:
    """Return the status of each job, from Jenkins unless `offline`. Times are ISO 8601 in UTC."""
    with store.reader() as reader:
        jobs = reader.builds.jobs()
    parents = _parents(jobs)
    listings = {} if offline else _list(settings, [*jobs, *parents])
    jobs += [each for each in parents if listings.get(each.key, JobListing()).listed]
    now = datetime.now(UTC)
    with store.reader() as reader:  # after Jenkins: builds stored meanwhile are no gaps
        states = [
            job_status_of(reader, job, listings.get(job.key, JobListing()), now) for job in jobs
        ]
        aside = len(reader.contents.rejected())
    spool = _spool(settings, now)
    return {
        "complete": all(state.complete for state in states) and not sum(_waiting(spool)),
        "jobs": [_job(state) for state in states],
        "spool": spool,
        "quarantine": {"files": aside},
    }


def tables(store: Store) -> dict[str, Any]:
    """Return how many tables are stored, how many are missing, and some builds of those."""
    with store.reader() as reader:
        names = reader.blobs.digests()
        missing = store.blobs.missing(names)
        builds = {build for name in missing[:_NAMED] for build in reader.blobs.builds_with(name)}
    named = [f"{job} #{number}" for job, number in sorted(builds)[:_NAMED]]
    return {"stored": len(names), "missing": len(missing), "builds": named}


def missing_tables(facts: Mapping[str, Any]) -> str:
    """Return a sentence about missing tables; empty when none is missing."""
    if not facts["missing"]:
        return ""
    many = "table is" if facts["stored"] == 1 else "tables are"
    return (
        f"{facts['missing']} of {facts['stored']} {many} missing from the blob store, "
        f"such as those of "
        f"{', '.join(facts['builds'])}: restore its backup, or read the builds again "
        "(`squash-jenkins backfill --force`)"
    )


def _parents(jobs: Sequence[JobRow]) -> list[JobRow]:
    """Return the matrix jobs of which only configurations are stored, with unused keys.

    A job that is named like a configuration may be an ordinary job in a folder: Jenkins lists
    builds only if its parent is a matrix job.
    """
    known = {(job.controller, job.name) for job in jobs}
    found: dict[tuple[str, str], JobRow] = {}
    for job in jobs:
        name = job.name.rpartition("/")[0]
        if is_configuration(job.name) and (job.controller, name) not in known:
            row = JobRow(-1 - len(found), job.controller, job.controller_url, name)
            found.setdefault((job.controller, name), row)
    return list(found.values())


def _list(settings: Settings, jobs: Sequence[JobRow]) -> dict[int, JobListing]:
    """Return listings by key of job; jobs of no Jenkins, or an unknown one, have none."""
    listings: dict[int, JobListing] = {}
    for name in sorted({job.controller for job in jobs} & set(settings.controllers)):
        mine = [job for job in jobs if job.controller == name]
        try:
            client = JenkinsClient(settings.controller(name), attempts=_TRIES)
        except SquashError as error:
            listings |= {job.key: JobListing(fault=str(error)) for job in mine}
            continue
        with client:
            lister = JobLister(client.listing, partial(_passed_over, client))
            listings |= {job.key: lister.list_builds(job.name) for job in mine}
    return listings


def _passed_over(client: JenkinsClient) -> Sequence[str]:
    return client.faults


def _spool(settings: Settings, now: datetime) -> dict[str, Any]:
    waiting = [(path, modified) for path in paths(settings.spool) if (modified := _modified(path))]
    oldest = min((modified for _, modified in waiting), default=None)
    return {
        "files": len(waiting),
        "oldest": oldest.isoformat() if oldest else None,
        "seconds": (now - oldest).total_seconds() if oldest else 0.0,
        "damaged": [str(path) for path in damaged(settings.spool)],
    }


def _modified(path: Path) -> datetime | None:
    """Return when a file was written; None when a run has just ingested it."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return None


def _waiting(spool: dict[str, Any]) -> tuple[int, int]:
    return spool["files"], len(spool["damaged"])


def _job(state: JobStatus) -> dict[str, Any]:
    return {
        "controller": state.controller,
        "job": state.job,
        "builds": state.builds,
        "of_earlier_job": state.earlier,
        "asked": state.listing.listed is not None,
        "gone": state.listing.gone,
        "fault": state.listing.fault,
        "newest_stored": _newest(state.stored),
        "newest_finished": _newest(state.finished),
        "lag": state.lag,
        "provisional": list(state.provisional),
        "provisional_ended": list(state.ended),
        "provisional_unread": list(state.unread),
        "gaps": {why.value: numbers for why, numbers in state.gaps.items()},
        "complete": state.complete,
    }


def _newest(build: NewestBuild | None) -> dict[str, Any] | None:
    if build is None:
        return None
    return {
        "number": build.number,
        "started": build.started.isoformat(),
        "result": build.result,
    }
