"""Show each job on a page that needs no script: for strict servers, text browsers and archives."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from squash_jenkins.render.base import Item, Page, Site, Tab, job_row, plain_inputs, plain_page


class Plain(Tab):
    """Show summary, tables and drawings without a script."""

    name = "plain"
    title = "Without scripts"
    order = 910
    in_navigation = False
    styles = ("plain.css",)

    def pages(self, site: Site) -> Iterator[Item]:
        """Yield the list of jobs, and the pages of those that changed."""
        yield Page("plain/index.html", "plain_jobs.html", "Jobs", lambda: _jobs(site))
        for job in site.changed_jobs():
            inputs = partial(plain_inputs, site, job)
            yield Page(plain_page(site, job), "plain.html", job.name, inputs)


def _jobs(site: Site) -> Mapping[str, Any]:
    rows = [
        site.remembered(f"plain/{job.key}", site.builds(job)[-1:], partial(job_row, site, job))
        for job in sorted(site.jobs, key=lambda job: job.gone is not None)
    ]
    return {"jobs": rows}
