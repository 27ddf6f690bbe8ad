"""Examples of request bodies for the OpenAPI document."""

from collections.abc import Mapping
from typing import Any

METRIC: Mapping[str, Any] = {
    "metric": "PA1",
    "description": "Photometric Repeatability",
    "units": "millimag",
    "minimum": "8",
    "design": "5",
    "stretch": "3",
    "user": "10",
}
METRICS: Mapping[str, Any] = {
    "form": {"summary": "Form fields", "value": METRIC},
    "numbers": {
        "summary": "Numbers, and an operator",
        "value": {"metric": "shop.orders", "unit": "1/s", "operator": ">=", "design": 20},
    },
}
JOBS: Mapping[str, Any] = {
    "first": {
        "summary": "The first prototype's job",
        "value": {
            "name": "ci_cfht",
            "build": "1",
            "runtime": "2016-04-24T19:26:12.561564Z",
            "url": "https://ci.example.org/job/ci_cfht/1/",
            "status": 0,
            "measurements": [{"metric": "PA1", "value": 5.0}],
        },
    },
    "rest": {
        "summary": "The job of 2016-17",
        "value": {
            "ci_id": "452",
            "ci_name": "validate_drp",
            "ci_dataset": "cfht",
            "ci_label": "centos-7",
            "ci_url": "https://ci.example.org/job/validate_drp/dataset=cfht,label=centos-7/452/",
            "date": "2017-03-01T08:00:00Z",
            "status": 0,
            "blobs": [],
            "measurements": [{"metric": "PA1", "value": 14.9, "metadata": {}}],
            "packages": [
                {
                    "name": "afw",
                    "git_url": "https://example.org/afw.git",
                    "git_commit": "0123456789abcdef0123456789abcdef01234567",
                    "build_version": "12.1",
                }
            ],
        },
    },
    "verify": {
        "summary": "A job of lsst.verify",
        "value": {
            "measurements": [{"metric": "validate_drp.PA1", "value": 14.9, "unit": "mmag"}],
            "blobs": [],
            "meta": {
                "filter_name": "r",
                "env": {
                    "ci_id": "904",
                    "ci_name": "validate_drp",
                    "ci_dataset": "decam",
                    "ci_url": "https://ci.example.org/job/validate_drp/904/",
                    "date": "2017-04-24T00:33:41Z",
                    "status": 0,
                },
            },
        },
    },
}
_PROBLEM = {"application/problem+json": {"schema": {"type": "object"}}}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {
        "description": "The request is invalid; `field` names the wrong field",
        "content": _PROBLEM,
    },
    401: {"description": "Sign in first", "content": _PROBLEM},
    403: {"description": "Not allowed", "content": _PROBLEM},
    413: {"description": "Too large", "content": _PROBLEM},
    415: {"description": "Unsupported content type", "content": _PROBLEM},
    503: {"description": "The database is not available; nothing was stored", "content": _PROBLEM},
}


def body_of(examples: Mapping[str, Any], *kinds: str) -> dict[str, Any]:
    """Return the OpenAPI description of a body that the route reads itself."""
    content = {
        kind: {"schema": {"type": "object"}, "examples": dict(examples)} if at == 0 else
        {"schema": {"type": "object", "additionalProperties": {"type": "string"}}}
        for at, kind in enumerate(kinds)
    }  # fmt: skip
    return {"requestBody": {"required": True, "content": content}}
