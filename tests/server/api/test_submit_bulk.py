"""Send many documents in one request."""

import gzip
import http.client
import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from squash_jenkins.plugins import Plugins
from squash_jenkins.server.api.write.bulk_lines import Lines
from tests.server.submit_samples import METRIC, Client, job, serving


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, plugins: Plugins) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("bulk")
    with serving(folder, plugins, server={"max_body_bytes": 20_000}) as made:
        yield made


def lines(documents: Sequence[Any]) -> bytes:
    return b"".join(
        each if isinstance(each, bytes) else json.dumps(each).encode() + b"\n" for each in documents
    )


def sent(client: Client, content: Any, **headers: str) -> list[dict[str, Any]]:
    kind = {"Content-Type": "application/jsonl", **headers}
    answer = client.post("/api/bulk/", data=content, headers=kind)
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def test_each_line_is_answered_and_a_bad_one_stops_no_other(client: Client) -> None:
    unknown = job(3, "mixed", measurements=[{"metric": "no.such", "value": 1}])
    told = sent(
        client,
        lines(
            [
                job(1, "mixed"),
                b"{ broken\n",
                unknown,
                b"\n",
                {"metric": "no.such", "design": 3},
                job(4, "mixed", measurements=[{"metric": "no.such", "value": 1}]),
                b'{"a": "' + b"x" * 30_000 + b'"}\n',
                {"metric": "no.such", "design": "?"},
                [1],
                {**METRIC, "metric": "last.one"},
            ]
        )
        + json.dumps(job(2, "mixed")).encode(),
    )
    got = [(each.get("line"), each.get("status"), each.get("field")) for each in told[:-1]]
    assert got == [
        (1, 201, None),
        (2, 400, None),
        (3, 400, "measurements.0.metric"),
        (5, 201, None),
        (6, 201, None),
        (7, 413, None),
        (8, 400, "design"),
        (9, 400, None),
        (10, 201, None),
        (11, 201, None),
    ]
    assert told[-1] == {"end": True, "lines": 10, "stored": 3, "created": 2, "refused": 5}
    assert client.values("local", "mixed", 4) == {"no.such": 1.0}


def test_same_again_changes_nothing(client: Client) -> None:
    content = lines([job(number, "twice") for number in range(1, 6)])
    assert sent(client, content)[-1] == {"end": True, "lines": 5, "stored": 5}
    assert sent(client, content)[-1] == {"end": True, "lines": 5, "unchanged": 5}


def test_documents_of_one_build_meet_within_a_request(client: Client) -> None:
    other = job(1, "meeting", measurements=[{"metric": "AM1", "value": 2}])
    other["runtime"] = "2016-05-05T00:00:00Z"
    corrected = job(1, "meeting", measurements=[{"metric": "PA1", "value": 9}])
    told = sent(client, lines([job(1, "meeting"), other, corrected, corrected]))
    results = [each["result"] for each in told[:-1]]
    assert results == ["stored", "added", "replaced", "unchanged"]
    wanted = {"validate_drp.PA1": 9.0, "validate_drp.AM1": 2.0}
    assert client.values("local", "meeting", 1) == wanted


def test_more_than_one_request_may_hold_is_taken_packed_or_not(client: Client) -> None:
    content = lines([job(number, "many") for number in range(1, 401)])
    assert len(content) > 3 * 20_000
    packed = {"Content-Encoding": "gzip"}
    assert sent(client, gzip.compress(content), **packed)[-1]["stored"] == 400
    pieces = (content[at : at + 777] for at in range(0, len(content), 777))
    assert sent(client, pieces)[-1] == {"end": True, "lines": 400, "unchanged": 400}


def test_lines_are_answered_while_more_may_come(client: Client) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", client.running.port, timeout=60)
    connection.putrequest("POST", "/api/bulk/")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    first = lines([job(1, "slowly")])
    connection.send(b"%x\r\n%s\r\n" % (len(first), first))
    answer = connection.getresponse()
    assert json.loads(answer.readline())["status"] == 201
    assert client.values("local", "slowly", 1)
    connection.send(b"0\r\n\r\n")
    assert json.loads(answer.readline())["end"]
    connection.close()


def test_what_came_before_the_connection_broke_is_stored(client: Client) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", client.running.port, timeout=60)
    connection.putrequest("POST", "/api/bulk/")
    connection.putheader("Content-Length", "100000")
    connection.endheaders()
    connection.send(lines([job(1, "broken")]) + b'{"name": "half')
    answer = connection.getresponse()
    assert json.loads(answer.readline())["status"] == 201
    connection.close()
    assert client.values("local", "broken", 1)
    again = sent(client, lines([job(1, "broken"), job(2, "broken")]))
    assert [each["result"] for each in again[:-1]] == ["unchanged", "stored"]


def test_lines_hold_no_more_than_one() -> None:
    found = Lines(10)
    numbers = []
    for _ in range(1000):
        numbers += [each.content for each in found.feed(b"xxxxx")]
    numbers += [each.content for each in found.feed(b"\nshort\n\n  \nrest")]
    numbers += [each.content for each in found.end()]
    assert numbers == [None, b"short", b"rest"]
    assert found.number == 5
