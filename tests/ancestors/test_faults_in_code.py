"""Check that bad habits in the code of SQuaSH are not in this code.

`test_faults_of_squash.py` lists all its faults and where each of them is tested.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from squash_jenkins.commands.init import command as init
from squash_jenkins.config import Settings
from squash_jenkins.plugins import find
from squash_jenkins.server import create_app

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(
    file for name in ("squash_jenkins", "dashboards", "db") for file in (ROOT / name).rglob("*.py")
)
EVALUATING = {"eval", "exec", "compile", "literal_eval", "__import__", "safe_eval", "execfile"}
LOADERS = {"pickle", "cPickle", "dill", "cloudpickle", "shelve", "jsonpickle", "marshal", "joblib"}


def _called(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield what the code calls: the object that it is asked of, '' for none, and the name."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name):
            yield "", node.func.id
        elif isinstance(node.func, ast.Attribute):
            yield ast.unparse(node.func.value), node.func.attr


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name.split(".")[0] for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield (node.module or "").split(".")[0]
            yield from (each.name for each in node.names)


def faults_of(tree: ast.AST) -> list[str]:
    """Return how code could run or unpickle text that was stored or came from outside."""
    found = []
    for owner, name in _called(tree):
        if name in EVALUATING and owner in ("", "ast", "builtins"):
            found.append(f"{owner}.{name}")
        if name in ("load", "loads") and owner in LOADERS:
            found.append(f"{owner}.{name}")
        if (owner, name) == ("yaml", "unsafe_load") or (owner, name) == ("yaml", "full_load"):
            found.append(f"{owner}.{name}")
        if name in ("read_pickle", "from_pickle") or (owner, name) == ("os", "system"):
            found.append(f"{owner}.{name}")
    # marshal writes bytes that are hashed, and nothing reads them.
    return found + sorted(set(_imported(tree)) & (LOADERS - {"marshal"} | EVALUATING))


@pytest.mark.parametrize(
    "code",
    [
        "eval(row.specs)",
        "import ast\nast.literal_eval(text)",
        "from ast import literal_eval",
        "import pickle\npickle.loads(data)",
        "exec(text)",
        "pandas.read_pickle(file)",
        "yaml.unsafe_load(text)",
        "marshal.loads(data)",
    ],
)
def test_the_search_finds_what_it_is_for(code: str) -> None:
    assert faults_of(ast.parse(code))


def test_no_text_is_ever_evaluated() -> None:
    # Fault: specifications were stored as Python's repr and read back with eval.
    assert len(MODULES) > 100
    trees = {file.relative_to(ROOT): ast.parse(file.read_text("utf-8")) for file in MODULES}
    assert {file: faults for file, tree in trees.items() if (faults := faults_of(tree))} == {}


def test_scripts_of_the_pages_evaluate_nothing_and_set_no_cookie() -> None:
    # Faults: eval of stored text; the choice of a page was handed over in a cookie.
    scripts = sorted((ROOT / "squash_jenkins/render").rglob("*.js"))
    scripts += sorted((ROOT / "squash_jenkins/render").rglob("*.html"))
    scripts += sorted((ROOT / "dashboards").rglob("*.html"))
    assert len(scripts) > 10
    bad = re.compile(r"\beval\s*\(|new Function\b|document\.cookie|set-cookie", re.IGNORECASE)
    assert [file.name for file in scripts if bad.search(file.read_text("utf-8"))] == []


def test_no_version_is_pinned() -> None:
    # Fault: one old version of tornado and of Bokeh was all that it worked with.
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    wanted = [*project["dependencies"], *(each for extra in extras for each in extra)]
    assert any(each.startswith("bokeh") for each in wanted)
    assert [each for each in wanted if re.search(r"==|<|~=|!=|@", each)] == []
    assert "<" not in project["requires-python"]


# A name of a variable, a member or what a call returns is none.
CREDENTIAL = re.compile(
    r"""(?:password|passwd|secret|api_?key|token)\w*["']?\s*[:=]\s*"""
    r"""["']?(?!SQUASH_|[a-z]+[.][a-z]+$)[^\s"'{$<#,()/]{6,}(?![^\s"']*\()"""
    r"""|://[^/\s:@"'{]+:[^/\s:@"'{]+@""",
    re.IGNORECASE,
)


def test_no_file_that_travels_holds_a_credential(tmp_path: Path) -> None:
    # Fault: scripts with a password in plain text were published.
    target = tmp_path / "squash.toml"
    assert CliRunner().invoke(init, [str(target), "--user", "qa"]).exit_code == 0
    files = [target, ROOT / "pyproject.toml", ROOT / "README.md"]
    for name in ("hooks", "db", "dashboards"):
        files += [file for file in (ROOT / name).rglob("*") if file.suffix not in (".pyc", "")]
    assert CREDENTIAL.search('password = "hunter22"')
    assert CREDENTIAL.search("https://ops:hunter22@ci.example.org/")
    found = [
        (file.name, line)
        for file in files
        if file.is_file()
        for line in file.read_text("utf-8").splitlines()
        if CREDENTIAL.search(line)
    ]
    assert found == []


def test_nobody_opens_an_account_by_asking(tmp_path: Path) -> None:
    # Fault: whoever asked got an account that might write.
    settings = Settings(folder=tmp_path).resolved()
    app = create_app(settings, find())
    with app.state.services.store:
        paths = app.openapi()["paths"]
        assert "/api/me/" in paths
        writing = [path for path, methods in paths.items() if set(methods) - {"get", "head"}]
        assert writing
        opening = re.compile("user|account|regist|sign-?up|token|password")
        assert [path for path in writing if opening.search(path)] == []
