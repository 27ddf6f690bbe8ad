"""Run the technote's session against a real server, as it is written there."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.server.submit_samples import JOB, METRIC, values

_AUTH = ("somebody", "not-asked-for-without-accounts")


@pytest.fixture
def api(server: Callable[..., Any]) -> Any:
    return server()


def test_session_with_json(api: Any) -> None:
    root = requests.get(f"{api.url}/api/", timeout=30)
    assert root.status_code == 200
    endpoints = root.json()
    assert endpoints["metric"] == f"{api.url}/api/metric/"

    response = requests.post(endpoints["metric"], data=METRIC, auth=_AUTH, timeout=30)
    assert response.status_code == 201
    assert response.json()["metric"] == "validate_drp.PA1"

    response = requests.post(endpoints["job"], json=JOB, auth=_AUTH, timeout=30)
    assert response.status_code == 201, response.text
    assert response.json()["result"] == "stored"
    assert values(api, "local", "ci_cfht", 1) == {"validate_drp.PA1": 5.0}

    again = requests.post(endpoints["job"], json=JOB, auth=_AUTH, timeout=30)
    assert again.status_code == 200
    assert again.json()["result"] == "unchanged"

    (listed,) = requests.get(endpoints["job"], timeout=30).json()["results"]
    measured = [{"metric": "validate_drp.PA1", "value": 5.0}]
    assert listed == {**JOB, "measurements": measured}
    (metric,) = requests.get(f"{endpoints['metric']}?search=PA1", timeout=30).json()["results"]
    levels = {level: float(METRIC[level]) for level in ("minimum", "design", "stretch", "user")}
    assert metric == {**METRIC, "metric": "validate_drp.PA1", **levels}


def test_form_of_job_has_no_values_and_the_answer_says_what_to_do(api: Any) -> None:
    body = requests.Request("POST", "http://x/", data=JOB).prepare().body
    assert isinstance(body, str)
    assert body.endswith("measurements=metric&measurements=value"), "requests sends the values now"

    response = requests.post(f"{api.url}/api/job/", data=JOB, auth=_AUTH, timeout=30)

    assert response.status_code == 400
    told = response.json()
    assert told["field"] == "measurements"
    assert "json=job" in told["detail"]
    with api.store.reader() as reader:
        assert not reader.builds.jobs()
