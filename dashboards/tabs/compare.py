"""Compare two builds, or one with the median of many; the page reads blocks of builds itself."""

from collections.abc import Iterator

from squash_jenkins.render.base import Item, Page, Site, Tab


class Compare(Tab):
    """Show what changed between any two builds, in units of each series' noise."""

    name = "compare"
    title = "Compare"
    order = 40
    about = "What changed between two builds? Each metric in units of its noise."
    scripts = (
        "data.js",
        "statistics.js",
        "bullet.js",
        "sharing.js",
        "sorting.js",
        "between.js",
        "compare_sides.js",
        "compare_rows.js",
        "compare_table.js",
        "compare_summary.js",
        "compare.js",
    )
    styles = ("compare.css",)

    def pages(self, site: Site) -> Iterator[Item]:
        """Yield the one page; it is the same for every build."""
        inputs = {"jobs": any(site.builds(job) for job in site.jobs)}
        yield Page("compare/index.html", "compare.html", "Compare", lambda: inputs)
