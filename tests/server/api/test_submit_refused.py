"""Nothing is accepted that cannot be stored, nor from callers who may not write."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from tests import databases
from tests.server import signing
from tests.server.submit_samples import METRIC, Client, job


def _asking(server: Callable[..., Any], name: str, role: str, jobs: Sequence[str] = ()) -> Client:
    """Return a client with the token of an account."""
    running = server()
    member = signing.join(running.store, name, role, jobs=list(jobs))
    return Client(running, member.bearer)


def test_readers_write_nothing(server: Callable[..., Any]) -> None:
    client = _asking(server, "somebody", "reader")
    for path, body in (("metric", METRIC), ("job", job()), ("bulk", job())):
        answer = client.post(f"/api/{path}/", json=body, headers={"Authorization": ""})
        assert answer.status_code == 401
    for path, body in (("metric", METRIC), ("job", job()), ("bulk", job())):
        assert client.post(f"/api/{path}/", json=body).status_code == 403
    with client.store.reader() as reader:
        assert not reader.builds.jobs()


def test_token_of_some_jobs_writes_these_only(server: Callable[..., Any]) -> None:
    client = _asking(server, "robot", "submitter", ["mine/*"])
    url = "https://ci.lsst.codes/job/mine/job/a/1/"
    disguised = job(1, "mine/a", url="https://ci.lsst.codes/job/theirs/1/")

    assert client.post("/api/job/", json=job(1, "x", url=url)).status_code == 201
    for refused in (job(1, "theirs"), disguised):
        answer = client.post("/api/job/", json=refused)
        assert (answer.status_code, "theirs" in answer.json()["detail"]) == (403, True)
    assert client.post("/api/metric/", json=METRIC).status_code == 403
    bulk = client.post("/api/bulk/", data="\n".join(map(json.dumps, (disguised, METRIC))))
    assert [json.loads(line).get("status") for line in bulk.text.splitlines()] == [403, 403, None]
    with client.store.reader() as reader:
        assert [each.name for each in reader.builds.jobs()] == ["mine/a"]


def _verify_job(number: int, name: str, description: str) -> dict[str, Any]:
    """Return a job of lsst.verify that says what a metric and a package are."""
    url = f"https://{description}.example.org/afw"
    metric = {"name": "pkg.m", "description": description, "unit": "s", "reference": {"url": url}}
    env = {
        "ci_name": name, "ci_id": str(number), "date": "2016-04-24T19:26:12Z",
        "ci_url": f"https://ci.lsst.codes/job/{name.replace('/', '/job/')}/{number}/",
    }  # fmt: skip
    packages = {"afw": {"name": "afw", "git_url": url, "git_sha": "0" * 40, "eups_version": "1"}}
    return {
        "measurements": [{"metric": "pkg.m", "value": 1.0, "unit": "s"}],
        "metrics": [metric],
        "meta": {"env": env, "packages": packages},
    }


def test_token_of_some_jobs_changes_nothing_that_others_share(server: Callable[..., Any]) -> None:
    boss = _asking(server, "boss", "submitter")
    robot = _asking(server, "robot", "submitter", ["mine/*"])
    first = robot.post("/api/job/", json=_verify_job(1, "mine/a", "first"))
    assert first.status_code == 201, first.text  # what is new is nobody else's

    def shared() -> tuple[Any, ...]:
        with boss.store.reader() as reader:
            metric = reader.definitions.metrics()["pkg.m"]
            urls = reader.contents.package_urls(["afw"])
            return metric.description, dict(metric.reference)["url"], urls["afw"]

    before = shared()
    assert before[0] == "first"
    changed = _verify_job(2, "mine/a", "second")
    answer = robot.post("/api/job/", json=changed)
    assert answer.status_code == 201, answer.text
    assert answer.json()["left_as_they_are"] == ["pkg.m", "afw"]
    assert robot.values("local", "mine/a", 2) == {"pkg.m": 1.0}
    line = json.dumps(_verify_job(3, "mine/a", "third"))
    assert robot.post("/api/bulk/", data=line).status_code == 200
    assert shared() == before
    same = robot.post("/api/job/", json=_verify_job(4, "mine/a", "first")).json()
    assert "left_as_they_are" not in same
    assert boss.post("/api/job/", json=_verify_job(5, "mine/a", "fifth")).status_code == 201
    assert shared()[0] == "fifth"


@databases.sqlite_only
def test_without_the_database_nothing_is_said_to_be_stored(server: Callable[..., Any]) -> None:
    client = Client(server(database="sqlite:///locked.sqlite?timeout=0.1"))
    other = sa.create_engine(client.running.settings.database)
    with other.connect() as holding:
        holding.exec_driver_sql("BEGIN EXCLUSIVE")
        for path, body in (("metric", METRIC), ("job", job())):
            answer = client.post(f"/api/{path}/", json=body)
            assert answer.status_code == 503, answer.text
            assert answer.headers["content-type"] == "application/problem+json"
        bulk = client.post("/api/bulk/", data="\n".join(map(json.dumps, (job(), METRIC))))
        told = [json.loads(line) for line in bulk.text.splitlines()]
        assert [each.get("status") for each in told] == [503, 503, None]
        holding.rollback()
    other.dispose()

    assert client.post("/api/job/", json=job()).status_code == 201
    assert client.values("local", "ci_cfht", 1) == {"validate_drp.PA1": 5.0}
