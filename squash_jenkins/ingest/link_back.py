"""Write links to the dashboard into descriptions in Jenkins; what goes wrong is a warning."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from squash_jenkins.config import Settings
from squash_jenkins.errors import JenkinsError, NotFound
from squash_jenkins.ingest.outcome import Outcome
from squash_jenkins.ingest.publish import link
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.models import Build, BuildId

_OLD = timedelta(days=1)
"""Time after its end from which nobody waits for the link of a build."""


def link_builds(
    settings: Settings,
    client: JenkinsClient,
    outcome: Outcome,
    asked: Collection[BuildId],
    others: Iterable[BuildId] = (),
) -> None:
    """Write the link and the summary into the descriptions of builds that were verified.

    Parameters
    ----------
    asked
        Builds that get the link.
    others
        Builds that nobody asked for: an existing link is updated; a new one is added only where
        ``link_older`` says so, and `Outcome.linked` names those builds.

    """
    verified = [id for id in dict.fromkeys([*asked, *others]) if _is_known(client, outcome, id)]
    if settings.description == "off" or not verified:
        return
    if settings.public_url is None:
        outcome.warnings.append("The build page is not linked: set public_url in the settings.")
        return
    with outcome.stage("jenkins"):
        for id in verified:
            if not _link(settings, client, outcome, id, asked=id in asked):
                return


def is_old(build: Build, now: datetime) -> bool:
    """Return whether a build ended so long before `now` (UTC) that nobody waits for its link."""
    return now - build.started - timedelta(seconds=build.duration or 0.0) > _OLD


def _is_known(client: JenkinsClient, outcome: Outcome, id: BuildId) -> bool:
    return id in outcome.summaries and id.controller == client.name


def _link(
    settings: Settings, client: JenkinsClient, outcome: Outcome, id: BuildId, *, asked: bool
) -> bool:
    """Link one build; return whether to go on with the others."""
    add = asked or settings.link_older
    try:
        changed = link(settings, client, id, outcome.summaries[id], add=add)
    except JenkinsError as error:
        outcome.warnings.append(f"The build page is not linked: {error}")
        return isinstance(error, NotFound)
    except Exception as error:  # noqa: BLE001 - the build is stored, its reports must be written
        fault = f"{type(error).__name__}: {error}"
        outcome.warnings.append(f"The build page is not linked: {fault}")
        return False
    if changed and add and not asked:
        outcome.linked.append(id)
    return True
