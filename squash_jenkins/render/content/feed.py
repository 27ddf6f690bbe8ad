"""Write findings as an Atom feed (RFC 4287), for feed readers and chat rooms."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from squash_jenkins.render.content import finding_views
from squash_jenkins.render.site.site import Site
from squash_jenkins.render.svg.badge import clean
from squash_jenkins.store.rows import FindingRow
from squash_jenkins.text import sentences

_ATOM = "http://www.w3.org/2005/Atom"
_ENTRIES = 50
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def findings_feed(site: Site, path: str, title: str, rows: Sequence[FindingRow]) -> str:
    """Return the feed of the findings that began last.

    An entry changes when the finding ends or somebody triages it; the id of a finding is that
    of its page, so that readers do not list it again.

    Parameters
    ----------
    path
        Place of the feed in the site.
    title
        What the findings have in common.
    rows
        The findings, those that began last first; one that later builds no longer show is
        left out.

    """
    shown = [row for row in rows if not row.withdrawn][:_ENTRIES]
    moments = {row.key: _moments(site, row) for row in shown}
    newest = max((updated for _, updated in moments.values()), default=_NEVER)
    root = ET.Element("feed", xmlns=_ATOM)
    _add(
        root, "id", site.links.url(path) if site.links.public_url else f"urn:squash-jenkins:{path}"
    )
    _add(root, "title", title)
    _add(root, "updated", _text(newest))
    _add(ET.SubElement(root, "author"), "name", "SQuaSH for Jenkins")
    ET.SubElement(root, "link", rel="self", href=site.links.url(path, path))
    page = site.links.url("findings/index.html", path)
    ET.SubElement(root, "link", rel="alternate", type="text/html", href=page)
    for row in shown:
        _entry(site, root, path, row, moments[row.key])
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=False) + "\n"


def _moments(site: Site, row: FindingRow) -> tuple[datetime, datetime]:
    """Return when the build of a finding started, and when the entry changed last (UTC)."""
    own = site.stored.by_key(site.detected.job_of(row))
    began = own[row.finding.build].moment
    ended = [] if row.finding.ended is None else [own[row.finding.ended].moment]
    said = [] if row.triage is None else [row.triage.created]
    accepted = [] if row.accepted is None else [row.accepted.created]
    return began, max([began, *ended, *said, *accepted])


def _entry(
    site: Site,
    root: ET.Element,
    path: str,
    row: FindingRow,
    moments: tuple[datetime, datetime],
) -> None:
    finding, page = row.finding, site.links.finding(row.name)
    job = site.title_of(site.detected.job_of(row))
    where = sentences.place(finding)
    entry = ET.SubElement(root, "entry")
    known = bool(site.links.public_url)
    _add(entry, "id", site.links.url(page) if known else f"urn:squash-jenkins:finding:{row.name}")
    _add(entry, "title", f"{job}: {sentences.headline(finding)}{f' in {where}' if where else ''}")
    _add(entry, "published", _text(moments[0]))
    _add(entry, "updated", _text(moments[1]))
    ET.SubElement(entry, "link", rel="alternate", type="text/html", href=site.links.url(page, path))
    for term in _terms(row, job):
        ET.SubElement(entry, "category", term=clean(term))
    _add(entry, "summary", " ".join(_summary(site, row)))


def _terms(row: FindingRow, job: str) -> Iterable[str]:
    yield sentences.verdict_word(row.finding)
    yield row.state if row.finding.ended is None else "over"
    yield job


def _summary(site: Site, row: FindingRow) -> Iterable[str]:
    numbers, starts = finding_views.numbers(site, row), finding_views.starts(site, row)
    yield sentences.details(row.finding, numbers, starts)
    suspects = site.suspects(row)["rows"]
    if suspects:
        yield f"First suspect: {suspects[0]['name']} {suspects[0]['text']}."
    state = finding_views.state_of(row)
    if state != "open":
        yield f"{state[:1].upper()}{state[1:]}."


def _add(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = clean(text)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
