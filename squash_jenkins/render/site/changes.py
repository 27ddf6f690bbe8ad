"""Find the builds that changed since the last run, and the pages that depend on them."""

from collections import Counter
from collections.abc import Collection, Mapping
from functools import cached_property

from squash_jenkins.render.site.lines import BuildLine, JobLine
from squash_jenkins.render.site.memory import RunMemory
from squash_jenkins.render.site.packages import COMPARED
from squash_jenkins.render.site.stored import StoredBuilds
from squash_jenkins.store import RevisionReader


class ChangedBuilds:
    """Answer what changed after a revision.

    Parameters
    ----------
    since
        Revision of the store that the site shows already; None when everything is to be made.

    """

    def __init__(
        self, reader: RevisionReader, stored: StoredBuilds, memory: RunMemory, since: int | None
    ) -> None:
        self._reader, self._stored, self._memory, self.since = reader, stored, memory, since
        self._moves: dict[int, Collection[int]] = {}
        self._used: dict[int, Counter[int]] = {}

    def is_after(self, revision: int) -> bool:
        """Return whether a row of this revision changed since the last run."""
        return self.since is None or revision > self.since

    def has_changed(self, job: JobLine) -> bool:
        """Return whether a build of a job is new or changed."""
        return self.since is None or job.key in self._keys

    def builds(self, job: JobLine) -> list[BuildLine]:
        """Return the builds whose pages may change: changed ones, the one before, some after.

        The page of a build links to the next one and compares with builds before it. Where a
        number was reused, the build that had it before moves to another page.
        """
        builds = self._stored.builds(job)
        if self.since is None:
            return list(builds)
        changed = [self._stored.by_key(job)[key] for key in self._keys.get(job.key, ())]
        near: set[int] = set()
        for build in changed:
            near.update(range(build.position - 1, build.position + COMPARED + 1))
        near.update(self._moved(job))
        numbers = {build.number for build in changed if self._was_used(build)}
        near.update(build.position for build in builds if numbers and build.number in numbers)
        return [builds[at] for at in sorted(near) if 0 <= at < len(builds)]

    @cached_property
    def places(self) -> Mapping[int, list[int]]:
        """The places of the changed builds by the key of their job, in order."""
        jobs = self._stored.jobs_by_key
        return {
            key: sorted(self._stored.by_key(jobs[key])[each].position for each in builds)
            for key, builds in self._keys.items()
        }

    @cached_property
    def _keys(self) -> dict[int, set[int]]:
        found: dict[int, set[int]] = {}
        for changed in self._reader.changed_since(self.since or 0):
            found.setdefault(changed.job, set()).add(changed.key)
        return found

    def _moved(self, job: JobLine) -> Collection[int]:
        """Return the places of builds whose wrong clock is now corrected differently."""
        if job.key not in self._moves:
            name, builds = f"moments/{job.key}", self._stored.builds(job)
            now = {str(b.key): b.milliseconds for b in builds if b.moment != b.row.started}
            before = self._memory.noted(name) or {}
            self._memory.note(name, now)
            moved = {key for key, _ in now.items() ^ before.items()}
            self._moves[job.key] = [b.position for b in builds if str(b.key) in moved]
        return self._moves[job.key]

    def _was_used(self, build: BuildLine) -> bool:
        """Return whether another build of the job has the same number."""
        counts = self._used.setdefault(
            build.job.key, Counter(each.number for each in self._stored.builds(build.job))
        )
        return counts[build.number] > 1
