"""Find a commit, a ticket or a package, and lead to what moved after it."""

from collections.abc import Iterator, Mapping
from typing import Any

from squash_jenkins.render.base import Item, Page, Site, Tab


class Code(Tab):
    """Search the code changes of all jobs; the page reads blocks of builds itself."""

    name = "code"
    title = "Code changes"
    order = 65
    about = "Which builds have a commit, a ticket or a package version, and what moved after it?"
    scripts = ("data.js", "code_query.js", "code_search.js", "code.js")
    styles = ("code.css",)

    def pages(self, site: Site) -> Iterator[Item]:
        """Yield the one page."""
        yield Page("code/index.html", "code.html", "Code changes", lambda: _inputs(site))


def _inputs(site: Site) -> Mapping[str, Any]:
    return {"jobs": [site.title_of(job) for job in site.jobs if site.builds(job)]}
