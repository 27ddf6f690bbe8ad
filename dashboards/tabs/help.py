"""Explain the terms, colours and keys."""

from collections.abc import Iterator

from squash_jenkins.render.base import DataFile, Page, Site, Tab


class Help(Tab):
    """Show one page of text."""

    name = "help"
    title = "Help"
    order = 900
    about = "Terms, colours, keyboard shortcuts, and how to share what you see."
    styles = ("health.css",)

    def pages(self, site: Site) -> Iterator[Page | DataFile]:
        """Yield the page; it depends on nothing."""
        yield Page("help/index.html", "help.html", "Help")
