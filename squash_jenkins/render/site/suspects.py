"""Keep what is suspected of a finding as plain values, and tell what it rests on."""

from collections.abc import Mapping
from typing import Any

from squash_jenkins.findings.suspects import Suspects

_MOST = 20
LOOKED_BACK, LOOKED_ON = 60, 20
"""So many builds before and after a finding may matter for its suspects."""
NEIGHBOURS = 12
"""So many findings before and after in time may matter, too."""


def plain_suspects(found: Suspects) -> Mapping[str, Any]:
    """Return `rows` of suspects in order, how many `more`, and the `reason` where there is none.

    `closed`: the builds around the finding told their packages, so that later ones are not asked.
    `last_good` is the key of the newest build before it in which it was measured, else None.
    """
    rows = [
        {
            "rank": rank,
            "name": each.name,
            "text": each.text,
            "url": each.url,
            "reasons": list(each.reasons),
        }
        for rank, each in enumerate(found.suspects[:_MOST], 1)
    ]
    nothing = "No package changed and no commit came in between."
    return {
        "rows": rows,
        "more": max(0, len(found.suspects) - _MOST),
        "reason": "" if rows else found.code.reason or nothing,
        "last_good": found.last_good,
        "closed": not found.code.reason,
    }
