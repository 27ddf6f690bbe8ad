"""Link builds to their pages in Jenkins; whatever goes wrong there is a warning."""

from collections.abc import Iterable

from squash_jenkins.config import Settings
from squash_jenkins.errors import JenkinsError, NotFound
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.models import BuildId
from squash_jenkins.outcome import Outcome
from squash_jenkins.showing import link


def link_builds(
    settings: Settings, client: JenkinsClient, outcome: Outcome, ids: Iterable[BuildId]
) -> None:
    """Write the link and the summary into the descriptions of builds that were judged."""
    judged = [id for id in ids if id in outcome.summaries and id.controller == client.name]
    if settings.description == "off" or not judged:
        return
    if settings.public_url is None:
        outcome.warnings.append("The build page is not linked: set public_url in the settings.")
        return
    with outcome.stage("jenkins"):
        for id in judged:
            if not _link(settings, client, outcome, id):
                return


def _link(settings: Settings, client: JenkinsClient, outcome: Outcome, id: BuildId) -> bool:
    """Link one build; return whether it makes sense to go on with others."""
    try:
        link(settings, client, id, outcome.summaries[id])
    except JenkinsError as error:
        outcome.warnings.append(f"The build page is not linked: {error}")
        return isinstance(error, NotFound)
    except Exception as error:  # noqa: BLE001 - the build is stored: its reports are still to be written
        told = f"{type(error).__name__}: {error}"
        outcome.warnings.append(f"The build page is not linked: {told}")
        return False
    return True
