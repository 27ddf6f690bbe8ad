"""A webhook request and a posted document with one URL mean a build of one controller."""

import pytest

from squash_jenkins.config import LOCAL, Settings
from squash_jenkins.formats.lsst.job_document import JobDocument
from squash_jenkins.server.api.write import posted_document
from squash_jenkins.server.http.problems import Problem
from squash_jenkins.server.webhook import webhook_request
from tests.server.submit_samples import JOB

CONTROLLERS = {
    "main": {"url": "https://host/"},
    "inner": {"url": "https://host/jenkins/"},
    "old": {"url": "http://host:8080/"},
}


@pytest.mark.parametrize(
    ("url", "controller"),
    [
        ("https://host:443/job/a/1/", "main"),
        ("HTTPS://Host/job/a/1/", "main"),
        ("https://host/jenkins/job/a/1/", "inner"),
        ("https://HOST:443/jenkins/job/a/1/", "inner"),
        ("http://host:8080/job/a/1/", "old"),
        ("https://elsewhere/job/a/1/", None),
    ],
)
def test_both_take_the_controller_with_the_longest_root(url: str, controller: str | None) -> None:
    settings = Settings(controllers=CONTROLLERS)
    sent = posted_document.parse_document({**JOB, "url": url}, settings, [JobDocument()], {})
    assert sent.id.controller == (controller or LOCAL)
    if controller is None:
        with pytest.raises(Problem):
            webhook_request.parse_request({"url": url}, settings)
    else:
        assert webhook_request.parse_request({"url": url}, settings).id.controller == controller
