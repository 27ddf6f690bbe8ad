"""Turn a page into HTML: a pure function of its template and its inputs."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from markupsafe import Markup

from squash_jenkins.render.base import Inputs, Page, Plot, Tab
from squash_jenkins.render.engine.assets import asset_files
from squash_jenkins.render.engine.bundles import Bundles
from squash_jenkins.render.links import plain_beside, quoted, web_link
from squash_jenkins.render.svg import trends
from squash_jenkins.render.svg.levels import HEIGHT, WIDTH
from squash_jenkins.render.svg.sparks import BULLET_HEIGHT, BULLET_WIDTH, SPARK_HEIGHT, SPARK_WIDTH
from squash_jenkins.text.dates import utc_text

TEMPLATES = Path(__file__).parents[1] / "templates"


@dataclass(frozen=True)
class Pages:
    """Hold what all pages of a site have in common.

    `plots` maps a tab's name to the paths of its figure definitions, `bokeh` are the paths of
    BokehJS. `version` changes with our assets and goes into the addresses of those that are in
    no bundle.
    """

    name: str
    tabs: Sequence[Tab]
    plots: Mapping[str, Sequence[tuple[Plot, str]]]
    bokeh: Sequence[str]
    bundles: Bundles
    version: str

    def html(self, tab: Tab, page: Page, inputs: Inputs) -> str:
        """Return a page as HTML."""
        root = "../" * page.path.count("/")

        def href(path: str) -> str:
            """Return a link to another page of the site."""
            file, mark, query = path.partition("?")
            return (root or "./") + quoted(file) + mark + query

        template = self._environment(tab).get_template(page.template)
        return template.render(
            inputs,
            page=page,
            site_name=self.name,
            href=href,
            asset=lambda name: f"{href('assets/' + name)}?v={self.version}",
            navigation=[each for each in self.tabs if each.in_navigation],
            plain=plain_beside(page.path),
            icon=True,
            tab=tab,
            version=self.version,
            root=root or "./",
            loaded=self.bundles.of(tab),
            bokeh=self.bokeh if page.plots else (),
            plots=self.plots.get(tab.name, ()) if page.plots else (),
        )

    def _environment(self, tab: Tab) -> jinja2.Environment:
        if not tab.templates:
            return own_templates()
        own = jinja2.DictLoader(dict(tab.templates))
        loader = jinja2.ChoiceLoader([own, jinja2.FileSystemLoader(TEMPLATES)])
        return environment(loader)


@cache
def own_templates() -> jinja2.Environment:
    """Return the templates of this package; each is compiled once in a process."""
    return environment(jinja2.FileSystemLoader(TEMPLATES))


def environment(loader: jinja2.BaseLoader) -> jinja2.Environment:
    """Return the Jinja environment: everything is escaped, and undefined names are errors."""
    made = jinja2.Environment(
        loader=loader,
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {
        "spark_size": (SPARK_WIDTH, SPARK_HEIGHT),
        "bullet_size": (BULLET_WIDTH, BULLET_HEIGHT),
        "level_size": (WIDTH, HEIGHT),
        "trend_size": (trends.WIDTH, trends.HEIGHT),
        "icon_address": _icon_address(),
    }
    made.filters |= {"moment": moment, "day": day, "wbr": breakable, "web": web_link}
    return made


def _icon_address() -> str:
    """Return the icon of the pages as a ``data:`` URL, which costs no request."""
    return f"data:image/svg+xml,{quote(asset_files()['icon.svg'].read_text(encoding='utf-8'))}"


def moment(seconds: float | None) -> Markup:
    """Return a time (seconds of Unix time) as UTC text that the browser makes relative."""
    if seconds is None:
        return Markup("")
    time = datetime.fromtimestamp(seconds, UTC)
    text = utc_text(time)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        f"{time:%Y-%m-%dT%H:%M:%SZ}", text, text
    )


def day(seconds: float) -> str:
    """Return the date (UTC) of a time in seconds of Unix time, such as ``3 Nov 2026``."""
    time = datetime.fromtimestamp(seconds, UTC)
    return f"{time.day} {time:%b %Y}"


def breakable(text: str) -> Markup:
    """Let a long name break after its separators."""
    escaped = str(Markup.escape(text))
    for mark in "/._,":
        escaped = escaped.replace(mark, mark + "<wbr>")
    return Markup(escaped)  # noqa: S704 - escaped just above, only <wbr> is added


def folder_digest(*folders: Path) -> str:
    """Return a hash of all files below the folders."""
    digest = hashlib.sha256()
    for folder in folders:
        files = (file for file in folder.rglob("*") if file.is_file() and file.suffix != ".pyc")
        for file in sorted(files):
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


def fault_inputs(error: Exception, where: str) -> Mapping[str, Any]:
    """Return the inputs of the page that replaces one that could not be built.

    Readers see the kind of the error only: its text may hold paths or stored data.
    """
    return {"fault": type(error).__name__, "where": where}
