"""Describe how a finding grew since somebody triaged it."""

from squash_jenkins.models.finding import Growth
from squash_jenkins.text.numbers import change_text
from squash_jenkins.text.sentences import levels_text, size_of


def growth_text(growth: Growth, state: str) -> str:
    """Return how a finding grew beyond its triage, whose state is a word of `finding.TRIAGE`.

    Such as ``grew since acknowledged: +14 series, now 24%``.
    """
    since = {"known": "marked as expected", "wontfix": "marked as won't fix"}.get(state, state)
    since = f"marked as {state}" if state == "fixed" else since
    size = size_of(growth.now) or levels_text(growth.now)
    parts = [f"+{growth.joined} series"] if growth.joined else []
    parts += [f"now {size}"] if size else []
    if growth.before is not None:
        before = change_text(growth.before.after, growth.before.before).lstrip("+\u2212")
        parts += [f"was {before}"] if before else []
    return f"grew since {since}: {', '.join(parts)}" if parts else f"grew since {since}"
