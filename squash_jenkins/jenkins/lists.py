"""Ask for many builds at once: lists of a job or of the whole controller, pages, families."""

from collections.abc import Sequence

from squash_jenkins.errors import NotFound
from squash_jenkins.jenkins.answers import (
    FAMILY_TREE,
    LISTED_TREE,
    read_build,
    read_jobs,
    read_listed,
    run_answers,
)
from squash_jenkins.jenkins.lookup import Lookup
from squash_jenkins.jenkins.refusals import no_jenkins
from squash_jenkins.jenkins.transport import Transport
from squash_jenkins.models import Build, BuildId, JsonObject, Listed

_DEEPEST = 20
"""Levels of folders that `listings` looks into: a URL of 2 kB, where proxies allow 8."""


class Lists:
    """Ask one controller, called `name`, for lists of builds."""

    def __init__(self, name: str, transport: Transport, lookup: Lookup) -> None:
        self._name = name
        self._transport = transport
        self._lookup = lookup

    def listing(self, job: str, count: int | None = None) -> list[Listed]:
        """Return the `count` newest builds of a job, or all, newest first, in one request.

        Of the newest it tells, too, whether their description has our link.

        It is ``allBuilds`` that is asked: ``builds`` ends after the newest 100.
        """
        tree = f"[{LISTED_TREE}]" if count is None else f"[{LISTED_TREE},description]{{0,{count}}}"
        answers = self._all_builds(job, f"allBuilds{tree}")
        return [read_listed(job, answer) for answer in answers]

    def listings(self, newest: int) -> dict[str, list[Listed]]:
        """Return all jobs with their newest builds, newest first, in one request.

        Folders and multibranch projects are looked into; matrix configurations are no jobs.
        """
        tree = f"jobs[name,allBuilds[{LISTED_TREE}]{{0,{newest}}}"
        answer = self._transport.get_json("", ",".join([tree] * _DEEPEST) + "]" * _DEEPEST)
        if not isinstance(answer.get("jobs"), list):
            raise no_jenkins(self._transport.controller)
        return {
            job: [read_listed(job, build) for build in builds] for job, builds in read_jobs(answer)
        }

    def page(self, job: str, start: int, end: int) -> list[list[Build]]:
        """Return the families at positions `start` to `end` - 1 of a job's list of builds."""
        answers = self._all_builds(job, f"allBuilds[{FAMILY_TREE}]{{{start},{end}}}")
        return [
            self._read_family(BuildId(self._name, job, read_listed(job, answer).number), answer)
            for answer in answers
        ]

    def family(self, build: BuildId) -> list[Build]:
        """Return a build and, behind it, its runs; raise BuildMissing where there is none."""
        return self._read_family(build, self._lookup.of_build(build, FAMILY_TREE))

    def _read_family(self, build: BuildId, answer: JsonObject) -> list[Build]:
        runs = (self._read_run(*run) for run in run_answers(build, answer))
        return [read_build(build, answer), *(run for run in runs if run is not None)]

    def _read_run(self, run: BuildId, answer: JsonObject) -> Build | None:
        """Return a run; one that is not told of within the build's answer is asked for alone.

        None is for a run that was deleted since that answer.
        """
        if "timestamp" in answer:
            return read_build(run, answer)
        try:
            return read_build(run, self._lookup.of_build(run, FAMILY_TREE))
        except NotFound:
            return None

    def _all_builds(self, job: str, tree: str) -> Sequence[JsonObject]:
        try:
            answer = self._lookup.of_job(job, "", tree)
        except NotFound as error:
            raise self._lookup.explain_missing_job(job) from error
        found = answer.get("allBuilds")
        if not isinstance(found, list):
            raise self._lookup.folder(job, answer)
        return found
