"""Say whether a build's description in Jenkins shows a link or only text."""

from collections.abc import Sequence

from squash_jenkins.jenkins.link import Markup

_SAFE_HTML = (
    "Safe HTML (the plugin OWASP Markup Formatter, chosen below Manage Jenkins, Security; older: "
    'Configure Global Security) and description = "html" make it a link. '
    "Links in consoles and side bars work in any case."
)


def advice(markup: Markup, linking: Sequence[Markup]) -> tuple[bool, str]:
    """Return whether `markup` suits a Jenkins, and how it appears there.

    `linking` are the markups that this Jenkins turns into links (`linking_markups`).
    """
    if markup in linking:
        return True, f'links can be clicked there (description = "{markup}")'
    if markup == "html":
        return False, "tags are shown as text there: Jenkins' formatter is plain text"
    if "html" in linking:
        return True, 'the link is text there; description = "html" makes it a link'
    return True, f"the link is text there: Jenkins' formatter is plain text. {_SAFE_HTML}"
