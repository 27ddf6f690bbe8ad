"""Store builds with tables to explore."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from squash_jenkins.models import Blob, Column

BANDS = ("faint", "bright", "odd")


def stars(seed: int, rows: int) -> dict[str, Column]:
    """Return a table: numbers that go together, words, and lists, which are not drawn."""
    chance = np.random.default_rng(seed)
    snr = chance.uniform(5, 40, rows)
    snr[0] = np.nan
    return {
        "snr": Column(snr.tolist(), "", "SNR"),
        "dist": Column((200 / snr).tolist(), "marcsec", "d"),
        "band": Column([BANDS[at % 2] if at % 10 else BANDS[2] for at in range(rows)]),
        "list": Column([[1.0, 2.0]] * rows),
    }


def add(store: Any, samples: Any, numbers: Sequence[int], rows: int = 1000) -> None:
    """Store builds of ``ci_hsc`` with a table of so many rows each."""
    for number in numbers:
        record = samples.record("ci_hsc", number)
        blob = Blob("1", "stars", stars(number, rows))
        reports = [replace(each, blobs=[blob]) for each in record.reports]
        store.save(replace(record, reports=reports), controller_url=samples.ROOT)
