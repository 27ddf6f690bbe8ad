"""Draw the trend of each metric of a job as a picture that other pages can embed."""

from collections.abc import Iterator

from squash_jenkins.render.base import Asset, Item, Site, Tab, metric_trends


class Trends(Tab):
    """Write the pictures; they have no page of their own."""

    name = "trends"
    title = "Trends"
    order = 940
    in_navigation = False

    def pages(self, site: Site) -> Iterator[Item]:
        """Yield the pictures of the jobs that changed."""
        for job in site.changed_jobs():
            for metric, picture in metric_trends(site, job).items():
                yield Asset(site.links.metric_trend(job.controller, job.name, metric), picture)
