"""Compare what packs tell with the rows that they follow from."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from squash_jenkins.store import Reader, block_arrays, open_store
from squash_jenkins.store.block_arrays import BlockArrays, Origin, series_in_unit


def wrong_packs(folder: Path) -> Iterator[str]:
    """Yield in words which packs tell something else than the measurements."""
    address = f"sqlite:///{folder / 'squash.sqlite'}"
    with open_store(address, folder / "blobs") as store, store.reader() as reader:
        for job in reader.builds.jobs():
            packed = list(reader.blocks.read(job.key, list(reader.blocks.states(job.key))))
            told = {key: value for _, pack in packed for key, value in _told(pack)}
            if told != _stored(reader, job.key):
                yield f"packs of {job.name} do not tell what was measured"


def _told(pack: BlockArrays) -> Iterator[tuple[Any, Any]]:
    for row, name in enumerate(pack.series):
        for column, build in enumerate(pack.builds):
            value, origin = float(pack.values[row, column]), int(pack.origin[row, column])
            if origin >= 0 or not math.isnan(value):
                told = None if math.isnan(value) else value
                yield (build, name), (told, pack.origins[origin] if origin >= 0 else None)


def _stored(reader: Reader, job: int) -> dict[Any, Any]:
    """Return what the rows say; of several tries of a series the last measured one."""
    found: dict[Any, Any] = {}
    for row in reader.measurements.of_job(job, [each.key for each in reader.builds.outline(job)]):
        words = (row.dataset or "", row.filter or "", row.level, row.unit or "")
        key = (row.build, series_in_unit(row.metric, *words))
        if row.value is not None or key not in found:
            terms = block_arrays.json.dumps(row.terms, sort_keys=True)
            found[key] = (row.value, Origin(row.specification_set, terms))
    return found
