"""Hold what the technote sends, and ways to see what is stored."""

from typing import Any

METRIC = {
    "metric": "PA1",
    "description": "Photometric Repeatability",
    "units": "millimag",
    "minimum": "8",
    "design": "5",
    "stretch": "3",
    "user": "10",
}
JOB: dict[str, Any] = {
    "name": "ci_cfht",
    "build": "1",
    "runtime": "2016-04-24T19:26:12.561564Z",
    "url": "https://ci.lsst.codes/job/ci_cfht/1/",
    "status": 0,
    "measurements": [{"metric": "PA1", "value": 5.0}],
}


def values(api: Any, controller: str, job: str, number: int) -> dict[str, float | None]:
    """Return what a build measured by metric."""
    with api.store.reader() as reader:
        row = reader.find_build(controller, job, number)
        assert row is not None, f"{job} #{number} is not stored"
        return {each.metric: each.value for each in reader.measurements([row.key])}
