"""Turn Jenkins' JSON into `squash_jenkins.models`; no input or output here.

Jenkins silently drops unknown fields, ``actions`` holds ``{}`` entries in any order, and URLs
inside the JSON may have another root than the one requested: only numbers and names are read
from them, and the root itself, at which people reach that Jenkins.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeGuard

from squash_jenkins.errors import UnexpectedAnswer
from squash_jenkins.jenkins.names import last_segments
from squash_jenkins.models import (
    Artifact,
    Branch,
    Build,
    BuildId,
    Cause,
    Change,
    JsonObject,
    ListedBuild,
)
from squash_jenkins.text.one_line import node_name

_OF_BRANCH = "jenkins.scm.api.SCMRevisionAction"
"""Class of the action that builds of a multibranch project have."""
MARK = "QA dashboard"
"""The visible text by which our line in a description is recognised."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = 253_402_300_800_000
"""The year 10 000 in milliseconds, beyond every datetime."""
_CHANGES = (
    "[kind,items[commitId,revision,author[fullName],user,msg,comment,timestamp,"
    "affectedPaths,paths[file]]]"
)
_FIELDS = (
    "number,url,result,building,timestamp,duration,displayName,fullDisplayName,"
    "description,builtOn,keepLog,queueId,artifacts[relativePath],"
    "actions[parameters[name,value],causes[shortDescription,userId,userName,upstreamProject,"
    "upstreamBuild],lastBuiltRevision[SHA1,branch[name]],remoteUrls],"
    f"changeSet{_CHANGES},changeSets{_CHANGES}"
)
BUILD_TREE = f"{_FIELDS},runs[number,url]"
"""The ``tree=`` of a build: all that `read_build` reads."""
FAMILY_TREE = f"{_FIELDS},runs[{_FIELDS}]"
"""The ``tree=`` of a build with the builds of its matrix configurations."""
LISTED_TREE = "number,timestamp,building"
"""The ``tree=`` of one line in a list of builds: all that `read_listed` reads."""
RUN_CLASS = "hudson.matrix.MatrixRun"
"""Jenkins' class of the build of a matrix configuration."""


def read_build(build: BuildId, answer: JsonObject) -> Build:
    """Return the build that Jenkins' JSON describes.

    Only ``building`` tells whether a build is over: there is a result, and artifacts appear one by
    one, while post-build steps are still running. A duration of 0 means "unknown": Jenkins shows
    it while a build runs, and for ever after a build was killed. Milliseconds become UTC times
    and seconds here.

    Raises
    ------
    UnexpectedAnswer
        The JSON lacks the number or the start of the build, or it describes another build.
    """
    started = _check_identity(build, answer)
    actions = [action for action in _objects(answer.get("actions")) if action]
    parameters = _parameters(actions)
    return Build(
        id=build,
        started=started,
        duration=_seconds(answer.get("duration")),
        result=_text(answer.get("result")),
        provisional=answer.get("building") is not False,
        node=node_name(answer.get("builtOn")),
        display_name=_text(answer.get("displayName")),
        description=_text(answer.get("description")),
        parameters=parameters,
        causes=[_cause(cause) for action in actions for cause in _objects(action.get("causes"))],
        changes=[_change(item) for item in _change_items(answer)],
        artifacts=list(_artifacts(answer)),
        runs=[run for run, _ in run_answers(build, answer)],
        extra=_extra(answer, actions),
        root=_root(answer.get("url")),
        branch=_branch(parameters, actions),
    )


def read_listed(job: str, line: object, position: int | None = None) -> ListedBuild:
    """Return one line of a job's list of builds; raise UnexpectedAnswer when it is incomplete.

    As in `read_build`, only ``building`` false means that the build is over.
    """
    answer = line if isinstance(line, Mapping) else {}
    number, started = answer.get("number"), _time(answer.get("timestamp"))
    if not _is_whole(number) or started is None:
        raise UnexpectedAnswer(
            f"A build in Jenkins' list of {job!r} is skipped: its number is {number!r}, its start "
            f"{answer.get('timestamp')!r}. Jenkins' log may name builds that it cannot load."
        )
    description = answer.get("description", ...)
    linked = None if description is ... else MARK in (_text(description) or "")
    running = answer.get("building") is not False
    return ListedBuild(number, started, running, linked=linked, position=position)


def read_jobs(answer: JsonObject, parent: str = "") -> Iterator[tuple[str, list[object]]]:
    """Yield the full name of each job in nested ``jobs``, with its list of builds.

    Full names are joined here: names come in our form (``tickets%2FDM-1234``), while not every
    kind of item has ``fullName``. An item without any field has just been deleted.
    """
    for item in _objects(answer.get("jobs")):
        name = _text(item.get("name"))
        if name is None:
            continue
        if "jobs" in item:
            yield from read_jobs(item, f"{parent}{name}/")
        elif "allBuilds" in item:
            builds = item["allBuilds"]
            yield f"{parent}{name}", builds if isinstance(builds, list) else []


def read_next_numbers(answer: JsonObject, parent: str = "") -> Iterator[tuple[str, int]]:
    """Yield the full name of each job in nested ``jobs`` and the number of its next build."""
    for item in _objects(answer.get("jobs")):
        name, number = _text(item.get("name")), item.get("nextBuildNumber")
        if name is not None and "jobs" in item:
            yield from read_next_numbers(item, f"{parent}{name}/")
        elif name is not None and _is_whole(number):
            yield f"{parent}{name}", number


