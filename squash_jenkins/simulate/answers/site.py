"""Describe the site itself in Jenkins' JSON: root, user, nodes, plugins."""

from typing import Any

from squash_jenkins.simulate.answers.jobs import child_beans
from squash_jenkins.simulate.answers.tree import Bean, Field
from squash_jenkins.simulate.answers.view import View
from squash_jenkins.simulate.world import World


def root_bean(view: View) -> Bean:
    """Return the answer for Jenkins itself."""
    return Bean("hudson.model.Hudson", view, NEWER_ROOT if view.world.edition.is_newer else ROOT)


def who_am_i(name: str, anonymous: bool) -> dict[str, Any]:
    """Return the answer for /whoAmI."""
    return {
        "_class": "hudson.security.WhoAmI",
        "anonymous": anonymous,
        "authenticated": True,
        "authorities": ["anonymous" if anonymous else "authenticated"],
        "name": name,
    }


def me(view: View, name: str) -> dict[str, Any]:
    """Return the answer for /me."""
    return {
        "_class": "hudson.model.User",
        "absoluteUrl": f"{view.root}user/{name}",
        "description": None,
        "fullName": name,
        "id": name,
        "property": [],
    }


def plugins() -> dict[str, Any]:
    """Return the answer for the plugin manager: two plugins stand for all."""
    names = ("matrix-project", "workflow-aggregator")
    plugins = [{"active": True, "shortName": name, "version": "1.0"} for name in names]
    return {"_class": "hudson.LocalPluginManager", "plugins": plugins}


def computers(world: World) -> dict[str, Any]:
    """Return the answer for /computer: the built-in node alone."""
    busy = sum(build.building for job in world.jobs.values() for build in job.builds.values())
    name, label, description = world.edition.node
    computer = {
        "_class": "hudson.model.Hudson$MasterComputer",
        "actions": [],
        "assignedLabels": [{"name": label}],
        "description": description,
        "displayName": name,
        "executors": [{} for _ in range(8)],
        "icon": "computer.png",
        "iconClassName": "icon-computer",
        "idle": busy == 0,
        "jnlpAgent": False,
        "launchSupported": True,
        "loadStatistics": {"_class": "hudson.model.Label$1"},
        "manualLaunchAllowed": True,
        "monitorData": {},
        "numExecutors": 8,
        "offline": False,
        "offlineCause": None,
        "offlineCauseReason": "",
        "oneOffExecutors": [],
        "temporarilyOffline": False,
    }
    return {
        "_class": "hudson.model.ComputerSet",
        "busyExecutors": busy,
        "computer": [computer],
        "displayName": "Nodes",
        "totalExecutors": 8,
    }


def _all_view(view: View) -> dict[str, str]:
    return {"_class": "hudson.model.AllView", "name": "all", "url": view.root}


ROOT = {
    "assignedLabels": Field(lambda view: [{"name": view.world.edition.node[1]}]),
    "mode": Field(lambda view: "NORMAL"),
    "nodeDescription": Field(lambda view: view.world.edition.node[2]),
    "nodeName": Field(lambda view: ""),
    "numExecutors": Field(lambda view: 8),
    "description": Field(lambda view: None),
    "jobs": Field(lambda view: child_beans(view, "")),
    "overallLoad": Field(lambda view: {}),
    "primaryView": Field(_all_view),
    "quietingDown": Field(lambda view: view.world.quieting_down),
    "slaveAgentPort": Field(lambda view: -1),
    "unlabeledLoad": Field(lambda view: {"_class": "jenkins.model.UnlabeledLoadStatistics"}),
    "url": Field(lambda view: view.root if view.world.root_url else None),
    "useCrumbs": Field(lambda view: True),
    "useSecurity": Field(lambda view: True),
    "views": Field(lambda view: [_all_view(view)] if view.may("Job/Read") else []),
}
NEWER_ROOT = {**ROOT, "quietDownReason": Field(lambda view: None)}
