"""Prepare the comparison of a build with its target for the page of the build."""

from collections.abc import Mapping, Sequence
from typing import Any

from squash_jenkins.models import Branch
from squash_jenkins.models.finding import BETTER, WORSE
from squash_jenkins.render.site.lines import BuildLine
from squash_jenkins.render.site.site import Site
from squash_jenkins.text.numbers import counted
from squash_jenkins.verification.comparison import CHANGED, Compared, Comparison
from squash_jenkins.verification.comparison_text import (
    builds_text,
    counts_text,
    noise_text,
    percent_text,
    usual_text,
    verdicts_text,
)
from squash_jenkins.verification.summary import value_text

_TONES = {WORSE: "worse", BETTER: "better", CHANGED: ""}


def comparison(site: Site, build: BuildLine) -> Mapping[str, Any] | None:
    """Return what the page of a build shows of its comparison; None where it has none.

    What stands out is shown, the rest is folded.
    """
    found = site.comparison(build)
    if found is None:
        return None
    target, text = site.compared.target(build.job), _text(found)
    news = [each for each in found.compared if each.verdict in _TONES]
    rest = [each for each in found.compared if each.verdict not in _TONES]
    title = f"{counted(len(rest), 'other measurement')} within the noise or without comparison"
    groups = [("", news), (title, rest)]
    return {
        "target": found.target.name,
        "page": target.page if target else None,
        "pull_request": _pull_request(site.compared.branch(build.job)),
        "text": f"{text[:1].upper()}{text[1:]}.",
        "worse": bool(found.of(WORSE)),
        "groups": [_group(title, some) for title, some in groups if some],
    }


def _text(found: Comparison) -> str:
    """Return the verdicts counted, or why there is no comparison; the target stands above."""
    return counts_text(found) if found.reason else f"{builds_text(found)}: {verdicts_text(found)}"


def _pull_request(branch: Branch | None) -> Mapping[str, str | None] | None:
    """Return the name and the address of a pull request; None for other branches."""
    if branch is None or branch.change is None:
        return None
    return {"name": f"Pull request {branch.change}", "url": branch.url}


def _group(title: str, compared: Sequence[Compared]) -> Mapping[str, Any]:
    return {"title": title, "rows": [_row(each) for each in compared]}


def _row(each: Compared) -> Mapping[str, str]:
    return {
        "metric": each.placed.verified.metric,
        "name": each.placed.name,
        "place": each.placed.place,
        "usual": usual_text(each),
        "value": value_text(each.placed),
        "percent": percent_text(each),
        "noise": noise_text(each).removesuffix(" the noise"),
        "tone": _TONES.get(each.verdict, "muted"),
        "verdict": f"{each.verdict}: {each.reason}" if each.reason else each.verdict,
    }
