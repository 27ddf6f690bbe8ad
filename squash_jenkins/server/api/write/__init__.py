"""Programs post metrics and measurements, one at a time or in bulk, triage decisions and rules."""

from squash_jenkins.server.api.write import (
    acceptance,
    bulk,
    metric_description,
    metric_rules,
    submit_job,
    submit_metric,
    triage,
)
from squash_jenkins.server.part import Part
from squash_jenkins.server.services import Services

__all__ = ["part"]


def part(_services: Services) -> Part:
    """Return the routes that store what is posted."""
    return Part(
        [
            submit_metric.router,
            submit_job.router,
            bulk.router,
            triage.router,
            acceptance.router,
            metric_rules.router,
            metric_description.router,
        ]
    )
