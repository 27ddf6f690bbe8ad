"""Say what a build's description in Jenkins can hold: a link, or only its text."""

from collections.abc import Sequence

from squash_jenkins.jenkins.link import Markup

_SAFE_HTML = (
    "Safe HTML (the plugin OWASP Markup Formatter, chosen below Manage Jenkins, Security; older: "
    'Configure Global Security) and description = "html" make it a link. '
    "Links in consoles and side bars work in any case."
)


def advice(markup: Markup, linking: Sequence[Markup]) -> tuple[bool, str]:
    """Return whether `markup` fits a Jenkins, and what it comes to there.

    `linking` are the markups of which this Jenkins makes links (`linking_markups`).
    """
    if markup in linking:
        return True, f'a link can be clicked there (description = "{markup}")'
    if markup == "html":
        return False, "tags are shown as text there: Jenkins' formatter is plain text"
    if "html" in linking:
        return True, 'the link is text there; this Jenkins makes one of description = "html"'
    return True, f"the link is text there: Jenkins' formatter is plain text. {_SAFE_HTML}"
