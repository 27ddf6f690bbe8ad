"""Publish findings as Atom feeds: one of all jobs, and one of each job."""

from collections.abc import Iterator
from functools import partial

from squash_jenkins.render.base import Asset, Item, Site, Tab, findings_feed


class Feeds(Tab):
    """Write the feeds; they have no page of their own."""

    name = "feeds"
    title = "Feeds"
    order = 930
    in_navigation = False

    def pages(self, site: Site) -> Iterator[Item]:
        """Yield the feed of all findings, and those of the jobs whose findings changed."""
        path = site.links.feed()
        yield Asset(path, partial(findings_feed, site, path, "Findings", site.all_findings))
        for job in site.changed_jobs():
            path = site.links.job_feed(job.controller, job.name)
            title = f"Findings of {site.title_of(job)}"
            yield Asset(path, partial(findings_feed, site, path, title, site.findings(job)))
