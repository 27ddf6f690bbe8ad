"""What only MariaDB does: it hangs up on large statements, and commits each change of a table."""

import json
from hashlib import sha256

import pytest

from squash_jenkins.config import Settings
from squash_jenkins.keeping import keep, keep_for_later, take_up_spool
from squash_jenkins.plugins import find
from squash_jenkins.quarantine import entries
from squash_jenkins.retry import Fate, Retry
from squash_jenkins.store.engine import reading


@pytest.fixture
def large(store):
    """Return more text than a statement may have."""
    with reading(store.engine) as connection:
        return "x" * connection.exec_driver_sql("SELECT @@max_allowed_packet").scalar_one()


@pytest.fixture
def settings(tmp_path, store):
    url = store.engine.url.render_as_string(hide_password=False)
    return Settings(folder=tmp_path, database=url).resolved()


def stored(store):
    """Return by number of the build the paths of its reports and of what was set aside."""
    with store.reader() as reader:
        rows = reader.builds(reader.jobs()[0].key)
        return {
            row.number: (
                [each.path for each in reader.reports([row.key])],
                [each.path for each in reader.rejected([row.key])],
            )
            for row in rows
        }


def test_a_document_that_is_too_large_is_set_aside_and_the_others_are_stored(
    settings, store, record, large
):
    of_large = record(2, report={"path": "large.json", "extra": {"meta": large}})
    keep_for_later(settings, [record(4), of_large])
    taken = take_up_spool(settings, store)
    assert sorted(id.number for id in taken.saved) == [2, 4]
    assert len(taken.faults) == 1
    assert "large.json is set aside: the database hangs up" in taken.faults[0]
    assert list(settings.spool.iterdir()) == []
    keep(settings, store, [record(1), record(5, report={"extra": {"meta": large}}), record(3)])
    usual = (["cfht/Cfht_output_r.json.xz"], ["bad.json"])
    assert stored(store) == {
        1: usual,
        2: ([], ["bad.json", "large.json"]),
        3: usual,
        4: usual,
        5: ([], ["bad.json", "cfht/Cfht_output_r.json.xz"]),
    }


def test_a_build_of_which_too_much_is_said_is_stored_without_it(settings, store, record, large):
    (kept,) = keep(settings, store, [record(1, description=large)])
    assert kept.record.build.description is None
    assert stored(store) == {
        1: (
            ["cfht/Cfht_output_r.json.xz"],
            ["(what Jenkins says of the build)", "bad.json"],
        )
    }


def test_a_retry_of_what_is_too_large_says_so(settings, store, record, large):
    document = json.dumps({"measurements": [], "metrics": [], "meta": {"note": large}}).encode()
    digest = sha256(document).hexdigest()
    folder = settings.spool.parent / "quarantine"
    folder.mkdir(parents=True)
    (folder / digest).write_bytes(document)
    build = record(1)
    (aside,) = build.rejected
    aside = type(aside)("large.json", "it was cut off", digest, len(document))
    keep(settings, store, [type(build)(build.build, build.reports, [aside])])
    with store.reader() as reader:
        found = entries(reader)
    plugins = find(settings.dashboards)
    (tried,) = Retry(settings, plugins, lambda name: pytest.fail(name)).run(found).files
    assert (tried.fate, tried.aside.entry.path) == (Fate.STILL, "large.json")
    assert "the database hangs up" in tried.reason
