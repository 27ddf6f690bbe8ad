"""Show one table of many builds at once: millions of points as tiles, with their counts."""

from collections.abc import Iterator

from squash_jenkins.render.base import DataFile, Item, Page, Site, Tab


class PooledTables(Tab):
    """Show two columns of a table of the newest builds of a job; Drill-down links here."""

    name = "pooled"
    title = "Pooled tables"
    order = 51
    about = (
        "One table from many builds at once, such as every matched star of the last hundred builds."
    )
    in_navigation = False
    scripts = ("sharing.js", "plot_tools.js", "pooled_counts.js", "pooled.js")
    styles = ("pooled.css",)

    def pages(self, site: Site) -> Iterator[Item]:
        """Yield the page and the list of what it can show; the rest is loaded when chosen."""
        yield DataFile("data/pooled.js", site.pooled)
        yield Page("pooled/index.html", "pooled.html", "Pooled tables", plots=True)
