"""Write the page of one build that needs no script, to be archived with the build in Jenkins.

Jenkins serves what builds archive under a policy that blocks every script, inline style and
font (``sandbox; default-src 'none'; img-src 'self'; style-src 'self';``). The page and its style
sheets are all that it takes.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from squash_jenkins.errors import ResourceError, SettingsError
from squash_jenkins.render.base import Page
from squash_jenkins.render.content.plain_page import plain_inputs
from squash_jenkins.render.engine.assets import asset_files
from squash_jenkins.render.engine.html import own_templates
from squash_jenkins.render.engine.theme import Theme
from squash_jenkins.render.links import quoted
from squash_jenkins.render.site.lines import BuildLine, JobLine
from squash_jenkins.render.site.site import Site

_STYLES = ("style.css", "plain.css")


def find_build(
    site: Site, name: str, number: int | None = None, controller: str | None = None
) -> tuple[JobLine, BuildLine | None]:
    """Return a job, and its newest build or the newest with a number; None for no build at all.

    Raises
    ------
    SettingsError
        When the job or the build is not there, or several controllers have the job.

    """
    jobs = [job for job in site.jobs if job.name == name and controller in (None, job.controller)]
    if not jobs:
        raise SettingsError(f"No job {name!r} is stored: give its full name, as in Jenkins.")
    if len(jobs) > 1:
        names = ", ".join(job.controller for job in jobs)
        raise SettingsError(f"The job {name!r} is on {names}: add --controller.")
    builds = [build for build in site.builds(jobs[0]) if number in (None, build.number)]
    if not builds and number is not None:
        raise SettingsError(
            f"Build {name} #{number} has not been ingested: run post-build for it first."
        )
    return jobs[0], builds[-1] if builds else None


def write_plain(
    site: Site, job: JobLine, build: BuildLine | None, folder: Path, look: Theme, public_url: str
) -> list[Path]:
    """Write ``index.html`` and its style sheets into a folder; return the files.

    Parameters
    ----------
    public_url
        URL of the site; where it is empty, the page has no links to the site.

    Raises
    ------
    ResourceError
        When the folder cannot be written.

    """
    page = Page("index.html", "plain.html", job.name)
    contents = {"theme.css": look.stylesheet()}
    files = asset_files()
    contents |= {name: files[name].read_text(encoding="utf-8") for name in _STYLES}
    contents["index.html"] = _html(page, plain_inputs(site, job, build), look.name, public_url)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            (folder / name).write_text(content, encoding="utf-8")
    except OSError as error:
        raise ResourceError(
            f"The page cannot be written to {folder}: {error.strerror or error}. "
            "Check the folder, its permissions and the free space."
        ) from error
    return [folder / name for name in contents]


def _html(page: Page, inputs: Mapping[str, Any], site_name: str, public_url: str) -> str:
    def href(path: str) -> str:
        file, mark, query = path.partition("?")
        return f"{public_url.rstrip('/')}/{quoted(file)}{mark}{query}" if public_url else ""

    template = own_templates().get_template(page.template)
    return template.render(
        inputs,
        page=page,
        site_name=site_name,
        href=href,
        asset=lambda name: name,
        navigation=(),
        icon=False,
    )
