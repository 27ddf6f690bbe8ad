"""Post hostile names and texts: they are stored as text, and pages escape them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from squash_jenkins.plugins import Plugins
from squash_jenkins.render.links import Links, quoted
from tests.dashboards.safety import hostile_corpus as corpus
from tests.server.submit_samples import Client, serving


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, plugins: Plugins) -> Iterator[Client]:
    with serving(tmp_path_factory.mktemp("hostile"), plugins) as made:
        yield made


def _document(job: str, number: int) -> dict[str, Any]:
    """Return the hostile document as that of a build."""
    document = corpus.document(number)
    text = document["meta"]["env"]["ci_dataset"]
    document["meta"]["env"] = {
        "ci_name": job, "ci_id": str(number), "ci_dataset": text,
        "ci_url": corpus.URLS[number % len(corpus.URLS)],
        "date": f"2026-03-{number:02}T04:00:00Z", "status": 0,
    }  # fmt: skip
    return document


@pytest.mark.parametrize("job", corpus.JOBS)
def test_documents_are_stored_as_they_are(client: Client, job: str) -> None:
    answer = client.post("/api/job/", json=_document(job, 1))
    assert answer.status_code == 201, answer.text
    assert answer.json()["job"] == job
    found = client.values("local", job, 1)
    # Names that are alike but for a level are one metric at two levels.
    assert len(found) > 25
    assert set(corpus.TEXTS) & {name for name in found}
    again = client.post("/api/job/", json=_document(job, 1))
    assert (again.status_code, again.json()["result"]) == (200, "unchanged")


def test_definitions_are_stored_as_they_are(client: Client) -> None:
    bodies = [
        {"metric": f"api.{text}", "units": text, "description": text, "design": 1}
        for text in corpus.TEXTS
    ]
    answer = client.post("/api/metric/", json=bodies)
    assert answer.status_code == 201, answer.text
    with client.store.reader() as reader:
        metrics = reader.definitions.metrics()
    assert all(metrics[f"api.{text}"].description == text for text in corpus.TEXTS)


@pytest.mark.parametrize("text", corpus.UNSTORABLE)
def test_what_no_database_holds_is_refused(client: Client, text: str) -> None:
    for path in ("job", "metric", "bulk"):
        content = json.dumps({"metric": text}).encode()
        answer = client.post(f"/api/{path}/", data=content, headers={"Content-Type": "text/json"})
        told = json.loads(answer.text.splitlines()[0])
        assert told["status"] == 400
        assert "cannot be stored" in told["detail"]


def test_answers_and_pages_hold_no_markup(client: Client) -> None:
    job = corpus.JOBS[1]
    told = client.post("/api/job/", json=_document(job, 2))
    assert told.headers["content-type"] == "application/json"
    assert told.headers["x-content-type-options"] == "nosniff"
    links = Links("main")
    for place in (links.job("local", job), links.build("local", job, 2), "index.html"):
        path = f"/{quoted(place)}"
        page = client.get(path)
        assert page.status_code == 200, path
        assert "<script>window.__hit" not in page.text, path
        assert "<img src=x onerror" not in page.text, path
