import fcntl
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from squash_jenkins.errors import ResourceError
from squash_jenkins.render.base import Context, DataFile, Page, Plot, Site, Tab
from squash_jenkins.render.encoding import as_script
from squash_jenkins.render.engine.ledger import open_ledger
from squash_jenkins.render.engine.output import open_output
from squash_jenkins.render.engine.static import Built, build_site

Save = Callable[..., Any]
BuildSite = Callable[..., Built]


METRICS = ["validate_drp.PA1", "validate_drp.AM1", "validate_drp.AM2", "validate_drp.AD1"]
METRICS += ["validate_drp.AF1", "validate_drp.TE1", "validate_drp.AM3", "validate_drp.PF1"]
METRICS += ["ip_diffim.completeness"]


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_a_second_run_writes_nothing(save: Save, build: BuildSite, output: Path) -> None:
    for number in range(1, 5):
        save("ci_hsc", number)
    first = build()
    assert first.pages_written > 10
    assert not first.faults
    before = files_of(output)
    assert build().written == []
    assert build(everything=True).written == []
    assert files_of(output) == before


def test_a_new_build_changes_few_files(save: Save, build: BuildSite) -> None:
    for number in range(1, 41):
        save("ci_hsc", number)
    save("ci_cfht", 1)
    build()
    save("ci_hsc", 41)
    written = set(build().written)
    badges = {path for path in written if path.endswith(".svg")}
    pictures = (f"badges/{kind}{name}.svg" for name in METRICS for kind in ("", "trends/"))
    assert badges <= {f"jobs/ci_hsc/{each}" for each in ("badge.svg", *pictures)}
    of_jobs = {path for path in written - badges if "/jobs/" in f"/{path}"}
    assert of_jobs >= {
        "jobs/ci_hsc/index.html",
        "jobs/ci_hsc/40/index.html",
        "jobs/ci_hsc/41/index.html",
        "data/jobs/ci_hsc/builds-0.js",
    }
    assert not any("ci_cfht" in path for path in of_jobs)
    assert len({path for path in of_jobs if re.match(r"jobs/ci_hsc/\d+/", path)}) == 2
    assert {"index.html", "builds/index.html", "data/jobs.js"} <= written
    assert not any(path.startswith(("metrics/", "data/metrics/")) for path in written)


def test_runs_one_by_one_give_what_one_full_run_gives(
    save: Save, build: BuildSite, output: Path, tmp_path: Path, store: Any, plugins: Any
) -> None:
    for number in (3, 1, 5, 2, 258, 4):
        save("ci_hsc", number, filters=("r", "i"))
        build()
    whole = tmp_path / "whole"
    build_site(
        store, whole, tabs=plugins.tabs, plots=plugins.plots, controllers=["main"],
        theme=plugins.theme,
    )  # fmt: skip
    one, other = files_of(output), files_of(whole)
    assert one.keys() == other.keys()
    assert [
        p for p in one if one[p] != other[p] and not p.startswith((".", "status", "assets/plots"))
    ] == []


def ledger_of(output: Path) -> Path:
    return output.with_name(f"{output.name}.status.sqlite")


def test_the_ledger_tells_revision_and_program(save: Save, build: BuildSite, output: Path) -> None:
    save("ci_hsc", 1)
    build()
    ledger = open_ledger(ledger_of(output))
    assert ledger.status.revision == 1
    assert ledger.status.program
    assert "jobs/ci_hsc/1/index.html" in ledger.paths()
    assert ledger.paths("jobs/ci_hsc/1") == ["jobs/ci_hsc/1/index.html"]
    ledger.close()


def test_a_run_that_was_cut_off_is_made_good(
    save: Save, build: BuildSite, output: Path, plugins: Any
) -> None:
    save("ci_hsc", 1)
    build()
    whole = files_of(output)

    class Cut(Tab):
        name = "cut"
        title = "Cut"
        order = 99

        def pages(self, site: Site) -> Iterator[Page | DataFile]:
            raise KeyboardInterrupt

    save("ci_hsc", 2)
    with pytest.raises(KeyboardInterrupt):
        build(tabs=[*plugins.tabs, Cut()])
    (output / "jobs/ci_hsc/1/index.html").write_text("half a pa")
    (output / "jobs/.squash-tmp-left").write_text("half")
    build()
    page = (output / "jobs/ci_hsc/1/index.html").read_text()
    assert page.rstrip().endswith("</html>")
    assert (output / "jobs/ci_hsc/2/index.html").is_file()
    assert not (output / "jobs/.squash-tmp-left").exists()
    assert whole.keys() < files_of(output).keys()


