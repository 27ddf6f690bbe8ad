"""Link builds to their pages in Jenkins; whatever goes wrong there is a warning."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from squash_jenkins.config import Settings
from squash_jenkins.errors import JenkinsError, NotFound
from squash_jenkins.ingest.outcome import Outcome
from squash_jenkins.ingest.publish import link
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.models import Build, BuildId

_OLD = timedelta(days=1)


def link_builds(
    settings: Settings,
    client: JenkinsClient,
    outcome: Outcome,
    asked: Collection[BuildId],
    others: Iterable[BuildId] = (),
) -> None:
    """Write the link and the summary into the descriptions of builds that were judged.

    Parameters
    ----------
    asked
        Builds that get the link.
    others
        Builds that nobody asked for: a link that is there is brought up to date; they get one only
        where ``link_older`` says so, and `Outcome.linked` names those that did.

    """
    judged = [id for id in dict.fromkeys([*asked, *others]) if _is_known(client, outcome, id)]
    if settings.description == "off" or not judged:
        return
    if settings.public_url is None:
        outcome.warnings.append("The build page is not linked: set public_url in the settings.")
        return
    with outcome.stage("jenkins"):
        for id in judged:
            if not _link(settings, client, outcome, id, asked=id in asked):
                return


def is_old(build: Build, now: datetime) -> bool:
    """Tell whether a build ended so long before `now` (UTC) that nobody waits for its link."""
    return now - build.started - timedelta(seconds=build.duration or 0.0) > _OLD


def _is_known(client: JenkinsClient, outcome: Outcome, id: BuildId) -> bool:
    return id in outcome.summaries and id.controller == client.name


def _link(
    settings: Settings, client: JenkinsClient, outcome: Outcome, id: BuildId, *, asked: bool
) -> bool:
    """Link one build; return whether it makes sense to go on with others."""
    add = asked or settings.link_older
    try:
        changed = link(settings, client, id, outcome.summaries[id], add=add)
    except JenkinsError as error:
        outcome.warnings.append(f"The build page is not linked: {error}")
        return isinstance(error, NotFound)
    except Exception as error:  # noqa: BLE001 - the build is stored, and its reports are to be written
        told = f"{type(error).__name__}: {error}"
        outcome.warnings.append(f"The build page is not linked: {told}")
        return False
    if changed and add and not asked:
        outcome.linked.append(id)
    return True
