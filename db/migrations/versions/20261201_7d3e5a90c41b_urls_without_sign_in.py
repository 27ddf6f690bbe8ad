"""URLs without sign-in.

Revision 7d3e5a90c41b of 2026-12-01, after d0c10e7cffbb.
A migration is frozen history: it imports alembic and sqlalchemy only.

Cut user names, passwords and tokens from the URLs that are stored, and have the pages of their
builds made anew. It may be repeated: what is clean is left alone.
"""

import json
import re

import sqlalchemy as sa
from alembic import op

revision = '7d3e5a90c41b'
down_revision = 'd0c10e7cffbb'
branch_labels = None
depends_on = None

SIGN_IN = re.compile(r'(?<=://)[^\s/?#"<>]*@')
WORDS = {
    'controller': ('url',),
    'build': ('node', 'display_name', 'description'),
    'dataset': ('camera', 'description'),
    'metric': ('description',),
    'metric_definition': ('description',),
    'package': ('url',),
    'build_package': ('version', 'revision', 'branch'),
    'change_set': ('author', 'message'),
    'quarantine': ('reason',),
    'triage': ('note', 'ticket'),
    'audit': ('target',),
    'notice': ('outcome',),
}
JSON = {
    'build': ('parameters', 'causes', 'extra'),
    'report': ('terms', 'extra'),
    'metric': ('reference', 'tags'),
    'metric_definition': ('reference', 'tags'),
    'specification': ('query', 'tags'),
    'measurement': ('extra',),
    'blob': ('columns', 'parameters'),
    'change_set': ('paths',),
    'audit': ('detail',),
}
BUILDS = {
    'build': 'SELECT id FROM build WHERE id IN :keys',
    'report': 'SELECT build_id FROM report WHERE id IN :keys',
    'build_package': 'SELECT build_id FROM build_package WHERE id IN :keys',
    'package': 'SELECT build_id FROM build_package WHERE package_id IN :keys',
    'change_set': 'SELECT build_id FROM change_set WHERE id IN :keys',
    'quarantine': 'SELECT build_id FROM quarantine WHERE id IN :keys',
    'blob': 'SELECT build_id FROM report JOIN blob ON report_id = report.id WHERE blob.id IN :keys',
    'measurement': 'SELECT build_id FROM report JOIN measurement ON report_id = report.id WHERE measurement.id IN :keys',
}
COUNTER = sa.table('counter', sa.column('name'), sa.column('value'))
CHUNK = 500


def upgrade() -> None:
    builds: set[int] = set()
    cleaned = False
    for columns, is_json in ((WORDS, False), (JSON, True)):
        for table, names in columns.items():
            for name in names:
                keys = clean(table, name, is_json)
                cleaned = cleaned or bool(keys)
                builds |= builds_of(table, keys)
    if cleaned:
        renew(sorted(builds))


def downgrade() -> None:
    """Leave everything as it is: what was cut is not known any more."""


def clean(table: str, name: str, is_json: bool) -> list[int]:
    """Clean one column; return the keys of the rows that changed."""
    bind = op.get_bind()
    rows = sa.table(table, sa.column('id'), sa.column(name))
    text = sa.cast(rows.c[name], sa.Text)
    found = bind.execute(sa.select(rows.c.id).where(text.like('%://%@%'))).scalars().all()
    new: sa.ColumnElement = sa.bindparam('value', type_=sa.Text)
    if is_json and bind.dialect.name == 'postgresql':
        new = sa.cast(new, sa.JSON)
    change = sa.update(rows).where(rows.c.id == sa.bindparam('key')).values({name: new})
    changed = []
    for key in found:
        before = bind.execute(sa.select(text).where(rows.c.id == key)).scalar_one()
        value = json.loads(before) if is_json else before
        after = clean_json(value)
        if after != value:
            written = json.dumps(after) if is_json else after
            bind.execute(change, {'key': key, 'value': written})
            changed.append(key)
    return changed


def clean_json(value: object) -> object:
    if isinstance(value, str):
        return SIGN_IN.sub('', value)
    if isinstance(value, dict):
        return {SIGN_IN.sub('', key): clean_json(entry) for key, entry in value.items()}
    return [clean_json(entry) for entry in value] if isinstance(value, list) else value


def builds_of(table: str, keys: list[int]) -> set[int]:
    """Return the keys of the builds that these rows belong to."""
    if table not in BUILDS:
        return set()
    query = sa.text(BUILDS[table]).bindparams(sa.bindparam('keys', expanding=True))
    chunks = [keys[at:at + CHUNK] for at in range(0, len(keys), CHUNK)]
    return {key for chunk in chunks for key in op.get_bind().execute(query, {'keys': chunk}).scalars()}


def renew(builds: list[int]) -> None:
    """Give the builds new revisions, and the definitions: all pages are looked at again."""
    bind = op.get_bind()
    last = {name: value for name, value in bind.execute(sa.select(COUNTER.c.name, COUNTER.c.value))}
    build = sa.table('build', sa.column('id'), sa.column('revision'))
    change = sa.update(build).where(build.c.id == sa.bindparam('key'))
    change = change.values(revision=sa.bindparam('value'))
    rows = [{'key': key, 'value': last['revision'] + at} for at, key in enumerate(builds, 1)]
    if rows:
        bind.execute(change, rows)
    end = last['revision'] + max(len(rows), 1)
    for name in ('revision', 'definitions'):
        bind.execute(sa.update(COUNTER).where(COUNTER.c.name == name).values(value=end))