def test_a_ledger_that_cannot_be_read_counts_as_none(
    save: Save, build: BuildSite, output: Path
) -> None:
    save("ci_hsc", 1)
    build()
    whole = ledger_of(output).read_bytes()
    for broken in (b"", b"{}" * 999, whole[:5000], whole[:100] + b"\0" * (len(whole) - 100)):
        ledger_of(output).write_bytes(broken)
        assert build().pages_written > 5


def test_just_pages_lie_in_the_folder_that_is_published(
    save: Save, build: BuildSite, output: Path
) -> None:
    save("ci_hsc", 1)
    output.mkdir()
    for name in ("status.json", "status.sqlite", "status.sqlite-journal"):
        (output / name).write_text("of an earlier version")
    build()
    assert not {file.name for file in output.rglob("*")} & {"status.json", "status.sqlite"}
    assert not list(output.rglob("*sqlite*"))
    assert build().written == []


def test_a_folder_that_somebody_removed_is_made_again(
    save: Save, build: BuildSite, output: Path
) -> None:
    save("ci_hsc", 1)
    build()
    whole = files_of(output)
    shutil.rmtree(output)
    build()
    assert files_of(output) == whole


def test_a_page_that_somebody_removed_comes_back(
    save: Save, build: BuildSite, output: Path
) -> None:
    save("ci_hsc", 1)
    build()
    page = output / "jobs/ci_hsc/1/index.html"
    page.unlink()
    build(everything=True)
    assert page.is_file()


def test_two_runs_at_once_wait_for_each_other(save: Save, build: BuildSite, output: Path) -> None:
    save("ci_hsc", 1)
    output.mkdir()
    done = threading.Event()
    with (output / ".squash-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        thread = threading.Thread(target=lambda: (build(), done.set()))
        thread.start()
        assert not done.wait(0.4)
    assert done.wait(20)
    thread.join()


def test_the_later_of_two_runs_shows_what_the_earlier_stored(
    save: Save, build: BuildSite, output: Path
) -> None:
    save("ci_hsc", 1)
    threads = [threading.Thread(target=build) for _ in range(3)]
    for number, thread in enumerate(threads, 2):
        save("ci_hsc", number)
        thread.start()
    for thread in threads:
        thread.join()
    assert all((output / f"jobs/ci_hsc/{number}/index.html").is_file() for number in range(1, 5))
    assert build().written == []


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, store: Any) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ResourceError, match="cannot be written"):
        build_site(store, tmp_path / "file" / "site", tabs=[], plots=[])


def test_nothing_is_written_outside(tmp_path: Path) -> None:
    with open_output(tmp_path / "site") as folder:
        for path in ("../x.html", "a/../../x.html", "/tmp/x.html"):  # noqa: S108 - must be refused
            with pytest.raises(ResourceError, match="outside"):
                folder.write(path, b"", "key")


def test_hostile_names_are_escaped_and_stay_inside(
    save: Save, build: BuildSite, output: Path, tmp_path: Path
) -> None:
    evil = "<script>alert(1)</script>\"'&\u2028"
    for job in ("..", "/", evil, "x" * 10_000, "a\nb", "é/#/%2F", "ci_hsc/1", "ci_hsc"):
        save(job, 1, dataset=evil)
    built = build()
    assert not built.faults
    inside = {path.resolve() for path in output.rglob("*")}
    assert all(path.is_relative_to(output.resolve()) for path in inside)
    assert not (tmp_path / "1").exists()
    contents = files_of(output)
    assert sum(path.endswith(".html") for path in contents) > 8
    for path, content in contents.items():
        if path.endswith(".html") or path.startswith("data/"):
            assert b"<script>alert" not in content, path
            assert "\u2028".encode() not in content or path.endswith(".html")


def test_data_files_cannot_end_the_script() -> None:
    script = as_script("data/x.js", {"a": "</script><!--\u2028&"}).decode()
    assert not set("<>&\u2028") & set(script)
    assert script.startswith('squash.data("data/x",')


