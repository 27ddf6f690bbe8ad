"""The server's own pages, such as for what was not found, in the frame of the site."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from squash_jenkins.render.base import Item, Page, Site, Tab
from squash_jenkins.server.services import Services

Links = Sequence[tuple[str, str]]


class ServerTab(Tab):
    """The tab of the server's own pages; the static site has none of them."""

    name = "server"
    title = "Server"
    in_navigation = False
    scripts = ("account.js",)
    styles = ("live.css", "server.css")

    def pages(self, site: Site) -> Iterator[Item]:
        """Yield nothing: pages are rendered on request."""
        return iter(())


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a page.

    Attributes
    ----------
    path
        Path of the page below the root of the site, as requested: relative links depend on it.
    lead
        A sentence below the title.
    crumbs
        Relative URLs of the pages above, and their texts.
    again
        Seconds after which the browser reloads.

    """

    path: str
    title: str
    lead: str = ""
    crumbs: Links = ()
    again: int | None = None


def framed_page(
    here: Services,
    frame: Frame,
    inner: Markup,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """Return a page around HTML that is already escaped; it needs no script."""
    variables = {
        "inner": inner,
        "lead": frame.lead,
        "crumbs": list(frame.crumbs),
        "again": frame.again,
    }
    page = Page(frame.path, "server_page.html", frame.title, variables)
    text = here.live.rendering.pages.html(ServerTab(), page, page.filled())
    return HTMLResponse(text, status, {"Cache-Control": "no-store", **(headers or {})})


def short_page(
    here: Services,
    frame: Frame,
    sentences: Sequence[str],
    links: Links = (),
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """Return a page of sentences and links.

    Parameters
    ----------
    links
        Relative URLs and their texts; all texts are escaped here.

    """
    text = Markup("").join(Markup("<p>{}</p>\n").format(each) for each in sentences)
    rows = Markup("").join(Markup('<li><a href="{}">{}</a></li>\n').format(*each) for each in links)
    listed = Markup('<ul class="unlisted list">\n{}</ul>\n').format(rows) if links else ""
    inner = Markup('<div class="card note">\n{}{}</div>').format(text, escape(listed))
    return framed_page(here, frame, inner, status=status, headers=headers)
