"""URLs with a user and a password, as build servers hand them out: nothing of them is stored."""

import gzip
import json
from dataclasses import asdict, replace

import pytest
import sqlalchemy as sa

from squash_jenkins.ingest import spool
from squash_jenkins.models import Cause, Change, Metric, Package, Rejected
from squash_jenkins.store.engine import reading, writing
from squash_jenkins.store.schema import migrate
from squash_jenkins.store.schema.types import without_sign_in
from tests.store.test_migrations import bring

SECRET = "s3cr3t-tok€n"
DIRTY = f"https://oauth2:{SECRET}@git.example/afw.git"
CLEAN = "https://git.example/afw.git"
BEFORE = "d0c10e7cffbb"
"""The revision before the one that cleans what is stored."""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (DIRTY, CLEAN),
        (f"see {DIRTY}, {DIRTY}", f"see {CLEAN}, {CLEAN}"),
        ("https://token@h/x", "https://h/x"),
        ("https://me:p@ss@h/x", "https://h/x"),
        ("postgresql+psycopg://me:pw@h:5432/db", "postgresql+psycopg://h:5432/db"),
        ("ssh://git@h/x.git", "ssh://h/x.git"),
        ("git@h:x.git", "git@h:x.git"),
        ("https://h/a@b?c@d#e@f", "https://h/a@b?c@d#e@f"),
        ("https://h\nwrite to me@h", "https://h\nwrite to me@h"),
        ('["https://h","me@h"]', '["https://h","me@h"]'),
        ("a://b", "a://b"),
    ],
)
def test_user_and_password_of_urls_are_cut(text, expected):
    assert without_sign_in(text) == expected


def dirty(record):
    """Return a build that has the URL wherever a build server or a document may put it."""
    made = record(
        1,
        parameters={"REPO": DIRTY, "list": [{"url": DIRTY}]},
        causes=[Cause(f"pushed to {DIRTY}")],
        changes=[Change("c0ffee", f"Ann {DIRTY}", f"Merge of {DIRTY}")],
        description=f"of {DIRTY}",
        extra={"remote": DIRTY, DIRTY: 1},
    )
    (report,) = made.reports
    first, *others = report.measurements
    report = replace(
        report,
        terms={"dataset_repo_url": DIRTY},
        extra={"links": [DIRTY]},
        measurements=[replace(first, extra={"url": DIRTY}), *others],
        metrics=[*report.metrics, Metric("p.q", None, DIRTY, {"url": DIRTY})],
        packages=[Package("afw", "1", "abc", DIRTY, DIRTY)],
    )
    return replace(made, reports=[report], rejected=[Rejected("x.json", f"no {DIRTY}")])


def everything(store):
    """Return all that the database holds, as one text."""
    found = []
    with reading(store._engine) as connection:
        for name in sa.inspect(connection).get_table_names():
            table = sa.Table(name, sa.MetaData(), autoload_with=connection)
            found.append((name, connection.execute(sa.select(table)).fetchall()))
    return str(found)


def test_nothing_of_it_is_stored_and_the_rest_of_the_url_is(store, record, save):
    save(dirty(record))
    text = everything(store)
    assert "s3cr3t" not in text
    assert "oauth2" not in text
    assert text.count(CLEAN) > 12


def test_nothing_of_it_waits_in_the_spool(tmp_path, record):
    path = spool.spool(tmp_path / "spool", dirty(record))
    text = gzip.decompress(path.read_bytes()).decode()
    assert "s3cr3t" not in text
    assert text.count("git.example/afw.git") > 12
    [(_, found)] = spool.spooled(tmp_path / "spool")
    assert found.build.parameters["REPO"] == CLEAN
    clean = json.loads(json.dumps(asdict(found), default=str))
    assert clean["reports"][0]["packages"][0]["url"] == CLEAN


def test_what_was_stored_before_is_cleaned_and_its_pages_are_due(store, record, save):
    other = save(record(2)).build_key
    key = save(dirty(record)).build_key
    with store.reader() as reader:
        job = reader.builds.jobs()[0].key
    bring(store, BEFORE)
    soiled = {
        "package": {"url": DIRTY},
        "change_set": {"message": f"Merge of {DIRTY}"},
        "quarantine": {"reason": f"no {DIRTY}"},
        "build": {"description": DIRTY, "parameters": json.dumps({"REPO": DIRTY, "n": 1.5})},
        "report": {"terms": json.dumps({"dataset_repo_url": DIRTY})},
        "measurement": {"extra": json.dumps({"url": [DIRTY]}, ensure_ascii=False)},
        "metric": {"reference": json.dumps({"url": DIRTY})},
    }
    with writing(store._engine) as connection:
        for name, values in soiled.items():
            table = sa.Table(name, sa.MetaData(), autoload_with=connection)
            json_columns = {c for c in values if isinstance(table.c[c].type, sa.JSON)}
            row = {c: json.loads(v) if c in json_columns else v for c, v in values.items()}
            here = table.c.id == key if name == "build" else sa.true()
            connection.execute(sa.update(table).where(here).values(row))
    assert "s3cr3t" in everything(store)
    with store.reader() as reader:
        before = reader.revisions.newest(), reader.revisions.definitions()
        kept = {each.key: each.revision for each in reader.builds.of_job(job)}
    bring(store, "head")
    assert "s3cr3t" not in everything(store)
    with store.reader() as reader:
        row = reader.builds.get(key)
        assert row.parameters == {"REPO": CLEAN, "n": 1.5}
        assert reader.contents.packages([key])[key]["afw"].url == CLEAN
        assert row.revision > before[0]
        assert reader.builds.get(other).revision > kept[other]  # its package, its measurements
        assert reader.revisions.newest() == before[0] + 2
        assert reader.revisions.definitions() > before[1]
    with store.reader() as reader:
        assert not save(record(2)).changed
    assert migrate.head() != BEFORE


def test_a_database_without_such_urls_is_left_as_it_is(store, record, save):
    save(record(1))
    with store.reader() as reader:
        before = reader.revisions.newest(), reader.revisions.definitions()
    bring(store, BEFORE)
    bring(store, "head")
    with store.reader() as reader:
        assert (reader.revisions.newest(), reader.revisions.definitions()) == before
