"""Request many builds at once: lists of a job or of the whole controller, pages, families."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count as counting
from typing import Any

from squash_jenkins.errors import NotFound, UnexpectedAnswer
from squash_jenkins.jenkins.answers import (
    FAMILY_TREE,
    LISTED_TREE,
    read_build,
    read_jobs,
    read_listed,
    read_next_numbers,
    run_answers,
)
from squash_jenkins.jenkins.halving import Halving
from squash_jenkins.jenkins.lookup import Lookup
from squash_jenkins.jenkins.refusals import NoJenkins, no_jenkins
from squash_jenkins.jenkins.transport import Transport
from squash_jenkins.models import Build, BuildId, JsonObject, ListedBranch, ListedBuild

_PART = 100
"""Lines of a list in one request, where Jenkins cannot serve all of them at once."""
_FAULTS = 1000
"""Different messages that are kept, at most."""
_DEEPEST = 20
"""Levels of folders that `listings` searches: a URL of 2 kB, where proxies allow 8."""

_BRANCHES = "jobs[name,buildable,actions[objectUrl]]"
"""The ``tree=`` of a multibranch project: all that `read_branches` reads."""
_PROJECT = "MultiBranchProject"
"""The end of the class of such a project; there is one for each kind of job."""
_PRIMARY = "jenkins.scm.api.metadata.PrimaryInstanceMetadataAction"
"""Class of the action that the job of the repository's main branch has."""


