"""Show jobs, builds and consoles as plain HTML pages for people.

Everything that comes from a job or build is escaped. A description goes through the markup
formatter: neither formatter turns a bare URL into a link, while console output does.
"""

import re
from datetime import timedelta
from html import escape
from html.parser import HTMLParser
from typing import Literal

from squash_jenkins.simulate.answers.exchange import Reply, page
from squash_jenkins.simulate.answers.view import (
    COLORS,
    View,
    color,
    is_buildable,
    newest_first,
    quote_segment,
)
from squash_jenkins.simulate.state import SimBuild, SimJob

URL = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
LINES_SHOWN = 20
BUILDS_SHOWN = 50


class _Cleaner(HTMLParser):
    """Keep ``<b>`` and ``<a href="http…">``, escape all text, drop every other tag and script."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.kept: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a harmless tag; be silent inside of scripts and styles."""
        link = dict(attrs).get("href") or ""
        if tag in ("script", "style"):
            self.silent += 1
        elif tag == "a" and link.startswith(("http://", "https://")):
            self.kept.append(f'<a href="{escape(link)}" rel="nofollow">')
        elif tag in ("a", "b", "br"):
            self.kept.append(f"<{tag}>")

    def handle_endtag(self, tag: str) -> None:
        """Close a tag that was kept."""
        if tag in ("script", "style"):
            self.silent = max(0, self.silent - 1)
        elif tag in ("a", "b"):
            self.kept.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        """Keep text, escaped."""
        if not self.silent:
            self.kept.append(escape(data))


EDIT_DESCRIPTION = '<p><a id="description-link" href="editDescription">Edit description</a></p>'
"""What a real build page shows to those who may set the description, and to nobody else."""


def format_description(text: str, markup: Literal["plain", "html"]) -> str:
    """Return a description as the page shows it: ``plain`` escapes all, newline is ``<br>``."""
    if markup == "plain":
        return escape(text).replace("\n", "<br>")
    cleaner = _Cleaner()
    cleaner.feed(text)
    cleaner.close()
    return "".join(cleaner.kept)


def annotate_console(text: str) -> str:
    """Return console output as HTML: escaped, its URLs made links."""
    parts, at = [], 0
    for found in URL.finditer(text):
        url = escape(found.group(0))
        parts += [escape(text[at : found.start()]), f'<a href="{url}">{url}</a>']
        at = found.end()
    return "".join([*parts, escape(text[at:])])


def console_of(build: SimBuild) -> str:
    """Return the console output: what was written, else what every build writes."""
    if build.console:
        return build.console
    causes = "".join(f"{cause.get('shortDescription', '')}\n" for cause in build.causes)
    end = "" if build.building else f"Finished: {build.result}\n"
    return f"{causes}Archiving artifacts\n{end}"


def folder_page(view: View, parent: str) -> Reply:
    """Return the page of a folder, or of Jenkins itself for the empty name."""
    rows = []
    for job in view.children(parent):
        link = escape(view.job_url(job.name))
        ball = f'<span class="ball {_ball(job)}"></span>' if is_buildable(job) else "📁 "
        rows.append(f'<li>{ball}<a href="{link}">{escape(view.display_name(job))}</a></li>')
    title = view.full_display_name(view.world.jobs[parent]) if parent else "Jenkins"
    body = f"<h1>{escape(title)}</h1><ul style='list-style:none'>{''.join(rows)}</ul>"
    return page(title, _trail(view, parent) + body)


def job_page(view: View, job: SimJob) -> Reply:
    """Return the page of a job with its newest builds."""
    rows = []
    for build in newest_first(job)[:BUILDS_SHOWN]:
        link = f'<a href="{build.number}/">#{build.number}</a>'
        said = format_description(build.description or "", view.world.markup)
        rows.append(
            f"<tr><td>{link}</td><td>{_state(build)}</td><td>{build.started:%Y-%m-%d %H:%M} UTC"
            f"</td><td>{said}</td></tr>"
        )
    title = view.full_display_name(job)
    table = f"<table><tr><th>Build</th><th>Result</th><th>Started</th></tr>{''.join(rows)}</table>"
    inner = "".join(
        f'<li><a href="{escape(view.job_url(each.name))}">{escape(each.name)}</a></li>'
        for each in view.children(job.name)
    )
    body = f"<h1>{escape(title)}</h1>{f'<ul>{inner}</ul>' if inner else ''}<h2>Builds</h2>{table}"
    return page(title, _trail(view, job.name) + body)


