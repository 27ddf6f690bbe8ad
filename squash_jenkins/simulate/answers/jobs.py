"""Describe jobs, folders and the queue in Jenkins' JSON."""

from dataclasses import dataclass
from typing import Any

from squash_jenkins.simulate.answers.builds import asked_actions, build_bean, parameter_value
from squash_jenkins.simulate.answers.tree import Bean, Field
from squash_jenkins.simulate.answers.view import (
    PERMALINKS,
    View,
    color,
    is_buildable,
    milliseconds,
    newest_first,
    permalink,
)
from squash_jenkins.simulate.state import STARTED_BY_USER, QueueItem, SimJob

CLASSES = {
    "freestyle": "hudson.model.FreeStyleProject",
    "pipeline": "org.jenkinsci.plugins.workflow.job.WorkflowJob",
    "matrix": "hudson.matrix.MatrixProject",
    "configuration": "hudson.matrix.MatrixConfiguration",
    "folder": "com.cloudbees.hudson.plugins.folder.Folder",
    "multibranch": "org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject",
}
CREDENTIALS = Bean(
    "com.cloudbees.plugins.credentials.ViewCredentialsAction",
    None,
    {"stores": Field(lambda source: {})},
)
HEALTH = ((80, "80plus"), (60, "60to79"), (40, "40to59"), (20, "20to39"), (0, "00to19"))
NEWEST = 100
"""Jenkins shows this many builds in ``builds``; ``allBuilds`` has them all."""


@dataclass(slots=True)
class JobView:
    """Look at one job or folder."""

    view: View
    job: SimJob

    @property
    def url(self) -> str:
        """Return its URL below the root URL."""
        return self.view.job_url(self.job.name)


def job_bean(view: View, job: SimJob) -> Bean:
    """Return the answer for a job or folder."""
    fields = NEWER_FIELDS if view.world.edition.is_newer else FIELDS
    return Bean(CLASSES[job.kind], JobView(view, job), fields[job.kind])


def _builds(at: JobView, newest: int | None) -> list[Bean]:
    return [build_bean(at.view, at.job, each) for each in newest_first(at.job)[:newest]]


def _link(name: str) -> Field:
    def get(at: JobView) -> Bean | None:
        build = permalink(at.job, name)
        return build_bean(at.view, at.job, build) if build else None

    return Field(get)


def _definitions(at: JobView, *, named: bool) -> dict[str, Any]:
    """Return the parameters' definitions; only under ``property`` do defaults have names."""
    found = []
    for name, default in at.job.parameters.items():
        value = parameter_value(name, default)
        kind = value["_class"].rpartition(".")[2].replace("Value", "Definition")
        if not named:
            del value["name"]
        found.append(
            {
                "_class": f"hudson.model.{kind}",
                "defaultParameterValue": value,
                "description": None if at.view.world.edition.is_newer else "",
                "name": name,
                "type": kind,
            }
        )
    return {
        "_class": "hudson.model.ParametersDefinitionProperty",
        "parameterDefinitions": found,
    }


def _actions(at: JobView) -> list[Any]:
    asked = [_definitions(at, named=False)] if at.job.parameters else []
    kind = "org.jenkinsci.plugins.displayurlapi.actions.JobDisplayAction"
    display = [Bean(kind, at.url, {"displayUrl": Field(str)})] if is_buildable(at.job) else []
    return [*asked, {}, {}, *at.job.actions, *display, CREDENTIALS]


def _health(at: JobView) -> list[dict[str, Any]]:
    last = [each for each in newest_first(at.job) if not each.building][:5]
    if not last:
        return []
    bad = sum(each.result == "FAILURE" for each in last)
    score = 100 - 100 * bad // len(last)
    text = {0: "No recent builds failed.", len(last): "All recent builds failed."}.get(
        bad, f"{bad} out of the last {len(last)} builds failed."
    )
    icon = "health-" + next(name for limit, name in HEALTH if score >= limit)
    return [
        {
            "description": f"Build stability: {text}",
            "iconClassName": f"icon-{icon}",
            "iconUrl": f"{icon}.png",
            "score": score,
        }
    ]


def _configurations(at: JobView) -> list[dict[str, Any]]:
    return [
        {
            "name": each.name.rpartition("/")[2],
            "url": at.view.job_url(each.name),
            "color": color(each),
        }
        for each in at.view.children(at.job.name)
    ]


def _queued(at: JobView) -> list[Bean]:
    items = at.view.world.queue.values()
    waits = [each for each in items if each.job == at.job.name and _is_waiting(each)]
    return [queue_bean(at.view, each) for each in waits]


def child_beans(view: View, parent: str) -> list[Bean]:
    """Return the answers for the jobs and folders right below `parent`."""
    return [job_bean(view, each) for each in view.children(parent)]


def _is_waiting(item: QueueItem) -> bool:
    return item.state in ("waiting", "blocked", "buildable")


def queue_of(view: View) -> dict[str, Any]:
    """Return the answer for the queue: what waits, the oldest last."""
    waits = [each for each in view.world.queue.values() if _is_waiting(each)]
    items = [queue_bean(view, each) for each in reversed(waits)]
    return {"_class": "hudson.model.Queue", "discoverableItems": [], "items": items}