def test_pages_hold_no_script_and_no_style_of_their_own(
    save: Save, build: BuildSite, output: Path
) -> None:
    save("ci_hsc", 1)
    build()
    files = list(output.rglob("*.html"))
    assert len(files) > 8
    for file in files:
        text = file.read_text()
        assert "<script>" not in text
        assert " style=" not in text
        assert " onclick=" not in text
        assert "http://" not in text.replace("http://ls.st", "").replace("http://www.w3.org", "")


class Broken(Tab):
    name = "broken"
    title = "Broken"
    order = 50

    def pages(self, site: Site) -> Iterator[Page | DataFile]:
        yield Page("broken/fine.html", "sections.html", "Fine", {"sections": []})
        yield Page("broken/bad.html", "sections.html", "Bad", lambda: {"sections": [1 / 0]})
        raise ValueError("no such <luck>")


class BrokenPlot(Plot):
    name = "broken"
    tab = "history"

    def draw(self, context: Context) -> Any:
        raise ValueError("cannot draw")


def test_a_tab_that_raises_shows_it_in_its_own_place(
    save: Save, build: BuildSite, output: Path, plugins: Any
) -> None:
    save("ci_hsc", 1)
    built = build(tabs=[*plugins.tabs, Broken()], plots=[*plugins.plots, BrokenPlot()])
    assert len(built.faults) == 3
    assert (
        "An error occurred in the tab Broken (ValueError)"
        in (output / "broken/index.html").read_text()
    )
    assert "ZeroDivisionError" in (output / "broken/bad.html").read_text()
    assert "Fine" in (output / "broken/fine.html").read_text()
    assert "failed (ValueError)" in (output / "assets/plots/history.js").read_text()
    assert (output / "jobs/ci_hsc/1/index.html").is_file()


def test_files_that_no_page_needs_are_removed(
    save: Save, build: BuildSite, output: Path, plugins: Any
) -> None:
    save("ci_hsc", 1)
    build(tabs=[*plugins.tabs, Broken()])
    (output / "notes.txt").write_text("somebody's own")
    built = build()
    assert "broken/fine.html" in built.removed
    assert not (output / "broken").exists()
    assert (output / "notes.txt").is_file()


class Own(Tab):
    name = "own"
    title = "Own"
    templates: ClassVar = {
        "own.html": '{% extends "page.html" %}{% block content %}<p>{{ word }}</p>{% endblock %}'
    }

    def pages(self, site: Site) -> Iterator[Page | DataFile]:
        yield Page("own/index.html", "own.html", "Own", {"word": "<hello>"})


def test_a_tab_may_bring_its_template(build: BuildSite, output: Path, plugins: Any) -> None:
    build(tabs=[*plugins.tabs, Own()])
    page = (output / "own/index.html").read_text()
    assert "<p>&lt;hello&gt;</p>" in page
    assert '<a href="../own/index.html" aria-current="page">Own</a>' in page


def test_a_site_without_any_build_speaks_in_sentences(build: BuildSite, output: Path) -> None:
    built = build()
    assert not built.faults
    for page in ("index.html", "builds/index.html", "history/index.html"):
        assert re.search(r"No \w+ has been \w+ yet", (output / page).read_text()), page


def test_post_build_work_needs_neither_bokeh_nor_pandas(
    save: Save, build: BuildSite, output: Path, tmp_path: Path
) -> None:
    save("ci_hsc", 1)
    build()
    save("ci_hsc", 2)
    program = f"""
import sys
from pathlib import Path
from squash_jenkins.plugins import find
from squash_jenkins.render.engine.ledger import open_ledger
from squash_jenkins.render.engine.static import build_site
from squash_jenkins.store import open_store
found = find()
with open_store("sqlite:///{tmp_path}/squash.sqlite", "{tmp_path}/blobs") as store:
    built = build_site(store, Path({str(output)!r}), tabs=found.tabs, plots=found.plots,
                       controllers=["main"], theme=found.theme)
print(built.pages_written > 3, sorted({{"bokeh", "pandas", "pyarrow"}} & set(sys.modules)))
"""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=env
    )
    assert done.stdout.strip() == "True []"
