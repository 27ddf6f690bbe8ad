"""Run the migrations on the connection that ``squash_jenkins.store.schema.migrate`` hands over.

It has opened the transaction, holds the lock and, on SQLite, switched foreign keys off.
"""

from typing import Any

from alembic import context
from alembic.ddl.mysql import MySQLImpl

from squash_jenkins.errors import StoreError
from squash_jenkins.store.schema import types
from squash_jenkins.store.schema.tables import metadata

PLAIN = {
    types.Words: "sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb')",
    types.UtcTime: (
        "sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), 'mysql', 'mariadb')"
    ),
    types.Json: "sa.JSON()",
    types.Bytes: "sa.LargeBinary().with_variant(mysql.LONGBLOB(), 'mysql', 'mariadb')",
    types.Number: "sa.Double()",
}
"""What a migration writes for our types, so that it stays true when they change."""

TABLE_OPTIONS = {
    f"{kind}_{name}": value
    for kind in ("mysql", "mariadb")
    for name, value in {"charset": "utf8mb4", "collate": "utf8mb4_bin"}.items()
}
"""With another collation 'AM1' and 'am1' are one name on MariaDB. They are set here and not
in the schema, because naming them there imports the dialect in every run."""


DONE = {1050, 1051, 1060, 1061, 1068, 1091, 1826}
"""MariaDB's codes for what is there already, or already gone: tables, columns, indexes, keys."""


class Resumed(MySQLImpl):
    """Pass over what an upgrade has done that was cut off, as MariaDB commits every such change.

    What a migration writes into tables is committed with its number, when it comes last in it.
    """

    __dialect__ = "mysql"

    def _exec(self, *arguments: Any, **options: Any) -> Any:
        try:
            return super()._exec(*arguments, **options)
        except StoreError as error:
            fault = error.__cause__
            if fault is None or not fault.args or fault.args[0] not in DONE:
                raise
        return None


class ResumedOnMariaDB(Resumed):
    """Do the same for URLs that begin with mariadb."""

    __dialect__ = "mariadb"


def render_item(kind: str, item: object, autogenerate: Any) -> str | bool:
    """Write one of our column types by its plain equivalent."""
    if kind == "type" and isinstance(item, types.Word):
        return f"sa.String(length={item.length})"
    if kind == "type" and type(item) in PLAIN:
        autogenerate.imports.add("from sqlalchemy.dialects import mysql")
        return PLAIN[type(item)]
    return False


def run() -> None:
    """Run what was asked for within the transaction that is open."""
    connection = context.config.attributes["connection"]
    for table in metadata.tables.values():
        table.kwargs.update(TABLE_OPTIONS)
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,  # SQLite cannot alter most of a table
        render_item=render_item,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
