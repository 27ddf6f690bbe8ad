"""Descriptions of the tables."""

from collections.abc import Iterator, Mapping, Sequence

_GROUPS: Mapping[str, Mapping[str, str]] = {
    "Definitions": {
        "metric": "Metrics: unit, description, reference. Can be edited.",
        "specification": "Thresholds and when they apply. Can be added and withdrawn.",
        "dataset": "Datasets that were processed, with their camera. Can be edited.",
    },
    "Findings": {
        "finding": "Regressions and improvements found in series. Can be triaged.",
        "finding_comment": "What people wrote about findings.",
        "former_finding": "Names of findings that are no longer detected, and what they became.",
        "finding_series": "Series of each finding, with the size of the change.",
        "acceptance": "Levels of series that people accepted from a build on.",
        "metric_rule": "Rules of metrics set here: smallest change, direction, exclusion.",
        "node_effect": "How far series depend on the node that measured them.",
        "triage": "What people decided about findings.",
        "notification": "Notifications of findings, and when they were sent.",
    },
    "Builds": {
        "job": "Jobs of Jenkins, or of programs that post results.",
        "branch": "Branches and pull requests that jobs build, with their targets.",
        "build": "Builds with their results and times.",
        "report": "QA documents that builds archived.",
        "measurement": "Values of metrics.",
        "blob": "Tables that came with reports.",
        "measurement_blob": "Which measurement refers to which blob.",
        "package": "Software packages.",
        "build_package": "Versions of packages in builds.",
        "change_set": "Commits that Jenkins lists for builds.",
        "quarantine": "Files that could not be read, and why.",
    },
    "Users": {
        "account": "People and programs. Can be disabled, and given another role.",
        "token": "Tokens of programs; only digests are stored. Can be revoked.",
        "session": "Browsers that are signed in.",
        "audit": "Who wrote what, and when.",
        "notice": "Queue of builds to ingest, and what became of them.",
    },
    "Internal": {
        "controller": "Root URLs of the Jenkins servers of the builds.",
        "counter": "Revisions by which pages see what is new.",
        "file_group": "Which files of a job measure the same, and how they differ.",
        "judgement": "Up to where each job was searched for findings.",
        "metric_definition": "What each source says of a metric.",
        "pack": "Blocks of builds, for fast pages.",
        "specification_set": "Thresholds that belong together.",
        "specification_set_member": "Which thresholds belong to which set.",
    },
}


def grouped(names: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield groups of tables with their titles; tables without a group come last."""
    for title, group in _GROUPS.items():
        yield title, [name for name in group if name in names]
    others = [name for name in names if not description_of(name)]
    if others:
        yield "Others", others


def description_of(table: str) -> str:
    """Return a sentence about a table; empty for an unknown one."""
    return next((group[table] for group in _GROUPS.values() if table in group), "")


def title_of(table: str) -> str:
    """Return the name of a table for people."""
    return table.replace("_", " ").capitalize()
