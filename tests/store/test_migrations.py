import shutil
import sqlite3
from contextlib import closing
from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest

from squash_jenkins import models
from squash_jenkins.errors import NewerDatabase, OlderDatabase, StoreError
from squash_jenkins.models import finding
from squash_jenkins.store import Plan, open_store
from squash_jenkins.store.rows import DetectionRow
from squash_jenkins.store.schema import migrate
from squash_jenkins.store.schema import tables as schema

LATER = '''"""Rebuild the table of builds with one more column."""

import sqlalchemy as sa
from alembic import op

revision = "ffff00000002"
down_revision = "{head}"


def upgrade() -> None:
    with op.batch_alter_table("build", recreate="always") as batch:
        batch.add_column(sa.Column("weather", sa.Text()))
'''
BROKEN = LATER + '    raise RuntimeError("no further")\n'
OPEN = """
from squash_jenkins.store import open_store
open_store("sqlite:///{database}", "{database}.blobs").close()
"""


def add_migration(folder, text=LATER):
    target = folder / "db" / "migrations" / "versions" / "later.py"
    target.write_text(text.replace("{head}", migrate.head()), encoding="utf-8")


def open_with(run, database):
    child = run(OPEN.format(database=database))
    _, errors = child.communicate(timeout=100)
    return child.returncode, errors


def content(file):
    with closing(sqlite3.connect(file)) as connection:
        return list(connection.iterdump())


def test_the_migrations_make_the_tables_of_the_schema():
    assert migrate.differences() == []


def test_alembic_itself_finds_nothing_to_do():
    from alembic import command

    with migrate._scratch() as connection:
        command.check(migrate._config(connection))


def test_every_constraint_has_a_name_that_every_database_takes():
    assert schema.metadata.tables
    for table in schema.metadata.tables.values():
        for part in (*table.constraints, *table.indexes):
            assert part.name
            assert len(str(part.name)) <= 63


BUILDS = {"build", "first", "last", "ended"}
ELSEWHERE = {
    "build": {"id", "changes", "artifacts", "root", "branch"},
    "report": {"dataset", "measurements", "metrics", "specifications", "blobs", "packages"},
    "metric": {"document_name"},
    "specification": {"metric"},
    "measurement": {"metric", "blobs"},
    "build_package": {"name", "url"},
    "package": {"version", "revision", "branch"},
    "finding": {"series", *BUILDS},
    "finding_series": {"metric", "shown", *BUILDS},
}
"""Fields that are tables of their own, references by key, or not stored."""


@pytest.mark.parametrize(
    ("model", "table"),
    [
        (models.Build, "build"),
        (models.Branch, "branch"),
        (models.Change, "change_set"),
        (models.Metric, "metric"),
        (models.Specification, "specification"),
        (models.Measurement, "measurement"),
        (models.Blob, "blob"),
        (models.Package, "package"),
        (models.Package, "build_package"),
        (models.Report, "report"),
        (models.Rejected, "quarantine"),
        (finding.Finding, "finding"),
        (finding.SeriesChange, "finding_series"),
        (finding.Triage, "triage"),
    ],
)
def test_a_column_carries_the_name_of_its_field(model, table):
    names = {field.name for field in fields(model)} - ELSEWHERE.get(table, set())
    assert names <= set(schema.metadata.tables[table].c.keys())


def test_an_older_file_is_copied_and_upgraded_with_all_its_rows(
    program, copied, database, store, save, record
):
    save(record())
    store.close()
    before = content(database)
    add_migration(copied)
    assert open_with(program(copied), database) == (0, "")
    (backup,) = database.parent.glob("squash.sqlite.*.backup")
    assert migrate.head() in backup.name
    assert content(backup) == before
    assert backup.stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT weather FROM build").fetchall() == [(None,)]
        assert connection.execute("SELECT count(*) FROM measurement").fetchone() == (3,)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


FIRST = "05fa946024cd"


def bring(store, to):
    """Bring the database up or down to a revision, as it was left by a program of that time."""
    from alembic import command

    with migrate._without_foreign_keys(store._engine) as connection:
        turn = command.upgrade if to == "head" else command.downgrade
        turn(migrate._config(connection), to)


def test_a_database_of_the_first_revision_keeps_its_rows_and_has_no_findings(
    database, store, save, record
):
    key = save(record()).build_key
    store.load([], [models.Specification("validate_drp.PA1", "design", "design", "<=", 5.0)])
    with store.reader() as reader:
        before = (
            reader.builds.of_job(reader.builds.jobs()[0].key),
            reader.measurements.of_builds(),
            reader.counts(),
        )
    bring(store, FIRST)
    store.close()
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (FIRST,)
        assert connection.execute("SELECT name FROM counter").fetchall() == [("revision",)]
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        assert not tables & {"finding", "finding_series", "triage", "judgement", "notification"}
        columns = [row[1] for row in connection.execute("PRAGMA table_info(specification)")]
        assert "upper" not in columns
    with open_store(f"sqlite:///{database}", str(database.parent / "blobs")) as again:
        with again.reader() as reader:
            after = (
                reader.builds.of_job(reader.builds.jobs()[0].key),
                reader.measurements.of_builds(),
                reader.counts(),
            )
            assert after == before
            assert (reader.findings.find(), reader.findings.detections()) == ([], {})
            assert reader.revisions.definitions() == 0
            assert len(reader.definitions.specifications([1])[1]) == 4
        saved = again.save(record(), controller_url="http://jenkins.example/")
        assert (saved.build_key, saved.changed) == (key, False)
        assert not again.load(
            [], [models.Specification("validate_drp.PA1", "design", "design", "<=", 5.0)]
        )
    assert len(list(database.parent.glob(f"*.{FIRST}-*.backup"))) == 1


