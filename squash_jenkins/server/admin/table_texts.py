"""Say in words what each table holds."""

from collections.abc import Iterator, Mapping, Sequence

_GROUPS: Mapping[str, Mapping[str, str]] = {
    "What is asked for": {
        "metric": "What is measured: unit, description, reference. Can be edited.",
        "specification": "Thresholds and when they hold. Can be added and withdrawn.",
        "dataset": "What was processed, and with which camera. Can be edited.",
    },
    "What got worse or better": {
        "finding": "What was found in the series. Can be spoken of.",
        "finding_series": "The series of each finding, with the size of the change.",
        "triage": "What people said of findings.",
        "notification": "What people were told of findings, and when.",
    },
    "What builds brought": {
        "job": "Jobs of Jenkins, or of programs that post.",
        "build": "Builds with their results and times.",
        "report": "QA documents that builds archived.",
        "measurement": "Values of metrics.",
        "blob": "Tables that came with reports.",
        "measurement_blob": "Which measurement names which blob.",
        "package": "Software packages.",
        "build_package": "Versions of packages in builds.",
        "change_set": "Commits that Jenkins names for builds.",
        "quarantine": "Files that could not be read, and why.",
    },
    "Caller uses the server": {
        "account": "People and programs. Can be disabled, and given another role.",
        "token": "Tokens of programs; what they are is not kept. Can be revoked.",
        "session": "Browsers that are signed in.",
        "audit": "Caller wrote what, and when.",
        "notice": "Builds that the server was told of, and how far it is with them.",
    },
    "Inside": {
        "controller": "Roots of the Jenkins servers that builds are from.",
        "counter": "Revisions that tell pages what is new.",
        "file_group": "Which files of a job measure the same, and what tells them apart.",
        "judgement": "How far each job has been searched for findings.",
        "metric_definition": "What each source says of a metric.",
        "pack": "Blocks of builds, packed for fast pages.",
        "specification_set": "Thresholds that belong together.",
        "specification_set_member": "Which thresholds belong to which set.",
    },
}


def grouped(names: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield groups of tables with their titles; tables of no group are a group of their own."""
    for title, group in _GROUPS.items():
        yield title, [name for name in group if name in names]
    others = [name for name in names if not description_of(name)]
    if others:
        yield "Others", others


def description_of(table: str) -> str:
    """Return a sentence about a table; empty for one that is not known."""
    return next((group[table] for group in _GROUPS.values() if table in group), "")


def title_of(table: str) -> str:
    """Return the name of a table as people read it."""
    return table.replace("_", " ").capitalize()
