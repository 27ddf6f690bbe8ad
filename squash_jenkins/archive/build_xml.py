"""Turn a build.xml into what Jenkins' JSON would say about the build."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from squash_jenkins.archive.causes import read_cause
from squash_jenkins.archive.xml_parts import Node, read_parts

_FIELDS = (
    *("number", "timestamp", "startTime", "result", "duration", "builtOn", "displayName"),
    *("description", "keepLog", "queueId", "completed", "actions"),
)
_PARAMETERS = "hudson.model.ParametersAction"
_CAUSES = "hudson.model.CauseAction"
_GIT = "hudson.plugins.git.util.BuildData"
_ACTIONS = (_PARAMETERS, _CAUSES, _GIT)
_CLASSES = {
    "build": "hudson.model.FreeStyleBuild",
    "flow-build": "org.jenkinsci.plugins.workflow.job.WorkflowRun",
    "matrix-build": "hudson.matrix.MatrixBuild",
    "matrix-run": "hudson.matrix.MatrixRun",
    "maven2-moduleset-build": "hudson.maven.MavenModuleSetBuild",
}
_ENCRYPTED = re.compile(r"\{[A-Za-z0-9+/]+={0,2}\}")
_SECRET = "hudson.model.PasswordParameterValue"  # noqa: S105 - the name of a class


def read_build_xml(file: Path) -> dict[str, Any]:
    """Return the fields of Jenkins' JSON that a build.xml holds, in its units (milliseconds).

    A start that the file does not hold exactly is left out; ``startTime``, when the build left
    the queue, is then a good guess.

    Raises
    ------
    UnexpectedAnswer
        The file cannot be read, or is not that of a build.
    """
    root = read_parts(file, _is_wanted)
    answer: dict[str, Any] = {
        "_class": class_of(_CLASSES.get(root.tag, root.tag)),
        "number": _whole(root, "number"),
        "timestamp": _whole(root, "timestamp"),
        "startTime": _whole(root, "startTime"),
        "building": _is_building(root),
        "result": root.text_of("result"),
        "duration": _whole(root, "duration"),
        "builtOn": root.text_of("builtOn"),
        "displayName": root.text_of("displayName"),
        "description": _raw(root, "description"),
        "keepLog": root.text_of("keepLog") == "true",
        "queueId": _whole(root, "queueId"),
        "actions": [],
    }
    actions = root.first("actions")
    if actions is not None:
        answer["actions"] = [_action(action) for action in actions.children]
    return answer


def class_of(tag: str) -> str:
    """Return the Java class that an element is named after, as in Jenkins' JSON."""
    return tag.replace("_-", "$").replace("__", "_")


def _is_wanted(path: Sequence[str]) -> bool:
    """Return whether an element is a plain field of the build or one of the useful actions."""
    if len(path) == 2:
        return path[1] in _FIELDS
    if len(path) >= 3:
        return path[1] == "actions" and path[2] in _ACTIONS
    return True


def _is_building(root: Node) -> bool:
    """Return whether the build was running when the file was written.

    Pipelines say whether they are completed; others have no result while they run.
    """
    completed = root.text_of("completed")
    return root.text_of("result") is None if completed is None else completed != "true"


def _action(action: Node) -> dict[str, Any]:
    if action.tag == _PARAMETERS:
        return {"parameters": list(_parameters(action))}
    if action.tag == _CAUSES:
        return {"causes": [read_cause(class_of(each.tag), each) for each in _causes(action)]}
    return _git(action)


def _parameters(action: Node) -> Iterator[dict[str, Any]]:
    """Yield the parameters; the list may be wrapped in further elements by its Java class."""
    for node in action.below():
        name = node.first("name")
        if name is None or not node.tag.endswith("ParameterValue"):
            continue
        kind, value = class_of(node.tag), node.first("value")
        known: dict[str, Any] = {"_class": kind, "name": name.text}
        if value is not None and not value.children:
            if _ENCRYPTED.fullmatch(value.text.strip()):
                known["_class"] = _SECRET
            known["value"] = value.text
        if kind.endswith("BooleanParameterValue"):
            known["value"] = value is not None and value.text.strip() == "true"
        yield known


def _causes(action: Node) -> Iterator[Node]:
    """Yield the causes: ``causes`` has them itself, ``causeBag`` as the keys of a map."""
    for node in action.below():
        above = node.parent
        if above is None or above.parent is None:
            continue
        in_list = above.tag == "causes" and above.parent is action
        in_map = above.tag == "entry" and above.parent.tag == "causeBag"
        if (in_list or in_map) and "." in node.tag:
            yield node


def _git(action: Node) -> dict[str, Any]:
    """Return the revision that was built, which is often stored under the name of its branch."""
    last = _member(action, "lastBuild")
    revision = last and (_member(last, "revision") or _member(last, "marked"))
    if revision is None:
        return {}
    branches = _member(revision, "branches")
    names = [_text(branch, "name") for branch in branches.below()] if branches else []
    urls = _member(action, "remoteUrls")
    return {
        "lastBuiltRevision": {
            "SHA1": _text(revision, "sha1"),
            "branch": [{"name": name} for name in names if name],
        },
        "remoteUrls": [url.text for url in urls.children] if urls else [],
    }


def _member(node: Node, tag: str) -> Node | None:
    child = node.first(tag)
    return child.resolved() if child is not None else None


def _text(node: Node, tag: str) -> str | None:
    found = _member(node, tag)
    return found.text.strip() if found is not None else None


def _raw(root: Node, tag: str) -> str | None:
    """Return a text with its spaces, as somebody wrote it."""
    child = root.first(tag)
    return child.text if child is not None else None


def _whole(root: Node, tag: str) -> int | None:
    text = root.text_of(tag) or ""
    return int(text) if re.fullmatch("-?[0-9]{1,18}", text) else None