def test_older_triage_covers_what_its_finding_has_when_the_database_is_upgraded(
    store, save, record
):
    key = save(record()).build_key
    move = finding.SeriesChange("step", "worse", "validate_drp.AM1", key, key, key)
    one = finding.Finding("step", "worse", key, key, key, [move])
    with store.reader() as reader:
        job = reader.builds.jobs()[0].key
    detection = DetectionRow(job, 1, 1, "a" * 64)
    (row,) = store.write_findings(job, detection, None, Plan({}, {"a1": one}, ()))
    store.add_triage(row.key, finding.Triage("known", "qa", datetime(2026, 6, 1, tzinfo=UTC)))
    bring(store, "db53aa0ac4a8")
    bring(store, "head")
    more = replace(one, series=[move, replace(move, metric="validate_drp.PA1")])
    for kept, state in ((replace(one, kind="drift"), "known"), (more, "open")):
        store.write_findings(job, detection, detection, Plan({row.key: kept}, {}, ()))
        with store.reader() as reader:
            assert [each.state for each in reader.findings.find()] == [state]


def test_findings_are_dropped_by_a_downgrade_and_made_anew_after_it(store, save, record):
    save(record())
    bring(store, FIRST)
    bring(store, "head")
    assert migrate.differences() == []
    with store.reader() as reader:
        assert reader.counts()["counter"] == 2
        assert reader.counts()["measurement"] == 3


def test_two_programs_that_upgrade_at_once_do_it_once(
    program, copied, database, store, save, record
):
    save(record())
    store.close()
    add_migration(copied)
    run = program(copied)
    children = [run(OPEN.format(database=database)) for _ in range(3)]
    for child in children:
        _, errors = child.communicate(timeout=100)
        assert (child.returncode, errors) == (0, "")
    assert len(list(database.parent.glob("*.backup"))) == 1


def test_a_failed_upgrade_changes_nothing(program, copied, database, store, save, record):
    save(record())
    store.close()
    before = content(database)
    add_migration(copied, BROKEN)
    code, errors = open_with(program(copied), database)
    assert code == 1
    assert "no further" in errors
    assert content(database) == before


def test_a_newer_database_is_refused_untouched(program, copied, database):
    add_migration(copied)
    assert open_with(program(copied), database) == (0, "")
    before = content(database)
    with pytest.raises(NewerDatabase, match=r"ffff00000002.*upgrade this program"):
        open_store(f"sqlite:///{database}", "blobs")
    assert content(database) == before


def test_an_upgrade_that_is_not_allowed_is_asked_for(database):
    with pytest.raises(OlderDatabase, match=r"has no tables yet.*db upgrade"):
        open_store(f"sqlite:///{database}", "blobs", upgrade=False)


def test_the_database_of_another_program_is_left_alone(database):
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    with pytest.raises(StoreError, match=r"another program.*bookmarks"):
        open_store(f"sqlite:///{database}", "blobs")


def test_a_current_database_is_opened_without_alembic(program, database, store):
    child = program()(
        OPEN.format(database=database)
        + "import sys\nslow = {'alembic', 'pyarrow', 'fsspec', 'pandas', 'sqlalchemy.orm'}\n"
        + "assert not slow & set(sys.modules), slow & set(sys.modules)"
    )
    _, errors = child.communicate(timeout=60)
    assert (child.returncode, errors) == (0, "")


def test_a_column_is_added_by_the_recipe(program, copied, database, store, save, record):
    save(record())
    store.close()
    file = copied / "squash_jenkins" / "store" / "schema" / "tables.py"
    text = file.read_text(encoding="utf-8")
    file.write_text(
        text.replace('    words("node"),\n', '    words("node"),\n    words("site"),\n', 1)
    )
    child = program(copied)(
        "from squash_jenkins.store.schema import migrate\n"
        "assert len(migrate.differences()) == 1\n"
        "print(migrate.make_revision('Add build.site'))\n"
        "assert migrate.differences() == []\n" + OPEN.format(database=database)
    )
    output, errors = child.communicate(timeout=100)
    assert (child.returncode, errors) == (0, "")
    assert output.strip().endswith("_add_build_site.py")
    assert len(list((copied / "db/migrations/versions").glob("*_add_build_site.py"))) == 1
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT site, node FROM build").fetchall() == [(None, "worker-1")]


def test_a_revision_without_a_change_is_refused():
    with pytest.raises(StoreError, match="change them first"):
        migrate.make_revision("Nothing")


def test_migrations_that_fork_are_told(program, copied):
    versions = copied / "db" / "migrations" / "versions"
    (first,) = versions.glob(f"*{migrate.head()}*.py")
    shutil.copy(first, versions / "fork.py")
    text = first.read_text(encoding="utf-8")
    (versions / "fork.py").write_text(text.replace(migrate.head(), "eeee00000001"))
    child = program(copied)(
        "from squash_jenkins.store.schema import migrate\n"
        "from squash_jenkins.errors import StoreError\n"
        "try:\n    migrate.head()\nexcept StoreError as error:\n    print(error)\n"
    )
    output, errors = child.communicate(timeout=60)
    assert "do not end in one revision" in output, errors
