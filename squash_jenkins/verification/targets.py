"""Find the target of a job: the job that its builds are compared with.

That is the ``baseline`` of the job in the settings. Without one, a branch of a multibranch project
is compared with a sibling: a pull request with the branch that it is to be merged into, others
with the primary branch, otherwise with ``main`` or ``master``. A matrix configuration is compared
with the same configuration of its matrix job's target.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple
from urllib.parse import quote, unquote

from squash_jenkins.config import Settings
from squash_jenkins.jenkins.names import is_configuration
from squash_jenkins.models import Branch
from squash_jenkins.store import Reader
from squash_jenkins.store.rows import JobRow

_MAIN = ("main", "master")


class Target(NamedTuple):
    """Hold the full name of a target; `reason` says why there is no `job` to compare with.

    `cyclic` is True where that is a cycle of baselines.
    """

    name: str
    job: JobRow | None
    reason: str = ""
    cyclic: bool = False


class Targets:
    """Find the targets of several jobs; what they share is read once."""

    def __init__(self, settings: Settings, reader: Reader) -> None:
        self._settings, self._reader = settings, reader

    def of(self, job: JobRow) -> Target | None:
        """Return the target of a job; None when it has none, as a job that is a target itself."""
        name = self._baseline(job.name)
        if is_configuration(job.name):
            same = self._same_configuration(job, name)
            if same is not None or name == job.name.rpartition("/")[0]:
                return same
        if name is not None:
            return self._configured(job, name)
        branch = self.branch(job.key)
        return None if branch is None or branch.primary else self._sibling(job, branch)

    def branch(self, job: int) -> Branch | None:
        """Return the branch that a job (by key) builds; None where that is not known."""
        return self._branches.get(job)

    def _baseline(self, job: str) -> str | None:
        """Return the present name of the baseline in the settings; a job has not itself as one."""
        named = self._settings.job(job).baseline
        name = None if named is None else self._settings.renamed.get(named, named)
        return None if name == job else name

    def _same_configuration(self, job: JobRow, baseline: str | None) -> Target | None:
        """Return the configuration of its matrix job's target; None for a baseline of its own."""
        parent, _, last = job.name.rpartition("/")
        if baseline not in (None, parent, self._baseline(parent)):
            return None
        target = self.of(
            self._jobs.get((job.controller, parent), job._replace(key=-1, name=parent))
        )
        if target is None or is_configuration(target.name):
            return target
        found = self._target(job, f"{target.name}/{last}")
        return found if found.job or target.job else found._replace(reason=target.reason)

    def _configured(self, job: JobRow, name: str) -> Target:
        chain = self._chain(job.name)
        if chain[-1] == job.name:
            cycle = " → ".join(chain)
            return Target(
                name, None, f"the baselines in [[jobs]] form a cycle: {cycle}", cyclic=True
            )
        return self._target(job, name)

    def _chain(self, job: str) -> list[str]:
        """Return the job, its baseline, the baseline of that, up to the last or a repetition."""
        chain = [job]
        while (name := self._baseline(chain[-1])) is not None:
            known = name in chain
            chain.append(name)
            if known:
                break
        return chain

    def _sibling(self, job: JobRow, branch: Branch) -> Target | None:
        parent, _, last = job.name.rpartition("/")
        own = unquote(last)
        siblings = self._folders.get((job.controller, parent), {})
        if branch.target:
            return self._target(job, f"{parent}/{quote(branch.target, safe='')}", siblings)
        if own in _MAIN or branch.name not in (None, own):  # others have such a parameter, too
            return None
        primary = self._primaries.get((job.controller, parent))
        for row in (primary, *(siblings.get(name) for name in _MAIN)):
            if row is not None and row.key != job.key:
                return Target(row.name, row)
        why = f"no build of {' or '.join(_MAIN)} is stored; set baseline in [[jobs]]"
        return Target(f"{parent}/{_MAIN[0]}", None, why)

    def _target(
        self, job: JobRow, name: str, siblings: Mapping[str, JobRow] | None = None
    ) -> Target:
        found = self._jobs.get((job.controller, name))
        if found is None and siblings:  # Jenkins encodes more or fewer signs than `quote`
            found = siblings.get(unquote(name.rpartition("/")[2]))
        if found is not None and found.key != job.key:
            return Target(found.name, found)
        return Target(
            name, None, f"no build of {name} is stored: it never ran, or has another name"
        )

    @cached_property
    def _primaries(self) -> dict[tuple[str, str], JobRow]:
        """Return by controller and folder the job of the primary branch."""
        return {
            (row.controller, row.name.rpartition("/")[0]): row
            for row in self._jobs.values()
            if row.gone is None and row.key in self._branches and self._branches[row.key].primary
        }

    @cached_property
    def _jobs(self) -> dict[tuple[str, str], JobRow]:
        return {(row.controller, row.name): row for row in self._reader.builds.jobs()}

    @cached_property
    def _folders(self) -> dict[tuple[str, str], dict[str, JobRow]]:
        """Return by controller and folder its jobs, by the names of their branches."""
        found: dict[tuple[str, str], dict[str, JobRow]] = {}
        for row in self._jobs.values():
            parent, _, last = row.name.rpartition("/")
            found.setdefault((row.controller, parent), {})[unquote(last)] = row
        return found

    @cached_property
    def _branches(self) -> dict[int, Branch]:
        return self._reader.branches.all()
