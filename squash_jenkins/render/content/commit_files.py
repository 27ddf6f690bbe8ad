"""Write the commits of builds for scripts: one file for each block of builds."""

from collections.abc import Mapping, Sequence
from typing import Any

from squash_jenkins.models import Change
from squash_jenkins.render.content.build_views import commit_row
from squash_jenkins.render.site.lines import BuildLine
from squash_jenkins.render.site.site import Site

_LISTED = 50
"""Commits listed for each build; its own page has them all."""
_LONGEST = 160


def commits_file(site: Site, builds: Sequence[BuildLine]) -> Mapping[str, Any]:
    """Return ``{commits: {name of the build: {total, rows: [[revision, message, author]]}}}``."""
    found = site.build_details.commits_of(builds)
    named = {build.page.split("/")[-2]: found[build.key] for build in builds if build.key in found}
    return {"commits": {name: _listed(commits) for name, commits in named.items()}}


def _listed(commits: Sequence[Change]) -> Mapping[str, Any]:
    rows = (commit_row(commit) for commit in commits[:_LISTED])
    return {
        "total": len(commits),
        "rows": [[row["revision"], row["message"][:_LONGEST], row["author"]] for row in rows],
    }
