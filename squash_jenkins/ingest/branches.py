"""Follow which branches of a multibranch project Jenkins has, and which is the primary one."""

from datetime import UTC, datetime

from squash_jenkins.errors import JenkinsError
from squash_jenkins.ingest.outcome import Outcome
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.jenkins.names import is_configuration
from squash_jenkins.models import Build
from squash_jenkins.store import Store


def follow_branches(client: JenkinsClient, store: Store, outcome: Outcome) -> None:
    """Save what Jenkins says of the branches of those projects of which builds were read.

    This is one light request for each project. Its failure is a warning: the builds are stored.
    """
    projects = {_project(record.build) for record in outcome.records} - {""}
    for project in sorted(projects):
        try:
            listed = client.branches(project)
        except JenkinsError as error:
            outcome.warnings.append(f"The branches of {project} are not up to date: {error}")
            continue
        if listed:
            store.write_listed_branches(client.name, project, listed, datetime.now(UTC))


def _project(build: Build) -> str:
    """Return the project of a branch's build; empty for other builds."""
    if build.branch is None or is_configuration(build.id.job):
        return ""
    return build.id.job.rpartition("/")[0]