def run_answers(build: BuildId, answer: JsonObject) -> Iterator[tuple[BuildId, JsonObject]]:
    """Yield the runs of a matrix build, each with its part of the build's JSON.

    A run whose number differs from the parent's was reused from an earlier build and belongs
    there. Jenkins leaves the class out where it can be no other; a run alone has it.
    """
    for run in _objects(answer.get("runs")):
        found = last_segments(str(run.get("url", "")))
        if run.get("number") == build.number and found is not None:
            id = BuildId(build.controller, f"{build.job}/{found[0]}", build.number)
            yield id, {"_class": RUN_CLASS, **run}


def _root(url: object) -> str | None:
    """Return the root URL that is configured in Jenkins, from the URL of one of its builds."""
    root, found, _ = url.partition("/job/") if isinstance(url, str) else ("", "", "")
    return f"{root}/" if found and root.startswith(("http://", "https://")) else None


def _check_identity(build: BuildId, answer: JsonObject) -> datetime:
    """Return the start of the build, which identifies it together with its number."""
    number, timestamp = answer.get("number"), answer.get("timestamp")
    started = _time(timestamp)
    if number != build.number or started is None:
        raise UnexpectedAnswer(
            f"Jenkins described {build} with number {number!r} and timestamp {timestamp!r}: "
            "the url of the controller may lead to something that is not a Jenkins."
        )
    return started


def _parameters(actions: list[JsonObject]) -> dict[str, Any]:
    """Return the parameters by name; passwords and files have the value None."""
    return {
        str(parameter["name"]): None if _is_secret(parameter) else parameter.get("value")
        for action in actions
        for parameter in _objects(action.get("parameters"))
        if "name" in parameter
    }


def _branch(parameters: JsonObject, actions: list[JsonObject]) -> Branch | None:
    """Return the branch that the build is of; its name and target are not in Jenkins' answer."""
    if any(action.get("_class") == _OF_BRANCH for action in actions):
        return Branch.of(parameters) or Branch()
    return Branch.of(parameters)


def _is_secret(parameter: JsonObject) -> bool:
    # Jenkins leaves out the value of a password; plug-ins have not always done so.
    kind = str(parameter.get("_class", ""))
    return "Password" in kind or "Secret" in kind


def _cause(cause: JsonObject) -> Cause:
    number = cause.get("upstreamBuild")
    return Cause(
        text=_text(cause.get("shortDescription")) or "",
        user=_text(cause.get("userId")) or _text(cause.get("userName")),
        upstream_job=_text(cause.get("upstreamProject")),
        upstream_build=number if isinstance(number, int) else None,
    )


def _change_items(answer: JsonObject) -> Iterator[JsonObject]:
    """Yield the commits: freestyle has ``changeSet``, Pipeline has ``changeSets[]``."""
    single = answer.get("changeSet")
    sets = [single] if isinstance(single, Mapping) else []
    for change_set in [*sets, *_objects(answer.get("changeSets"))]:
        yield from _objects(change_set.get("items"))


def _change(item: JsonObject) -> Change:
    author = item.get("author")
    name = author.get("fullName") if isinstance(author, Mapping) else item.get("user")
    paths = item.get("affectedPaths") or [each.get("file") for each in _objects(item.get("paths"))]
    return Change(
        revision=str(item.get("commitId") or item.get("revision") or ""),
        author=_text(name) or "",
        message=(_text(item.get("comment")) or _text(item.get("msg")) or "").strip(),
        committed=_time(item.get("timestamp")),
        paths=[path for path in paths if isinstance(path, str)],
    )


def _artifacts(answer: JsonObject) -> Iterator[Artifact]:
    for artifact in _objects(answer.get("artifacts")):
        path = artifact.get("relativePath")
        if isinstance(path, str) and path:
            yield Artifact(path)


def _extra(answer: JsonObject, actions: list[JsonObject]) -> dict[str, Any]:
    """Return the other fields worth storing, by Jenkins' names, that never change.

    ``estimatedDuration`` changes: later builds give it a new value.
    """
    extra = {
        "queueId": answer.get("queueId"),
        "keepLog": answer.get("keepLog"),
        "fullDisplayName": answer.get("fullDisplayName"),
        "class": answer.get("_class"),
        "revisions": [_revision(action) for action in actions if "lastBuiltRevision" in action],
    }
    return {key: value for key, value in extra.items() if value not in (None, [])}


def _revision(action: JsonObject) -> dict[str, Any]:
    """Return the Git revision of one repository of the build, from the Git plug-in's action."""
    last = action.get("lastBuiltRevision")
    revision = last if isinstance(last, Mapping) else {}
    branches = [_text(branch.get("name")) for branch in _objects(revision.get("branch"))]
    urls = action.get("remoteUrls")
    return {
        "revision": _text(revision.get("SHA1")),
        "branches": [branch for branch in branches if branch],
        "urls": [str(url) for url in urls] if isinstance(urls, list) else [],
    }


def _time(milliseconds: object) -> datetime | None:
    """Return a UTC time; change sets of Subversion have -1 for an unknown one."""
    if not _is_number(milliseconds) or not 0 < milliseconds < _LATEST:
        return None
    return _EPOCH + timedelta(milliseconds=milliseconds)


def _seconds(milliseconds: object) -> float | None:
    """Return seconds; 0 and -1 are Jenkins' values for an unknown duration."""
    if not _is_number(milliseconds) or milliseconds <= 0:
        return None
    return milliseconds / 1000


def _objects(value: object) -> list[JsonObject]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _text(value: object) -> str | None:
    """Return a text; None when it is missing or empty (``builtOn`` of the controller)."""
    return value if isinstance(value, str) and value else None


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
