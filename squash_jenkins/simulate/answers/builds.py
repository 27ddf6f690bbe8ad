"""Describe a build in Jenkins' JSON."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from squash_jenkins.simulate.answers.tree import Bean, BrokenField, Field
from squash_jenkins.simulate.answers.view import View, milliseconds, quote_segment
from squash_jenkins.simulate.state import BROKEN, HIDDEN, SimBuild, SimChange, SimJob

CLASSES = {
    "freestyle": "hudson.model.FreeStyleBuild",
    "pipeline": "org.jenkinsci.plugins.workflow.job.WorkflowRun",
    "matrix": "hudson.matrix.MatrixBuild",
    "configuration": "hudson.matrix.MatrixRun",
}
DISPLAY: dict[str, Any] = {"_class": "org.jenkinsci.plugins.displayurlapi.actions.RunDisplayAction"}
PIPELINE_ACTIONS: list[dict[str, Any]] = [
    {
        "_class": "org.jenkinsci.plugins.pipeline.modeldefinition.actions"
        ".RestartDeclarativePipelineAction"
    },
    {},
    {"_class": "org.jenkinsci.plugins.workflow.job.views.FlowGraphAction"},
    {},
    {},
]


@dataclass(slots=True)
class BuildView:
    """Look at one build of one job."""

    view: View
    job: SimJob
    build: SimBuild

    @property
    def url(self) -> str:
        """Return the build's URL below the root URL."""
        return f"{self.view.job_url(self.job.name)}{self.build.number}/"


def build_bean(view: View, job: SimJob, build: SimBuild) -> Bean:
    """Return the answer for a build."""
    fields = _fields(view, job)
    odd = _odd_fields(build.odd, fields) if build.odd else fields
    return Bean(CLASSES[job.kind], BuildView(view, job, build), odd)


def _fields(view: View, job: SimJob) -> dict[str, Field]:
    return (NEWER_FIELDS if view.world.edition.is_newer else FIELDS)[job.kind]


def _odd_fields(odd: Mapping[str, Any], fields: Mapping[str, Field]) -> Mapping[str, Field]:
    """Return the fields of a build of which some are answered wrongly."""
    others = {name: field for name, field in fields.items() if name not in odd}
    wrong = {n: Field(partial(_odd, value)) for n, value in odd.items() if value is not ...}
    return {**others, **wrong}


def _odd(value: Any, _: BuildView) -> Any:
    if value is BROKEN:
        raise BrokenField
    return value


def parameter_value(name: str, value: Any) -> dict[str, Any]:
    """Return one parameter as Jenkins writes it."""
    if value is HIDDEN:
        return {"_class": "hudson.model.PasswordParameterValue", "name": name}
    kind = "BooleanParameterValue" if isinstance(value, bool) else "StringParameterValue"
    return {"_class": f"hudson.model.{kind}", "name": name, "value": value}


