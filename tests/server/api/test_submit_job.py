"""Post jobs in every form that programs send, and see them beside what Jenkins said."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from squash_jenkins.ingest.saving import save
from squash_jenkins.models import (
    Artifact,
    Build,
    BuildId,
    BuildRecord,
    Change,
    Measurement,
    Package,
    Rejected,
    Report,
)
from squash_jenkins.plugins import Plugins
from tests.made_documents import made_document
from tests.server.submit_samples import Client, job, serving

_STARTED = datetime(2026, 3, 1, 4, 0, 0, 123000, tzinfo=UTC)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, plugins: Plugins) -> Iterator[Client]:
    with serving(tmp_path_factory.mktemp("jobs"), plugins) as made:
        yield made


def posted(client: Client, body: Any, status: int, query: str = "") -> Any:
    answer = client.post(f"/api/job/{query}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_unknown_metric_is_named_and_nothing_is_stored(client: Client) -> None:
    measurements = [{"metric": "PA1", "value": 1}, {"metric": "PA9", "value": 2}]
    told = posted(client, job(1, "unknown", measurements=measurements), 400)
    assert told["field"] == "measurements.1.metric"
    assert "PA9" in told["detail"]
    with client.store.reader() as reader:
        assert reader.builds.find("local", "unknown", 1) is None


def test_job_as_json_text_in_a_form_is_stored(client: Client) -> None:
    form = job(3, "in_form")
    form["measurements"] = json.dumps(form["measurements"])
    answer = client.post("/api/job/", data=form)
    assert answer.status_code == 201, answer.text
    assert client.values("local", "in_form", 3) == {"validate_drp.PA1": 5.0}
    assert posted(client, job(3, "in_form", status="0"), 200)


def test_status_tells_the_result(client: Client) -> None:
    posted(client, job(1, "red", status=1), 201)
    posted(client, job(1, "green", status=0), 201)
    with client.store.reader() as reader:
        results = [reader.builds.find("local", name, 1) for name in ("red", "green")]
    assert [each.result for each in results if each] == ["FAILURE", "SUCCESS"]


def test_correction_takes_the_place_and_other_metrics_are_added(client: Client) -> None:
    posted(client, job(1, "corrected"), 201)
    better = job(1, "corrected", measurements=[{"metric": "PA1", "value": 6.5}])
    assert posted(client, better, 200)["result"] == "replaced"
    other = job(1, "corrected", measurements=[{"metric": "AM1", "value": 7.5}])
    assert posted(client, other, 201)["result"] == "added"
    wanted = {"validate_drp.PA1": 6.5, "validate_drp.AM1": 7.5}
    assert client.values("local", "corrected", 1) == wanted
    assert posted(client, other, 200)["result"] == "unchanged"
    with client.store.reader() as reader:
        (key,) = [each.key for each in reader.builds.jobs() if each.name == "corrected"]
        assert len(reader.builds.of_job(key)) == 1


def test_documents_of_2016_are_stored_with_their_packages(
    client: Client, document: Callable[[str], bytes]
) -> None:
    body = json.loads(document("rest_post_job.json"))
    told, number = posted(client, body, 201), int(body["ci_id"])
    name = "validate_drp/dataset=cfht,label=centos-7"
    assert (told["job"], told["build"], told["reports"][0]["dataset"]) == (name, number, "cfht")
    measured = {"validate_drp.PA1": body["measurements"][0]["value"]}
    assert client.values("local", name, number) == measured
    with client.store.reader() as reader:
        row = reader.builds.find("local", name, number)
        assert row is not None
        assert len(reader.contents.packages([row.key])[row.key]) == len(body["packages"])
    assert posted(client, body, 200)["result"] == "unchanged"


def test_verify_job_is_stored_when_the_request_names_its_build(
    client: Client, document: Callable[[str], bytes]
) -> None:
    content = document("lsst_verify_job_with_nan.json")
    number = len(content)  # of each document another build
    path = f"/api/job/?name=sqre/validate_drp&build={number}&runtime=2018-07-30T18:25:52Z"
    headers = {"Content-Type": "application/json"}

    unnamed = client.post("/api/job/", data=content, headers=headers)
    assert (unnamed.status_code, unnamed.json()["field"]) == (400, "meta.env.ci_id")
    answer = client.post(path, data=content, headers=headers)

    assert answer.status_code == 201, answer.text
    found = client.values("local", "sqre/validate_drp", number)
    assert len(found) > 10
    assert None in found.values(), "NaN is not measured"
    again = client.post(path, data=content, headers=headers)
    assert (again.status_code, again.json()["result"]) == (200, "unchanged")


def _of_jenkins(number: int, name: str = "nightly") -> BuildRecord:
    measurement = Measurement("validate_drp.AM1", 3.5, "marcsec")
    package = Package("afw", "12.1", "0" * 40)
    report = Report(
        "out/cfht.json", "plain", "d" * 64, 10, measurements=[measurement], packages=[package]
    )
    build = Build(
        BuildId("main", name, number), _STARTED, 60.0, "UNSTABLE", node="agent-1",
        display_name=f"#{number}", description="by hand", parameters={"BRANCH": "main"},
        changes=[Change("a" * 40, "somebody", "a change", _STARTED, ["file.py"])],
        artifacts=[Artifact("out/cfht.json")],
    )  # fmt: skip
    return BuildRecord(build, [report], [Rejected("bad.json", "cut off", "e" * 64, 7)])


def test_build_of_jenkins_is_added_to_and_not_overwritten(client: Client) -> None:
    record = _of_jenkins(5)
    save(client.running.settings, client.store, [record])
    with client.store.reader() as reader:
        before = reader.builds.find("main", "nightly", 5)
    body = job(5, "other name", url="https://ci.example.org/job/nightly/5/", status=1)

    told = posted(client, body, 201)

    assert (told["result"], told["controller"], told["job"]) == ("added", "main", "nightly")
    page = client.get("/jobs/nightly/5/index.html")
    assert page.status_code == 200
    assert "artifact/posted" not in page.text
    with client.store.reader() as reader:
        after = reader.builds.find("main", "nightly", 5)
        assert before is not None and after is not None
        assert after._replace(revision=before.revision) == before
        assert list(reader.contents.packages([after.key])[after.key]) == ["afw"]
        assert [each.message for each in reader.contents.changes([after.key])[after.key]] == [
            "a change"
        ]
        assert [each.path for each in reader.contents.rejected([after.key])] == ["bad.json"]
    wanted = {"validate_drp.AM1": 3.5, "validate_drp.PA1": 5.0}
    assert client.values("main", "nightly", 5) == wanted
    assert posted(client, body, 200)["result"] == "unchanged"


def test_jenkins_completes_a_build_that_was_posted_first(client: Client) -> None:
    body = job(6, "later", url="https://ci.example.org/job/later/6/")
    assert posted(client, body, 201)["controller"] == "main"

    save(client.running.settings, client.store, [_of_jenkins(6, "later")])

    with client.store.reader() as reader:
        (key,) = [each.key for each in reader.builds.jobs() if each.name == "later"]
        (build,) = reader.builds.of_job(key)
    assert (build.started, build.result, build.node) == (_STARTED, "UNSTABLE", "agent-1")
    wanted = {"validate_drp.AM1": 3.5, "validate_drp.PA1": 5.0}
    assert client.values("main", "later", 6) == wanted
    assert posted(client, body, 200)["result"] == "unchanged"


def test_packages_of_a_document_keep_those_that_are_known(client: Client) -> None:
    save(client.running.settings, client.store, [_of_jenkins(7, "packed")])
    document = {
        **json.loads(made_document("rest_post_job.json")),
        "ci_id": "7",
        "ci_url": "https://ci.example.org/job/packed/7/",
    }
    posted(client, document, 201)
    with client.store.reader() as reader:
        row = reader.builds.find("main", "packed", 7)
        assert row is not None
        names = set(reader.contents.packages([row.key])[row.key])
    assert names == {"afw"} | {each["name"] for each in document["packages"]}


def test_write_is_in_the_audit_log(client: Client) -> None:
    posted(client, job(1, "audited"), 201)
    (row,) = client.store.audit.newest(1)
    assert (row.action, row.target, row.detail["measurements"]) == ("job.post", "audited #1", 1)
    posted(client, job(1, "audited"), 200)
    assert client.store.audit.newest(1)[0].key == row.key, "nothing was written"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"build": "x"}, "build"),
        ({"build": 0}, "build"),
        ({"build": 2**31}, "build"),
        ({"build": None}, "build"),
        ({"name": "", "url": ""}, "name"),
        ({"runtime": None}, "runtime"),
        ({"runtime": "yesterday"}, "runtime"),
        ({"runtime": "0001-01-01T00:00:00+12:00"}, "runtime"),
        ({"status": "red"}, "status"),
        ({"measurements": None}, "measurements"),
        ({"measurements": [{"metric": "PA1", "value": "5"}]}, "measurements.0.value"),
        ({"measurements": [{"metric": "PA1"}]}, "measurements.0.value"),
        ({"measurements": [7]}, "measurements.0"),
    ],
)
def test_what_is_wrong_is_named(client: Client, change: dict[str, Any], field: str) -> None:
    told = posted(client, {**job(1, "wrong"), **change}, 400)
    assert told.get("field") == field, told
    with client.store.reader() as reader:
        assert reader.builds.find("local", "wrong", 1) is None


@pytest.mark.parametrize("url", ["http://[", "javascript:1", "https://x/job/a/" + "9" * 5000, "é"])
def test_urls_that_name_no_build_leave_it_to_the_name(client: Client, url: str) -> None:
    name = f"by name {len(url)}"
    assert posted(client, job(1, name, url=url), 201)["job"] == name
