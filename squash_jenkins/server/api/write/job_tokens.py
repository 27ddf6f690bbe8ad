"""What a token limited to some jobs may not change: metrics and packages, which all jobs share.

Any document may add new ones; existing ones are changed only by callers who may write all jobs.
"""

from collections.abc import Sequence
from dataclasses import replace

from squash_jenkins.models import Metric, Package
from squash_jenkins.server.access import Caller
from squash_jenkins.server.api.write.posted_document import PostedDocument
from squash_jenkins.server.http.problems import Problem
from squash_jenkins.store import Reader


def refuse_sharing(who: Caller) -> None:
    """Refuse callers who may write only some jobs.

    Raises
    ------
    Problem
        403.

    """
    if who.jobs:
        raise Problem(403, f"{who.name} may write only some jobs; a metric applies to all jobs.")


def without_shared(
    reader: Reader, who: Caller, sent: PostedDocument
) -> tuple[PostedDocument, Sequence[str]]:
    """Return what the sender may store of a document, and the names it may not change."""
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
    """Return whether a document defines a metric differently from what is stored."""
    known = defined.get(metric.name)
    said = [word for word in _WORDS if getattr(metric, word)]
    return known is not None and any(getattr(known, each) != getattr(metric, each) for each in said)


def _moves(urls: dict[str, str], package: Package) -> bool:
    return package.url is not None and urls.get(package.name, package.url) != package.url


def _placed(urls: dict[str, str], package: Package) -> Package:
    """Return a package with its stored URL, if any."""
    return replace(package, url=urls.get(package.name, package.url))