def build_page(view: View, job: SimJob, build: SimBuild) -> Reply:
    """Return the page of a build: description, artifacts, changes, end of the console."""
    title = f"{view.full_display_name(job)} {build.display_name or f'#{build.number}'}"
    lasted = "still running" if build.building else f"took {_lasted(build.duration)}"
    node = escape(build.node) or "the built-in node"
    said = format_description(build.description or "", view.world.markup)
    sections = [
        _trail(view, job.name),
        f"<h1>{escape(title)}</h1>",
        f'<p class="muted">{_state(build)} · started {build.started:%Y-%m-%d %H:%M:%S} UTC'
        f" · {lasted} · on {node}</p>",
        f'<div class="description">{said}</div>' if said else "",
        EDIT_DESCRIPTION if view.may("Run/Update") else "",
        *_lists(view, build),
        _console_end(build),
    ]
    return page(title, "".join(sections))


def console_page(view: View, job: SimJob, build: SimBuild) -> Reply:
    """Return the page with the whole console output, URLs as links."""
    title = f"{view.full_display_name(job)} #{build.number} Console"
    body = f"<h1>{escape(title)}</h1><pre>{annotate_console(console_of(build))}</pre>"
    return page(title, _trail(view, job.name) + '<p><a href="./">Back to the build</a></p>' + body)


def _console_end(build: SimBuild) -> str:
    lines = console_of(build).splitlines()[-LINES_SHOWN:]
    shown = annotate_console("\n".join(lines))
    return f'<h2><a href="console">Console output</a></h2><pre>{shown}</pre>'


def _lists(view: View, build: SimBuild) -> list[str]:
    artifacts = [
        f'<a href="artifact/{escape("/".join(map(quote_segment, path.split("/"))))}">'
        f"{escape(path)}</a>"
        for path in sorted(build.visible_artifacts())
    ]
    runs = [
        f'<a href="{escape(view.job_url(name))}{number}/">{escape(name)} #{number}</a>'
        for name, number in build.runs
        if name in view.world.jobs
    ]
    parameters = [f"{escape(k)} = {escape(str(v))}" for k, v in build.parameters.items()]
    causes = [escape(str(cause.get("shortDescription", ""))) for cause in build.causes]
    changes = [
        f"<code>{escape(each.commit[:10])}</code> {escape(each.message.partition(chr(10))[0])}"
        f' <span class="muted">{escape(each.author)}</span>'
        for each in build.changes
    ]
    named = {
        "Build artifacts": artifacts,
        "Configurations": runs,
        "Parameters": parameters,
        "Changes": changes,
        "Why it was started": causes,
    }
    return [_section(title, items) for title, items in named.items() if items]


def _section(title: str, items: list[str]) -> str:
    return f"<h2>{title}</h2><ul>{''.join(f'<li>{each}</li>' for each in items)}</ul>"


def _lasted(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds))) if seconds >= 60 else f"{seconds:.1f} s"


def _state(build: SimBuild) -> str:
    result = escape(build.result or "")
    ball = f'<span class="ball {COLORS.get(build.result or "", "notbuilt")}"></span>'
    return ball + (f"running {result}".strip() if build.building else result)


def _ball(job: SimJob) -> str:
    return color(job).removesuffix("_anime")


def _trail(view: View, name: str) -> str:
    """Return the links that lead back up to Jenkins."""
    links = [f'<a href="{escape(view.root)}">Jenkins</a>']
    parts = name.split("/") if name else []
    for count in range(1, len(parts) + 1):
        job = view.world.jobs["/".join(parts[:count])]
        shown = escape(view.display_name(job))
        links.append(f'<a href="{escape(view.job_url(job.name))}">{shown}</a>')
    return f"<nav>{' » '.join(links)}</nav>"
