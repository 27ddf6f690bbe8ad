"""Write docs/commands.md and docs/settings.md from the code; ``make docs`` runs this."""

import ast
import inspect
import re
from collections.abc import Collection, Iterator
from itertools import pairwise
from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin

import click
from pydantic import BaseModel, SecretStr

from squash_jenkins.commands import EXIT_CODES, group
from squash_jenkins.config import (
    ControllerSettings,
    FindingsSettings,
    JobSettings,
    NotifySettings,
    PlotsSettings,
    ServerSettings,
    Settings,
)

DOCS = Path(__file__).resolve().parents[2] / "docs"
TABLES: dict[str, type[BaseModel]] = {
    "[controllers.NAME]": ControllerSettings,
    "[[jobs]]": JobSettings,
    "[findings]": FindingsSettings,
    "[notify]": NotifySettings,
    "[plots]": PlotsSettings,
    "[server]": ServerSettings,
}
COMMANDS = """\
# Commands

<!-- Written by .ci/docs/reference.py: change the texts in squash_jenkins/commands/. -->

`squash-jenkins COMMAND --help` prints the same.

"""
SETTINGS = """\
# Settings

<!-- Written by .ci/docs/reference.py: change the texts in squash_jenkins/config/. -->

Settings are read from `squash.toml`, then from environment variables, then from options; the later
wins. `squash-jenkins init` writes a file with every key and its meaning. `--settings` or
`SQUASH_SETTINGS` names another file. Relative paths start at the folder of the file.

- Environment variables begin with `SQUASH_`; two underscores lead one table deeper:
  `SQUASH_CONTROLLERS__JENKINS__USER`.
- A controller `my-jenkins` has the variables `SQUASH_CONTROLLERS__MY_JENKINS__…`: case does not
  matter, and `-`, `.` and `_` are equivalent.
- Lists and whole tables are given as JSON: `SQUASH_WATCH_JOBS='["sqre/*"]'`.
- An unknown key is an error that names the nearest known one.
- Secrets come from the environment or a file (`token_file`); they are never printed and never part
  of a URL.

"""


def commands() -> Iterator[tuple[str, click.Command]]:
    """Yield every command that does something, with its full name."""
    yield from _below("squash-jenkins", group)


def _below(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for each in command.list_commands(context):
            if child := command.get_command(context, each):
                yield from _below(f"{name} {each}", child)


def commands_page() -> str:
    """Return the page of all commands."""
    codes = EXIT_CODES.removeprefix("\b\n").removeprefix("Exit codes: ")
    parts = [COMMANDS, *(_command(*each) for each in commands())]
    return "".join(parts) + f"## Exit codes\n\n{codes}\n"


def _command(name: str, command: click.Command) -> str:
    context = click.Context(command, info_name=name)
    level = "##" if name.count(" ") < 2 else "###"
    usage = " ".join([name, *command.collect_usage_pieces(context)])
    text = f"{level} {name}\n\n{inspect.cleandoc(command.help or '')}\n\n    {usage}\n\n"
    own = [each for each in command.params if isinstance(each, click.Option)]
    options = [row for each in own if (row := each.get_help_record(context))]
    if not options:
        return text
    return text + _table(("option", "meaning"), [(f"`{o}`", meaning) for o, meaning in options])


def settings_page() -> str:
    """Return the page of all settings."""
    tables = {key.strip("[]").partition(".")[0] for key in TABLES}
    page = SETTINGS + _keys(Settings, "", tables)
    return page + "".join(f"## {name}\n\n{_keys(m, name)}" for name, m in TABLES.items())


def _keys(model: type[BaseModel], table: str, without: Collection[str] = ()) -> str:
    texts = descriptions(model)
    lines = [
        f"- `{key}`: {_flat(texts[key])} {_type(field.annotation).capitalize()}{_default(field)}"
        f"{variable(table, key)}.\n"
        for key, field in model.model_fields.items()
        if not field.exclude and key not in without
    ]
    return "".join(lines) + "\n"


def variable(table: str, key: str) -> str:
    """Return a key's environment variable; in a list of tables it has none of its own."""
    if table.startswith("[["):
        return ""
    inner = f"{table.strip('[]').replace('.', '__').upper()}__" if table else ""
    return f"; `SQUASH_{inner}{key.upper()}`"


def descriptions(model: type[BaseModel]) -> dict[str, str]:
    """Return the docstring of each field of a model."""
    [body] = [
        n.body for n in ast.parse(inspect.getsource(model)).body if isinstance(n, ast.ClassDef)
    ]
    return {
        field.target.id: " ".join(text.value.value.split())
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
    }


def _type(annotation: Any) -> str:
    if get_origin(annotation) is UnionType:
        return " or ".join(_type(each) for each in get_args(annotation) if each is not type(None))
    if get_origin(annotation) is Literal:
        return " or ".join(f"`{each}`" for each in get_args(annotation))
    if get_origin(annotation) is tuple:
        return "list"
    if get_origin(annotation) is dict:
        return "table"
    names = {bool: "true or false", int: "integer", float: "number", SecretStr: "secret text"}
    return names.get(annotation, "text")


def _default(field: Any) -> str:
    value = field.get_default(call_default_factory=True)
    if field.is_required():
        return ", required"
    if value is None or value in ("", (), {}):
        return ""
    if isinstance(value, bool):
        return f", by default `{str(value).lower()}`"
    values = value if isinstance(value, tuple) else [value]
    return f", by default {', '.join(f'`{each}`' for each in values)}"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    cells = [[_flat(each).replace("|", "\\|") for each in line] for line in lines]
    return "".join(f"| {' | '.join(line)} |\n" for line in cells) + "\n"


def _flat(text: str) -> str:
    """Return a text in one line, our double backticks as Markdown's single ones."""
    return re.sub(r"\s+", " ", text.replace("``", "`"))


if __name__ == "__main__":
    (DOCS / "commands.md").write_text(commands_page(), encoding="utf-8")
    (DOCS / "settings.md").write_text(settings_page(), encoding="utf-8")
