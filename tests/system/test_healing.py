"""What was lost beside the database is told, and comes back."""

import json
from typing import Any

VERIFY = {
    "measurements": [
        {"metric": "pkg.m", "value": 1.0, "unit": "s", "identifier": "2", "blob_refs": ["1"]}
    ],
    "blobs": [
        {
            "identifier": "1",
            "name": "times",
            "data": {"t": {"value": [1.0, 2.0, 3.0], "unit": "s", "label": "t", "description": ""}},
        }
    ],
    "meta": {},
}


def test_tables_that_are_missing_are_told_and_read_again(lab: Any) -> None:
    lab.world.jobs["ci_cfht"].builds[2].artifacts = {"verify.json": json.dumps(VERIFY).encode()}
    lab.run("backfill", "ci_cfht")
    for command in ("check", "status"):
        assert "missing from the blob store" not in lab.run(command).stdout
    assert lab.facts("status")["tables"] == {"stored": 1, "missing": 0, "builds": []}
    (table,) = (lab.folder / "blobs").rglob("*.parquet")
    content = table.read_bytes()
    table.unlink()
    sentence = "1 of 1 table is missing from the blob store, such as those of ci_cfht #2"
    assert f"FAIL tables: {sentence}" in lab.run("check", check=1).stdout
    told = lab.run("status").stdout
    assert sentence in told
    assert "backfill --force" in told
    lab.run("backfill", "ci_cfht", "--force")
    assert table.read_bytes() == content
    assert "missing from the blob store" not in lab.run("status").stdout


def test_pages_that_somebody_deleted_come_back(lab: Any) -> None:
    lab.run("backfill", "ci_cfht")
    site = lab.folder / "site"
    pages = [site / "jobs/ci_cfht/2/index.html", site / "data/jobs.js", site / "assets/squash.js"]
    for command in (["dashboards", "build"], ["backfill", "ci_cfht", "--force"]):
        before = [page.read_bytes() for page in pages]
        for page in pages:
            page.unlink()
        lab.run(*command)
        assert [page.read_bytes() for page in pages] == before, command
    assert "Wrote 0 of " in lab.run("dashboards", "build").stdout
