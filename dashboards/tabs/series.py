"""List all series in one table that can be sorted and searched."""

from collections.abc import Iterator
from functools import partial

from squash_jenkins.render.base import DataFile, Item, Page, Site, Tab, counted, series_file


class Series(Tab):
    """Show a table of every series of all jobs; the browser reads it in columns."""

    name = "series"
    title = "All series"
    order = 5
    in_navigation = False
    about = "Every series of all jobs in one table that can be sorted, searched and filtered."
    scripts = (
        "sharing.js",
        "series_columns.js",
        "series_choice.js",
        "series_cells.js",
        "series_table.js",
    )
    styles = ("series_table.css",)

    def pages(self, site: Site) -> Iterator[Item]:
        """Yield the page, its data, and those of the pages of jobs."""
        jobs = [job for job in site.current_jobs if site.builds(job)]
        measured = f"All that {counted(len(jobs), 'job')} measured in the newest builds."
        inputs = {"path": series_file.ALL, "summary": measured}
        yield Page("series/index.html", "series.html", "All series", inputs)
        yield DataFile(series_file.ALL, lambda: series_file.series_file(site, jobs))
        for job in site.changed_jobs():
            if site.builds(job):
                path = series_file.series_path(job)
                yield DataFile(path, partial(series_file.series_file, site, [job]))
