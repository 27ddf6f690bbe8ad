"""Say what a token of some jobs may not change: what builds of other jobs share with its own.

Metrics and packages hold for all jobs. A document may bring new ones along, whoever posts it;
those that are there are changed only by who may write all jobs, by whatever way.
"""

from collections.abc import Sequence
from dataclasses import replace

from squash_jenkins.models import Metric, Package
from squash_jenkins.server.access import Caller
from squash_jenkins.server.api.write.posted_document import PostedDocument
from squash_jenkins.server.http.problems import Problem
from squash_jenkins.store import Reader


def refuse_sharing(who: Caller) -> None:
    """Refuse somebody who may write some jobs only.

    Raises
    ------
    Problem
        403.

    """
    if who.jobs:
        raise Problem(403, f"{who.name} may write some jobs only; a metric holds for all jobs.")


def without_shared(
    reader: Reader, who: Caller, sent: PostedDocument
) -> tuple[PostedDocument, Sequence[str]]:
    """Return a document with what its sender may say, and the names of what it may not change."""
    if not who.jobs:
        return sent, ()
    metrics = {each.name for report in sent.reports for each in report.metrics}
    packages = {each.name for report in sent.reports for each in report.packages}
    defined = reader.definitions.metrics() if metrics else {}
    urls = reader.contents.package_urls(packages)
    left: dict[str, None] = {}
    reports = []
    for report in sent.reports:
        kept = [each for each in report.metrics if each.name not in defined]
        left |= dict.fromkeys(each.name for each in report.metrics if _differs(defined, each))
        left |= dict.fromkeys(each.name for each in report.packages if _moves(urls, each))
        placed = [_placed(urls, each) for each in report.packages]
        reports.append(replace(report, metrics=kept, packages=placed))
    return replace(sent, reports=reports), tuple(left)


_WORDS = ("unit", "description", "reference", "tags", "operator")


def _differs(defined: dict[str, Metric], metric: Metric) -> bool:
    """Tell whether a document says something else of a metric than what is known."""
    known = defined.get(metric.name)
    said = [word for word in _WORDS if getattr(metric, word)]
    return known is not None and any(getattr(known, each) != getattr(metric, each) for each in said)


def _moves(urls: dict[str, str], package: Package) -> bool:
    return package.url is not None and urls.get(package.name, package.url) != package.url


def _placed(urls: dict[str, str], package: Package) -> Package:
    """Return a package where it is known to be."""
    return replace(package, url=urls.get(package.name, package.url))
