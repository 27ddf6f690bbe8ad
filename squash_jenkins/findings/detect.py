"""Find what got worse, better or different in the jobs that have new builds, and keep it.

Findings follow from the builds alone: whatever order builds come in, however often a run is
broken off, the same findings come out in the end. Only the windows of builds that look different
now are read and searched; of the others the stored findings count.
"""

import hashlib
import json

from squash_jenkins.config import FindingsSettings, Settings
from squash_jenkins.errors import StoreError
from squash_jenkins.store import Reader, Store
from squash_jenkins.store.rows import FindingRow, JobRow

RULES = 3
"""Raise it when the analysis tells otherwise than before: all findings are then made anew."""
_TRIES = 5


def detect_findings(settings: Settings, store: Store) -> list[FindingRow]:
    """Bring the findings of every job up to date with its builds; return the new ones.

    Raises
    ------
    StoreError
        When the store cannot be read or written. The next run makes it good.

    """
    with store.reader() as reader:
        jobs = _due(settings, reader)
        unpacked = reader.blocks.jobs_without()
    for key in {job.key for job in jobs} | unpacked:
        store.store_blocks(key)
    return [row for job in jobs for row in _detect_in(settings, store, job)]


def _due(settings: Settings, reader: Reader) -> list[JobRow]:
    """Return the jobs with builds, definitions or rules that their findings do not know."""
    digest = rules_digest(settings.findings, reader)
    known, newest = reader.findings.detections(), reader.revisions.by_job()

    def stands(job: int) -> bool:
        own = known.get(job)
        return own is not None and own.digest == digest and own.revision >= newest[job]

    return [job for job in reader.builds.jobs() if job.key in newest and not stands(job.key)]


def rules_digest(rules: FindingsSettings, reader: Reader) -> str:
    """Return what stands for everything that findings follow from, beside the builds."""
    told = [RULES, rules.alarms, rules.smallest, list(rules.ignore)]
    parts = json.dumps([told, reader.revisions.definitions()])
    return hashlib.sha256(parts.encode()).hexdigest()


def _detect_in(settings: Settings, store: Store, job: JobRow) -> list[FindingRow]:
    from squash_jenkins.findings.search import Search

    for _ in range(_TRIES):
        with store.reader() as reader:
            digest = rules_digest(settings.findings, reader)
            search = Search(settings.findings, reader, job, digest)
            plan = search.plan()
        written = store.write_findings(job.key, search.judgement, search.before, plan)
        if written is not None:
            return written
    raise StoreError(
        f"The findings of {job.name} were not made: other runs changed them {_TRIES} times "
        "meanwhile. The next run makes them."
    )
