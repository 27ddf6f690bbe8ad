"""Ask everything that the OpenAPI document has with made-up values: nothing fails."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error

from squash_jenkins.plugins import Plugins
from squash_jenkins.testing.stores import sample_store
from tests import databases
from tests.server.submit_samples import Client, serving

_EXAMPLES = 8
"""Requests to each operation, beside those that the document shows."""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, plugins: Plugins) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("schema")
    filled = sample_store("hostile names", database=databases.url_of(folder))
    with filled, serving(folder, plugins, controllers={}) as made:
        yield made


@schemathesis.serializer("application/jsonl")
def json_lines(_context: Any, value: Any) -> bytes:
    """Write what is made up for a bulk request: a line for each entry of a list."""
    entries = value if isinstance(value, list) else [value]
    return b"".join(json.dumps(each).encode() + b"\n" for each in entries)


def test_nothing_fails_whatever_is_asked(client: Client) -> None:
    document = schemathesis.openapi.from_url(f"{client.running.url}/api/openapi.json", timeout=60)
    operations = [each.ok() for each in document.get_all_operations()]
    asked = {operation.label: ask(operation) for operation in operations}
    assert {"GET /api/builds/", "POST /api/job/", "GET /api/series/"} <= set(asked)
    assert min(asked.values()) > 0, asked


def ask(operation: Any) -> int:
    """Ask one operation again and again; return how often."""
    count = 0

    @settings(
        max_examples=_EXAMPLES,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def once(case: Any) -> None:
        nonlocal count
        count += 1
        case.call_and_validate(checks=[not_a_server_error], timeout=30)

    once()
    return count