def queue_bean(view: View, item: QueueItem) -> Bean:
    """Return the answer for one queue item; what it shows depends on its state."""
    words = {"waiting": "Waiting", "blocked": "Blocked", "buildable": "Buildable"}
    kind = f"hudson.model.Queue${words.get(item.state, 'Left')}Item"
    fields = {name: Field(get, 2) for name, get in (QUEUE | QUEUE_STATES[item.state]).items()}
    return Bean(kind, (view, item), fields)


def _item_actions(source: tuple[View, QueueItem]) -> list[dict[str, Any]]:
    item = source[1]
    text = f"Started by user {item.user}"
    cause = {"shortDescription": text, "userId": item.user, "userName": item.user}
    return asked_actions(item.parameters, [{**STARTED_BY_USER, **cause}])


def _executable(source: tuple[View, QueueItem]) -> Bean | None:
    view, item = source
    job = view.world.jobs.get(item.job)
    build = job.builds.get(item.number or 0) if job else None
    return build_bean(view, job, build) if job and build else None


def _task(source: tuple[View, QueueItem]) -> Bean | None:
    view, item = source
    job = view.world.jobs.get(item.job)
    return job_bean(view, job) if job else None


QUEUE = {
    "actions": _item_actions,
    "blocked": lambda source: source[1].state == "blocked",
    "buildable": lambda source: source[1].state == "buildable",
    "id": lambda source: source[1].id,
    "inQueueSince": lambda source: milliseconds(source[1].since),
    "params": lambda source: "".join(f"\n{k}={v}" for k, v in source[1].parameters.items()),
    "stuck": lambda source: False,
    "task": _task,
    "url": lambda source: f"queue/item/{source[1].id}/",
}
LEFT = {
    "why": lambda source: None,
    "cancelled": lambda source: source[1].state == "cancelled",
    "executable": _executable,
}
START = {"buildableStartMilliseconds": lambda source: milliseconds(source[1].since)}
QUEUE_STATES: dict[str, dict[str, Any]] = {
    "waiting": {
        "why": lambda source: "In the quiet period. Expires in 5 sec",
        "timestamp": lambda source: milliseconds(source[1].since) + 5000,
    },
    "blocked": {"why": lambda source: "A build is already in progress (ETA: N/A)", **START},
    "buildable": {
        "why": lambda source: "Waiting for next available executor",
        **START,
        "pending": lambda source: False,
    },
    "left": LEFT,
    "cancelled": LEFT,
}

ITEM = {
    "actions": Field(_actions),
    "description": Field(lambda at: at.job.description),
    "displayName": Field(lambda at: at.view.display_name(at.job)),
    "displayNameOrNull": Field(lambda at: None),
    "fullDisplayName": Field(lambda at: at.view.full_display_name(at.job)),
    "fullName": Field(lambda at: at.job.name),
    "name": Field(lambda at: at.job.name.rpartition("/")[2], 3),
    "url": Field(lambda at: at.url, 3),
}
JOB = {
    **ITEM,
    "allBuilds": Field(lambda at: _builds(at, None), 0),
    "buildable": Field(lambda at: not at.job.disabled),
    "builds": Field(lambda at: _builds(at, NEWEST)),
    "color": Field(lambda at: color(at.job), 2),
    "firstBuild": _link("firstBuild"),
    "healthReport": Field(_health),
    "inQueue": Field(lambda at: bool(_queued(at))),
    "keepDependencies": Field(lambda at: False),
    "lastBuild": _link("lastBuild"),
    **{name: _link(name) for name in PERMALINKS},
    "nextBuildNumber": Field(lambda at: at.job.next_number),
    "property": Field(lambda at: [_definitions(at, named=True)] if at.job.parameters else []),
    "queueItem": Field(lambda at: next(iter(_queued(at)), None)),
    "concurrentBuild": Field(lambda at: at.job.concurrent),
}
SCM = {
    "browser": Field(lambda source: None),
    "type": Field(lambda source: "hudson.scm.NullSCM"),
}
FREESTYLE = {
    **JOB,
    "disabled": Field(lambda at: at.job.disabled),
    "downstreamProjects": Field(lambda at: []),
    "labelExpression": Field(lambda at: None),
    "scm": Field(lambda at: Bean("hudson.scm.NullSCM", None, SCM)),
    "upstreamProjects": Field(lambda at: []),
}


def _views(kind: str, name: str) -> dict[str, Field]:
    def get(at: JobView) -> dict[str, str]:
        return {"_class": kind, "name": name, "url": at.url}

    return {"primaryView": Field(get), "views": Field(lambda at: [get(at)])}


FOLDER = {
    **ITEM,
    "healthReport": Field(lambda at: []),
    "jobs": Field(lambda at: child_beans(at.view, at.job.name)),
}
FIELDS = {
    "freestyle": FREESTYLE,
    "configuration": FREESTYLE,
    "matrix": {**FREESTYLE, "activeConfigurations": Field(_configurations)},
    "pipeline": {**JOB, "resumeBlocked": Field(lambda at: False)},
    "folder": {**FOLDER, **_views("hudson.model.AllView", "All")},
    "multibranch": {
        **FOLDER,
        **_views("jenkins.branch.MultiBranchProjectViewHolder$ViewImpl", "default"),
        "sources": Field(lambda at: [{}]),
    },
}
NEWER_FIELDS = {
    **FIELDS,
    "multibranch": {**FIELDS["multibranch"], "buildable": Field(lambda at: True)},
}
