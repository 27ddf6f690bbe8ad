"""Find the changes of which nobody said whether they are for the better."""

from collections.abc import Mapping
from typing import Any

from squash_jenkins.models.finding import DRIFT, NEUTRAL, STEP
from squash_jenkins.models.metric_rules import NEITHER
from squash_jenkins.render.site.site import Site
from squash_jenkins.store.rows import FindingRow


def asked_about(site: Site, row: FindingRow) -> Mapping[str, Any] | None:
    """Return the metric of which nobody knows whether its change is good; None for none.

    People are asked "good or bad?"; on a live server they answer there. `up` says whether its
    values rose.
    """
    finding = row.finding
    moved = (each for each in finding.series if each.kind in (STEP, DRIFT))
    unknown = [each for each in moved if not site.direction(each.metric).known]
    if not row.open or finding.direction != NEUTRAL or not unknown:
        return None
    first = unknown[0]
    up = (first.after or 0.0) > (first.before or 0.0)
    return {"metric": first.metric, "name": site.short_names[first.metric], "up": up}


def is_unclear(site: Site, row: FindingRow) -> bool:
    """Return whether a neutral change may be good or bad.

    So it is, too, where a direction was set and the findings do not reflect it yet.
    """
    finding = row.finding
    return finding.direction == NEUTRAL and any(
        site.direction(each.metric).better != NEITHER for each in finding.series
    )
