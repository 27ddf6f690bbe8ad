"""Detect what got worse, better or different in the jobs that have new builds, and store it.

Findings follow from the builds alone: whatever order builds come in, however often a run is
interrupted, the findings are the same in the end. Only the windows of builds that changed are
read and searched; for the others the stored findings count.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from squash_jenkins.config import FindingsSettings, Settings
from squash_jenkins.errors import StoreError
from squash_jenkins.models.finding import Acceptance
from squash_jenkins.store import Reader, Store
from squash_jenkins.store.rows import FindingRow, JobRow

RULES = 6
"""Raise it when the analysis changes its results: all jobs are then searched again."""
_TRIES = 5


def detect_findings(settings: Settings, store: Store) -> list[FindingRow]:
    """Bring the findings of every job up to date with its builds; return the new ones.

    Raises
    ------
    StoreError
        When the store cannot be read or written. The next run catches up.

    """
    with store.reader() as reader:
        jobs = _due(settings, reader)
        unpacked = reader.blocks.jobs_without()
    for key in {job.key for job in jobs} | unpacked:
        store.store_blocks(key)
    return [row for job in jobs for row in _detect_in(settings, store, job)]


def _due(settings: Settings, reader: Reader) -> list[JobRow]:
    """Return the jobs with builds, definitions or rules that their findings do not reflect."""
    digest = rules_digest(settings.findings, reader)
    accepted = reader.findings.acceptances()
    known, newest = reader.findings.detections(), reader.revisions.by_job()

    def is_current(job: int) -> bool:
        own = known.get(job)
        wanted = job_digest(digest, accepted.get(job, ()))
        return own is not None and own.digest == wanted and own.revision >= newest[job]

    return [job for job in reader.builds.jobs() if job.key in newest and not is_current(job.key)]


def rules_digest(rules: FindingsSettings, reader: Reader) -> str:
    """Return a digest of everything that findings follow from, apart from the builds."""
    values: list[Any] = [RULES, rules.alarms, rules.smallest, list(rules.ignore), rules.noise]
    if rules.direction:
        values.append(list(rules.direction.items()))
    parts = json.dumps([values, reader.revisions.definitions()])
    return hashlib.sha256(parts.encode()).hexdigest()


def job_digest(digest: str, accepted: Sequence[Acceptance]) -> str:
    """Return the digest of the rules with the levels that were accepted in a job, if any."""
    if not accepted:
        return digest
    parts = json.dumps([digest, sorted([*each.series.by_metric, each.build] for each in accepted)])
    return hashlib.sha256(parts.encode()).hexdigest()


def _detect_in(settings: Settings, store: Store, job: JobRow) -> list[FindingRow]:
    from squash_jenkins.findings.search import Search

    for _ in range(_TRIES):
        with store.reader() as reader:
            accepted = reader.findings.acceptances().get(job.key, ())
            digest = job_digest(rules_digest(settings.findings, reader), accepted)
            search = Search(settings.findings, reader, job, digest)
            plan = search.plan()
        written = store.write_findings(job.key, search.detection, search.before, plan)
        if written is not None:
            return written
    raise StoreError(
        f"The findings of {job.name} were not made: other runs changed them {_TRIES} times "
        "meanwhile. The next run makes them."
    )
