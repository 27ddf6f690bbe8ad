"""Publish what is stored: pages, links to them in Jenkins, notifications about findings."""

from pathlib import Path

from squash_jenkins.config import Settings
from squash_jenkins.findings.detect import detect_findings
from squash_jenkins.ingest.saving import open_store_for
from squash_jenkins.jenkins.client import JenkinsClient
from squash_jenkins.jenkins.link import link_back
from squash_jenkins.models import BuildId
from squash_jenkins.notifications.send import notify
from squash_jenkins.plugins import Plugins
from squash_jenkins.render.engine.archived import find_build, write_plain
from squash_jenkins.render.engine.pyramids import Prepared, prepare
from squash_jenkins.render.engine.static import Built, build_site
from squash_jenkins.render.engine.theme import read_theme
from squash_jenkins.render.links import Links, build_page_url, finding_page_url
from squash_jenkins.render.site.compared import Baselines
from squash_jenkins.render.site.site import Site
from squash_jenkins.store import Store
from squash_jenkins.store.rows import FindingRow
from squash_jenkins.verification.summary import Summary


def rebuild_pages(
    settings: Settings,
    plugins: Plugins,
    store: Store,
    *,
    everything: bool = False,
    heal: bool = False,
) -> Built:
    """Detect findings and write the pages whose inputs changed; see `build_site`."""
    detect_findings(settings, store)
    return build_site(
        store,
        settings.output,
        tabs=plugins.tabs,
        plots=plugins.plots,
        controllers=settings.controller_names,
        theme=plugins.theme,
        everything=everything,
        heal=heal,
        points=settings.plots.points,
        ledger=settings.ledger,
        baselines=Baselines(settings),
        public_url=settings.public_url or "",
    )


def write_build(
    settings: Settings,
    plugins: Plugins,
    folder: Path,
    job: str,
    number: int | None = None,
    controller: str | None = None,
) -> list[Path]:
    """Write the script-free page of a build into a folder; return the files."""
    with open_store_for(settings) as store, store.reader() as reader:
        site = Site(reader, Links(settings.controller_names[0]), None, {})
        line, build = find_build(site, job, number, controller)
        look = read_theme(plugins.theme)
        return write_plain(site, line, build, folder, look, settings.public_url or "")


def prepare_pooled(settings: Settings, builds: int) -> Prepared:
    """Pool the tables of the newest `builds` of each job for the site, which exists already."""
    with open_store_for(settings) as store:
        return prepare(
            store,
            settings.output,
            builds=builds,
            points=settings.plots.points,
            controllers=settings.controller_names,
            ledger=settings.ledger,
        )


def page_url(settings: Settings, id: BuildId) -> str:
    """Return the URL of a build's page: below the public URL, else in the output folder."""
    root, index = _root(settings)
    first = settings.controller_names[0]
    return build_page_url(root, id.job, id.number, id.controller, first, index=index)


def finding_url(settings: Settings, row: FindingRow) -> str:
    """Return the URL of a finding's page: below the public URL, else in the output folder."""
    root, index = _root(settings)
    return finding_page_url(root, row.name, index=index)


def public_finding_url(settings: Settings, row: FindingRow) -> str:
    """Return the URL of a finding's page for other people, empty when no public URL is set."""
    return finding_url(settings, row) if settings.public_url else ""


def _root(settings: Settings) -> tuple[str, bool]:
    """Return the root URL of the pages, and whether links must name a page's file."""
    if settings.public_url is None:
        return settings.output.as_uri(), True
    return settings.public_url, settings.index_links


def send_notifications(settings: Settings, store: Store) -> list[str]:
    """Send notifications about new findings; return warnings. It never fails a run."""
    return notify(settings, store, lambda row: public_finding_url(settings, row))


def link(
    settings: Settings, client: JenkinsClient, id: BuildId, summary: Summary, *, add: bool = True
) -> bool:
    """Write our line into a build's description; return whether that changed it.

    The setting ``description`` says how. Without `add` an existing line is replaced, and a
    description without one is left alone.
    """
    if settings.description == "off":
        return False
    url, how = page_url(settings, id), settings.description
    return link_back(client, id, url, summary.line(), how, add=add)
