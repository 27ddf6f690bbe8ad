"""Who may read through the API, and who may say something of findings."""

from typing import Any

import pytest

from squash_jenkins.plugins import Plugins
from squash_jenkins.testing.stores import sample_store
from tests import databases
from tests.server import signing
from tests.server.submit_samples import serving


@pytest.mark.parametrize("reading", ["open", "closed"])
def test_roles(tmp_path: Any, plugins: Plugins, reading: str) -> None:
    with sample_store(database=databases.url_of(tmp_path)) as store:
        reader = signing.join(store, "reads", "reader")
        elsewhere = signing.join(store, "elsewhere", jobs=["other/*"])
        submitter = signing.join(store, "submits")
        with serving(tmp_path, plugins, server={"reading": reading}) as made:
            assert made.get("/api/").status_code == 200  # as the technote's session begins
            for path in ("builds/", "series/?job=folder/sample&metric=sample.tiny", "findings/"):
                wanted = 200 if reading == "open" else 401
                assert made.get(f"/api/{path}").status_code == wanted
                assert made.get(f"/api/{path}", headers=reader.bearer).status_code == 200
            asked = made.get("/api/status/?ask=true", headers=reader.bearer)
            assert (asked.status_code, asked.json()["field"]) == (403, "ask")
            url = "/api/findings/a1b2c3d4/triage/"
            for who, status in ((reader, 403), (elsewhere, 403), (submitter, 201)):
                answer = made.post(url, json={"state": "wontfix"}, headers=who.bearer)
                assert answer.status_code == status, answer.text
            assert answer.json()["triage"]["who"] == "submits"
            url = "/api/findings/a1b2c3d4/acceptance/"
            for who in (reader, elsewhere, submitter):  # only an admin accepts a level
                assert made.post(url, json={}, headers=who.bearer).status_code == 403
                assert made.delete(url, headers=who.bearer).status_code == 403
            url = "/api/descriptions/sample.tiny/"
            for who in (reader, elsewhere, submitter):  # only an admin describes a metric
                assert made.get(url, headers=who.bearer).status_code == 200
                assert made.put(url, json={}, headers=who.bearer).status_code == 403
            url = "/api/rules/sample.tiny/"
            for who in (reader, elsewhere, submitter):  # only an admin sets rules
                assert made.get(url, headers=who.bearer).status_code == 200
                assert made.put(url, json={}, headers=who.bearer).status_code == 403
                assert made.delete(url, headers=who.bearer).status_code == 403
