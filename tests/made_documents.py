"""Make QA documents of the shapes of the real ones, which are not part of this repository."""

import json
from datetime import UTC, datetime
from typing import Any

from squash_jenkins.models import Package
from squash_jenkins.simulate.documents.documents import (
    Origin,
    Subject,
    manifest,
    repos,
    validate_drp_document,
    verify_job_document,
)

QUALITY = {"AM1": 7.8, "AM2": 7.7, "PA1": 16.5, "TE1": 2.9e-5, "TE2": 2.0e-7}
"""Values that the made documents measure: mas, mas, mmag, and two correlations."""
PACKAGES = [
    Package("afw", "26.0-3-gabc1234", "ab" * 20, "https://git.example.org/stack/afw.git"),
    Package("testdata_cfht", "14.0", "cd" * 20, "https://git.example.org/stack/testdata_cfht.git"),
]
_ORIGIN = Origin("CFHT", "https://example.org/data.git", datetime(2026, 5, 1, 3, tzinfo=UTC))
_SUBJECT = Subject(3, "ci_cfht", 7)


def made_document(name: str) -> bytes:
    """Return the made document that stands for the real file `name`."""
    makers: dict[str, Any] = {
        "validate_drp_2016_Cfht_output_r.json": lambda: validate_drp_document(_SUBJECT, QUALITY),
        "lsst_verify_Cfht_output_r.json": lambda: verify(packages=[]),
        "lsst_verify_job_with_nan.json": lambda: verify(),
        "lsstsw/build/manifest.txt": lambda: manifest(PACKAGES, 1990),
        "lsstsw/etc/repos.yaml": lambda: repos(PACKAGES),
        "rest_post_job.json": _rest_job,
        "rest_post_metric.json": lambda: _rest_metric("TE2", 5e-5, 3e-5, 1e-5),
        "rest_post_metric_list.json": lambda: [
            _rest_metric("TE2", 5e-5, 3e-5, 1e-5),
            _rest_metric("PF1", 10.0, 20.0, 5.0),
        ],
    }
    made = makers[name]()
    return made if isinstance(made, bytes) else json.dumps(made).encode()


def verify(number: int = 7, packages: list[Package] = PACKAGES) -> dict[str, Any]:
    """Return an lsst.verify job whose environment names no build; some values are NaN."""
    made = verify_job_document(Subject(3, "ci_cfht", number), QUALITY, _ORIGIN, packages)
    unknown = dict.fromkeys(("ci_id", "ci_name", "ci_dataset", "ci_label"), "unknown")
    made["meta"]["env"] |= {**unknown, "ci_url": "https://example.com"}
    return made


def _rest_job() -> dict[str, Any]:
    """Return a job as the API of 2016 wanted it, by facts of its body."""
    package = {"git_branch": "master", "build_version": "1.0"}
    return {
        "ci_id": "23",
        "ci_name": "demo",
        "ci_dataset": "cfht",
        "ci_label": "centos-7",
        "date": "2016-06-06T16:15:49.208522Z",
        "ci_url": "https://ci.lsst.codes/job/validate_drp/dataset=cfht,label=centos-7/23/",
        "status": 0,
        "blobs": None,
        "measurements": [{"metric": "PA1", "value": 14.9, "metadata": None}],
        "packages": [
            {"name": each.name, "git_url": each.url, "git_commit": each.revision, **package}
            for each in PACKAGES
        ],
    }


def _rest_metric(name: str, design: float, minimum: float, stretch: float) -> dict[str, Any]:
    """Return a metric as the API of 2016 answered: three fields hold the repr of an object."""
    levels = {"design": design, "minimum": minimum, "stretch": stretch}
    specs = [
        {"unit": "", "value": value, "name": level, "dependencies": {}, "filter_names": ["r", "i"]}
        for level, value in levels.items()
    ]
    return {
        "metric": name,
        "unit": "",
        "description": f"What {name} is",
        "operator": "<=",
        "parameters": "{}",
        "specs": repr(specs),
        "reference": repr({"url": "https://example.org/lpm-17", "page": 31, "doc": "LPM-17"}),
        "links": {"self": f"https://squash.example.org/metrics/{name}/"},
    }