class Lists:
    """Lists of builds of the controller `name`."""

    def __init__(self, name: str, transport: Transport, lookup: Lookup) -> None:
        self._name = name
        self._transport = transport
        self._lookup = lookup
        self._faults: dict[str, None] = {}

    @property
    def faults(self) -> Sequence[str]:
        """Return a message for each line of a list that was skipped, each once."""
        return list(self._faults)

    def listing(
        self, job: str, count: int | None = None, *, linked: bool = False
    ) -> list[ListedBuild]:
        """Return the `count` newest builds of a job, or all, newest first, in one request.

        With `linked` also whether their descriptions have our link. The request is for
        ``allBuilds``, as ``builds`` ends after the newest 100.
        """
        fields = f"{LISTED_TREE},description" if linked else LISTED_TREE
        within = "" if count is None else f"{{0,{count}}}"
        try:
            lines = enumerate(self._all_builds(job, f"allBuilds[{fields}]{within}"))
        except NoJenkins:
            raise
        except UnexpectedAnswer:
            return list(self._read_lines(job, self._in_parts(job, fields, count)))
        return list(self._read_lines(job, lines))

    def _in_parts(self, job: str, fields: str, count: int | None) -> Iterator[tuple[int, object]]:
        """Yield lines of a list with their positions, without those that Jenkins cannot serve."""
        ended, lost = False, list[str]()

        def ask(start: int, end: int) -> list[tuple[int, object]]:
            nonlocal ended
            found = self._all_builds(job, f"allBuilds[{fields}]{{{start},{end}}}")
            ended = len(found) < end - start
            return list(enumerate(found, start))

        def alone(position: int, error: UnexpectedAnswer) -> Sequence[tuple[int, object]]:
            lost.append(f"Build {position + 1} in Jenkins' list of {job!r} is skipped: {error}")
            return ()

        parts = Halving(ask, alone)
        for start in counting(0, _PART):
            end = start + _PART if count is None else min(start + _PART, count)
            yield from parts.read(start, end)
            if ended or end == count:
                break
        for message in lost:  # unless too many in a row could not be served
            self._note(message)

    def _read_lines(self, job: str, lines: Iterable[tuple[int, object]]) -> Iterator[ListedBuild]:
        """Yield what lines say; one that cannot be read is skipped with a message."""
        for position, line in lines:
            try:
                yield read_listed(job, line, position)
            except UnexpectedAnswer as error:
                self._note(str(error))

    def _note(self, message: str) -> None:
        if len(self._faults) < _FAULTS:
            self._faults[message] = None

    def listings(self, newest: int, within: str = "") -> dict[str, list[ListedBuild]]:
        """Return all jobs with their newest builds, newest first, in one request.

        Folders and multibranch projects are searched; matrix configurations are not jobs. With
        `within` only the jobs of this folder are requested, or this one job.
        """
        builds = f"allBuilds[{LISTED_TREE}]{{0,{newest}}}"
        answer = self._ask_below(within, builds)
        found = dict(read_jobs(answer, f"{within}/" if within else ""))
        if isinstance(answer.get("allBuilds"), list):
            found[within] = answer["allBuilds"]
        return {job: list(self._read_lines(job, enumerate(each))) for job, each in found.items()}

    def next_numbers(self, within: str = "") -> dict[str, int]:
        """Return the jobs that `listings` would return, with the number of their next build.

        Jenkins loads no build for it.
        """
        answer = self._ask_below(within, "nextBuildNumber")
        found = dict(read_next_numbers(answer, f"{within}/" if within else ""))
        if isinstance(answer.get("nextBuildNumber"), int):
            found[within] = answer["nextBuildNumber"]
        return found

    def _ask_below(self, within: str, fields: str) -> JsonObject:
        """Return Jenkins' JSON of each job at or below a place; NotFound for no such place."""
        tree = ",".join([f"jobs[name,{fields}"] * _DEEPEST) + "]" * _DEEPEST
        if not within:
            answer = self._transport.get_json("", tree)
            if not isinstance(answer.get("jobs"), list):
                raise no_jenkins(self._transport.controller)
            return answer
        try:
            return self._lookup.of_job(within, "", f"{fields},{tree}")
        except NotFound as error:
            raise self._lookup.explain_missing_job(within) from error

    def branches(self, project: str) -> dict[str, ListedBranch]:
        """Return the branches of a multibranch project by the names of their jobs."""
        return read_branches(self._lookup.of_job(project, "", _BRANCHES))

    def page(self, job: str, start: int, end: int) -> list[list[Build]]:
        """Return the families at positions `start` to `end` - 1 of a job's list of builds."""
        answers = self._all_builds(job, f"allBuilds[{FAMILY_TREE}]{{{start},{end}}}")
        return [
            self._read_family(BuildId(self._name, job, listed.number), answers[listed.position])
            for listed in self._read_lines(job, enumerate(answers))
            if listed.position is not None
        ]

    def family(self, build: BuildId) -> list[Build]:
        """Return a build followed by its runs; raise BuildMissing where there is none."""
        return self._read_family(build, self._lookup.of_build(build, FAMILY_TREE))

    def _read_family(self, build: BuildId, answer: JsonObject) -> list[Build]:
        runs = (self._read_run(*run) for run in run_answers(build, answer))
        return [read_build(build, answer), *(run for run in runs if run is not None)]

    def _read_run(self, run: BuildId, answer: JsonObject) -> Build | None:
        """Return a run; one that the build's answer does not describe is requested alone.

        None is for a run that was deleted since that answer.
        """
        if "timestamp" in answer:
            return read_build(run, answer)
        try:
            return read_build(run, self._lookup.of_build(run, FAMILY_TREE))
        except NotFound:
            return None

    def _all_builds(self, job: str, tree: str) -> list[Any]:
        try:
            answer = self._lookup.of_job(job, "", tree)
        except NotFound as error:
            raise self._lookup.explain_missing_job(job) from error
        found = answer.get("allBuilds")
        if not isinstance(found, list):
            raise self._lookup.folder(job, answer)
        return found


def read_branches(answer: JsonObject) -> dict[str, ListedBranch]:
    """Return the branches by the names of their jobs, in Jenkins' form (``tickets%2FDM-1``).

    A job whose branch is gone cannot be built; Jenkins deletes it as the orphaned item strategy
    of the project says. Empty for a folder of another kind: a job there may be disabled, or have
    a parameter that is called like the variable of a branch.
    """
    jobs = answer.get("jobs") if _PROJECT in str(answer.get("_class")) else None
    items = [each for each in jobs or () if isinstance(each, Mapping)]
    return {str(each["name"]): _listed(each) for each in items if each.get("name")}


def _listed(item: JsonObject) -> ListedBranch:
    found = item.get("actions")
    actions = [each for each in found or () if isinstance(each, Mapping)]
    primary = any(each.get("_class") == _PRIMARY for each in actions)
    urls = [each["objectUrl"] for each in actions if isinstance(each.get("objectUrl"), str)]
    return ListedBranch(primary, item.get("buildable") is not False, next(iter(urls), None))
