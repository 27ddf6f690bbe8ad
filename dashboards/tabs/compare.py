"""Compare two builds of a job or of two jobs, or one with the median of several."""

from collections.abc import Iterator

from squash_jenkins.render.base import Item, Page, Site, Tab


class Compare(Tab):
    """Show how far each metric moved between two builds, in units of its own noise."""

    name = "compare"
    title = "Compare"
    order = 40
    about = "What differs between two builds: every metric, by how far it moved against its noise."
    scripts = (
        "data.js",
        "bullet.js",
        "sharing.js",
        "between.js",
        "compare_sides.js",
        "compare_rows.js",
        "compare_table.js",
        "compare.js",
    )
    styles = ("compare.css",)

    def pages(self, site: Site) -> Iterator[Item]:
        """Yield the one page; the browser reads the blocks of the chosen builds."""
        filled = any(site.builds(job) for job in site.jobs)
        yield Page("compare/index.html", "compare.html", "Compare", {"filled": filled})
