"""Turn the suspects of a finding into plain values."""

from collections.abc import Mapping
from typing import Any

from squash_jenkins.findings.suspects import Suspects

_MOST = 20
LOOKED_BACK, LOOKED_ON = 60, 20
"""So many builds before and after a finding may affect its suspects."""
NEIGHBOURS = 12
"""So many findings before and after it in time may affect them, too."""


def plain_suspects(found: Suspects) -> Mapping[str, Any]:
    """Return `rows` of suspects in order, how many `more`, and the `reason` where there is none.

    `closed`: the builds around the finding reported their packages, so later ones do not matter.
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