def asked_actions(parameters: dict[str, Any], causes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the actions with the parameters and causes of a build."""
    values = [parameter_value(*pair) for pair in parameters.items()]
    shown = [{"_class": "hudson.model.ParametersAction", "parameters": values}] if values else []
    why = [{"_class": "hudson.model.CauseAction", "causes": causes}] if causes else []
    return [*shown, *why]


def _actions(at: BuildView) -> list[dict[str, Any]]:
    build = at.build
    asked = asked_actions(build.parameters, build.causes)
    if at.job.kind == "pipeline":
        return [*asked, {}, {}, *build.actions, {}, DISPLAY, *PIPELINE_ACTIONS]
    first: list[dict[str, Any]] = [{}] if at.job.kind == "configuration" else []
    fingerprints: list[dict[str, Any]] = [{}] if build.visible_artifacts() else []
    return [*first, *asked, {}, *build.actions, *fingerprints, DISPLAY]


def _artifacts(at: BuildView) -> list[Bean]:
    """Return the artifacts; a matrix parent has none: they hang on its runs."""
    paths = sorted(at.build.visible_artifacts()) if at.job.kind != "matrix" else []
    return [Bean(None, (path, paths), ARTIFACT) for path in paths]


def _display_path(source: tuple[str, list[str]]) -> str:
    """Return the file's name, or its path where another file of the build has that name, too."""
    path, paths = source
    name = path.rpartition("/")[2]
    named_so = Counter(each.rpartition("/")[2] for each in paths)[name]
    return name if named_so == 1 else path


def _person(at: BuildView, name: str) -> dict[str, str]:
    return {"absoluteUrl": f"{at.view.root}user/{quote_segment(name)}", "fullName": name}


def _change(at: BuildView, change: SimChange) -> dict[str, Any]:
    moment = datetime.fromtimestamp(change.timestamp / 1000, UTC)
    return {
        "_class": "hudson.plugins.git.GitChangeSet",
        "affectedPaths": list(change.paths),
        "commitId": change.commit,
        "timestamp": change.timestamp,
        "author": _person(at, change.author),
        "authorEmail": change.email,
        "comment": change.message,
        "date": moment.strftime("%Y-%m-%d %H:%M:%S +0000"),
        "id": change.commit,
        "msg": change.message.partition("\n")[0],
        "paths": [{"editType": "edit", "file": path} for path in change.paths],
    }


def _change_set(at: BuildView) -> dict[str, Any]:
    if not at.build.changes:
        return {"_class": "hudson.scm.EmptyChangeLogSet", "items": [], "kind": None}
    return {
        "_class": "hudson.plugins.git.GitChangeSetList",
        "items": [_change(at, each) for each in at.build.changes],
        "kind": "git",
    }


def _culprits(at: BuildView) -> list[dict[str, str]]:
    authors = sorted({each.author for each in at.build.changes})
    return [_person(at, author) for author in authors]


def _executor(at: BuildView) -> Bean | None:
    """Return the executor: it is let go when the build is finalized."""
    busy = at.build.building or not at.build.finalized
    return Bean(None, at, EXECUTOR) if busy else None


def _progress(at: BuildView) -> int:
    estimate = at.view.estimate(at.job)
    if estimate <= 0:
        return -1
    lasted = (datetime.now(UTC) - at.build.started).total_seconds() * 1000
    return max(0, min(99, round(100 * lasted / estimate)))


def _neighbour(at: BuildView, step: int) -> dict[str, Any] | None:
    """Return the nearest build above or below; numbers may be missing between."""
    numbers = [each for each in at.job.builds if (each - at.build.number) * step > 0]
    if not numbers:
        return None
    nearest = min(numbers) if step > 0 else max(numbers)
    return {"number": nearest, "url": f"{at.view.job_url(at.job.name)}{nearest}/"}


def _runs(at: BuildView) -> list[Bean]:
    """Return the runs, without a class: Jenkins gives it only where another is possible."""
    jobs = at.view.world.jobs
    runs = [(jobs[name], number) for name, number in at.build.runs if name in jobs]
    return [
        Bean(None, BuildView(at.view, job, job.builds[number]), _fields(at.view, job))
        for job, number in runs
        if number in job.builds
    ]


def _fingerprint(at: BuildView) -> list[dict[str, Any]]:
    names = [path.rpartition("/")[2] for path in sorted(at.build.visible_artifacts())]
    return [{"fileName": name} for name in names]


def _name(at: BuildView) -> str:
    return at.build.display_name or f"#{at.build.number}"


ARTIFACT = {
    "displayPath": Field(_display_path, 3),
    "fileName": Field(lambda source: source[0].rpartition("/")[2], 3),
    "relativePath": Field(lambda source: source[0], 3),
}
EXECUTOR = {
    "idle": Field(lambda at: False),
    "likelyStuck": Field(lambda at: _progress(at) == 99),
    "number": Field(lambda at: 0),
    "progress": Field(_progress),
}
COMMON = {
    "actions": Field(_actions),
    "artifacts": Field(_artifacts),
    "building": Field(lambda at: at.build.building),
    "description": Field(lambda at: at.build.description),
    "displayName": Field(_name),
    "duration": Field(lambda at: 0 if at.build.building else round(at.build.duration * 1000)),
    "estimatedDuration": Field(lambda at: at.view.estimate(at.job)),
    "executor": Field(_executor),
    "fingerprint": Field(_fingerprint, 0),
    "fullDisplayName": Field(lambda at: f"{at.view.full_display_name(at.job)} {_name(at)}"),
    "id": Field(lambda at: str(at.build.number)),
    "keepLog": Field(lambda at: False),
    "number": Field(lambda at: at.build.number, 3),
    "queueId": Field(lambda at: at.build.queue_id),
    "result": Field(lambda at: at.build.result),
    "timestamp": Field(lambda at: milliseconds(at.build.started)),
    "url": Field(lambda at: at.url, 3),
}
FREESTYLE = {
    **COMMON,
    "builtOn": Field(lambda at: at.build.node),
    "changeSet": Field(_change_set),
    "culprits": Field(_culprits),
}
FIELDS = {
    "freestyle": FREESTYLE,
    "configuration": FREESTYLE,
    "matrix": {**FREESTYLE, "runs": Field(_runs)},
    "pipeline": {
        **COMMON,
        "changeSets": Field(lambda at: [_change_set(at)] if at.build.changes else []),
        "culprits": Field(_culprits),
        "nextBuild": Field(lambda at: _neighbour(at, 1)),
        "previousBuild": Field(lambda at: _neighbour(at, -1)),
    },
}
NEWER_FIELDS = {
    kind: {**fields, "inProgress": Field(lambda at: at.build.building)}
    for kind, fields in FIELDS.items()
}
