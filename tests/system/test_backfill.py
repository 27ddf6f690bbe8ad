import json
import os
import pty
import re
import signal
import subprocess
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from squash_jenkins.simulate.state import BROKEN, Fault

START = datetime(2026, 1, 1, tzinfo=UTC)


def history(lab: Any, job: str, numbers: range, **fields: Any) -> None:
    if job not in lab.world.jobs:
        lab.world.add_job(job)
    for number in numbers:
        files = fields.get("artifacts", {"out/qa.json": lab.qa(speed=float(number))})
        lab.world.add_build(
            job,
            number=number,
            started=START + timedelta(hours=number),
            **{**fields, "artifacts": files},
        )


def counts(done: Any) -> dict[str, int]:
    return json.loads(done.stdout)


def test_all_jobs_are_taken_in_and_a_second_run_asks_once_for_each(lab: Any) -> None:
    history(lab, "sqre/nightly/ci_hsc", range(1, 131))
    history(lab, "sqre/ci_decam", range(1, 4))
    first = counts(lab.run("backfill", "--all", "--json"))
    assert (first["stored"], first["already"], first["complete"]) == (135, 0, True)
    metadata = [path for _, path in lab.world.requests if "api/json" in path]
    assert len(metadata) <= 1 + 3 * 3, metadata  # names; then a list and pages of 100 for each job
    assert (lab.folder / "site/jobs/sqre/nightly/ci_hsc/130/index.html").is_file()
    rows, pages = lab.dump(), lab.pages()
    lab.world.requests.clear()
    done = lab.run("backfill", "ci_cfht", "sqre/nightly/ci_hsc", "sqre/ci_decam")
    assert "0 builds stored, 135 already stored" in done.stdout
    assert len(lab.world.requests) == 3
    assert (lab.dump(), lab.pages()) == (rows, pages)


def test_what_was_missed_in_the_middle_is_found_whatever_the_order(lab: Any) -> None:
    history(lab, "ci_hsc", range(1, 250))
    for number in (249, 120):  # a hook was here before
        lab.post_build("ci_hsc", number)
    lab.world.start_build("ci_hsc", number=250, started=START + timedelta(days=20))
    first = counts(lab.run("backfill", "ci_hsc", "--json"))
    assert (first["stored"], first["already"], first["running"]) == (247, 2, 1)
    assert lab.rows("select count(*) from build") == [(249,)]
    lab.world.finish_build("ci_hsc", 250)
    assert counts(lab.run("backfill", "ci_hsc", "--json"))["stored"] == 1


def test_builds_are_chosen_by_number_time_and_result(lab: Any) -> None:
    history(lab, "ci_hsc", range(1, 30))
    history(lab, "ci_hsc", range(30, 35), result="FAILURE", artifacts={})
    done = lab.run("backfill", "ci_hsc", "--builds", "5..7, 9", "--dry-run")
    assert "4 builds of 1 job would be read; 0 are stored already" in done.stdout
    assert not lab.rows("select * from build")
    lab.run("backfill", "ci_hsc", "--builds", "5..7,9")
    assert lab.rows("select number from build order by number") == [(5,), (6,), (7,), (9,)]
    lab.run("backfill", "ci_hsc", "--since", "2026-01-01T20:00:00", "--until", "2026-01-02")
    assert lab.rows("select count(*) from build") == [(8,)]
    planned = counts(lab.run("backfill", "ci_hsc", "--result", "failure", "--dry-run", "--json"))
    assert planned["would_read"] == 5
    failed = counts(lab.run("backfill", "ci_hsc", "--result", "failure", "--json"))
    assert (failed["stored"], failed["without_report"], failed["left_out"]) == (5, 5, 21)


def test_force_reads_again_and_changes_nothing(lab: Any) -> None:
    lab.run("backfill", "--all")
    rows = lab.dump()
    again = counts(lab.run("backfill", "--all", "--force", "--json"))
    assert (again["stored"], again["same"], again["already"]) == (0, 2, 0)
    assert lab.dump() == rows


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["nix", "ci_cfht"], 2, "There is no job 'nix'"),
        (["nix"], 1, "There is no job 'nix'"),
        (["empty", "ci_cfht"], 2, "'empty' is a folder without any job"),
        (["zz*"], 1, "No job matches 'zz*'"),
        (["ci_cfht", "--builds", "9..5"], 2, "--builds 9..5 is the wrong way round: write 5..9"),
        (["ci_cfht", "--builds", "9..5,1"], 2, "--builds 9..5 is the wrong way round: write 5..9"),
        (["ci_cfht", "--builds", "x"], 2, "--builds x is neither a number nor a range"),
        (["ci_cfht", "--since", "2999-01-01"], 1, "is in the future"),
        ([], 2, "Which jobs?"),
        (["--all", "ci_cfht"], 2, "Which jobs?"),
    ],
)
def test_each_mistake_gets_one_line_and_the_rest_goes_on(
    lab: Any, arguments: list[str], code: int, told: str
) -> None:
    lab.world.add_job("empty", "folder")
    done = lab.run("backfill", *arguments, check=code)
    assert len([line for line in done.stderr.splitlines() if told in line]) == 1, done.stderr
    assert len(done.stderr.splitlines()) == 1
    stored = (lab.folder / "squash.sqlite").exists() and lab.rows("select count(*) from build")
    expected = {("nix", "ci_cfht"): 2, ("empty", "ci_cfht"): 2, ("ci_cfht", "9..5,1"): 1}
    key = (arguments[0], arguments[-1]) if arguments else ("", "")
    assert (stored[0][0] if stored else 0) == expected.get(key, 0)


def test_a_folder_stands_for_all_that_is_in_it(lab: Any) -> None:
    history(lab, "sqre/deep/er/ci_hsc", range(1, 3))
    history(lab, "sqre/ci_decam", range(1, 3))
    assert counts(lab.run("backfill", "sqre", "--json"))["stored"] == 4
    assert counts(lab.run("backfill", "*/ci_decam", "ci_c*", "--json"))["already"] == 2


def test_a_matrix_build_is_stored_with_its_configurations(lab: Any) -> None:
    world = lab.world
    world.add_job("matrix", "matrix")
    for axis in ("cfht", "decam"):
        world.add_job(f"matrix/DATASET={axis}", "configuration")
    for number in range(1, 6):
        runs = []
        for axis in ("cfht", "decam"):
            name = f"matrix/DATASET={axis}"
            world.add_build(
                name,
                number=number,
                started=START + timedelta(hours=number, seconds=5),
                artifacts={"qa.json": lab.qa(speed=float(number))},
            )
            runs.append((name, number))
        world.add_build("matrix", number=number, started=START + timedelta(hours=number), runs=runs)
    world.requests.clear()
    done = counts(lab.run("backfill", "--all", "--json"))
    assert (done["wanted"], done["stored"]) == (7, 2 + 5 * 3)
    single = [path for _, path in world.requests if re.search(r"/\d+/api/json", path)]
    assert single == []
    found = lab.rows(
        "select dataset.name, count(*) from report "
        "join dataset on dataset.id = dataset_id group by dataset.name"
    )
    assert sorted(found) == [("cfht", 5), ("decam", 5)]


def test_builds_and_files_that_vanish_are_told_and_the_rest_goes_on(lab: Any) -> None:
    history(lab, "ci_hsc", range(1, 21))
    del lab.world.jobs["ci_hsc"].builds[7].artifacts["out/qa.json"]
    lab.world.jobs["ci_hsc"].builds[7].artifacts["out/other.json"] = lab.qa()
    lab.world.faults += [
        Fault("/7/artifact/out/other.json", status=404),
        Fault("/9/artifact", "call", call=lambda: lab.world.delete_build("ci_hsc", 9)),
    ]
    done = lab.run("backfill", "ci_hsc", "--json", check=2)
    assert counts(done)["gone"] == 1
    assert counts(done)["set_aside"] == 1
    assert "ci_hsc #9 was deleted in Jenkins" in done.stderr
    assert "ci_hsc #7: out/other.json is set aside" in done.stderr
    assert lab.rows("select count(*) from build") == [(19,)]


def test_builds_deleted_and_started_after_the_list_shift_the_pages(lab: Any) -> None:
    history(lab, "ci_hsc", range(1, 301))

    def change() -> None:
        for number in (290, 280, 150):
            lab.world.delete_build("ci_hsc", number)
        history(lab, "ci_hsc", range(301, 341))

    lab.world.faults.append(
        Fault(r"allBuilds.*%7B0%2C100%7D|allBuilds.*\{0,100\}", "call", call=change)
    )
    done = lab.run("backfill", "ci_hsc", "--json", check=2)
    assert lab.world.faults[0].times == 0
    assert (counts(done)["stored"], counts(done)["gone"]) == (297, 3)
    assert "ci_hsc #150 vanished after Jenkins listed it" in done.stderr
    assert counts(lab.run("backfill", "ci_hsc", "--json"))["stored"] == 40


def test_one_bad_build_ends_neither_its_job_nor_the_later_ones(lab: Any) -> None:
    history(lab, "ci_bad", range(1, 131))
    history(lab, "ci_hsc", range(1, 4))
    bad = lab.world.jobs["ci_bad"].builds
    bad[77].odd = {"changeSet": BROKEN}
    bad[50].odd = {"timestamp": 0}
    lab.world.requests.clear()
    done = lab.run("backfill", "ci_bad", "ci_hsc", "--json", check=2)
    assert (counts(done)["stored"], counts(done)["failed"]) == (131, 2)
    assert done.stderr.count("ci_bad #77 cannot be read: ") == 1
    assert done.stderr.count("is skipped: its number is 50, its start 0") == 1
    assert len([path for _, path in lab.world.requests if "allBuilds" in path]) < 30
    del bad[77].odd["changeSet"]
    again = counts(lab.run("backfill", "ci_bad", "--json", check=2))
    assert (again["wanted"], again["stored"], again["failed"]) == (1, 1, 1)


def test_a_job_that_vanishes_meanwhile_does_not_end_the_later_ones(lab: Any) -> None:
    history(lab, "ci_hsc", range(1, 4))
    lab.world.faults.append(
        Fault(r"ci_cfht.*changeSet", "call", call=lambda: lab.world.rename_job("ci_cfht", "moved"))
    )
    done = lab.run("backfill", "ci_cfht", "ci_hsc", "--json", check=2)
    assert (counts(done)["stored"], counts(done)["refused"]) == (3, 1)
    assert "no job 'ci_cfht'" in done.stderr


def test_a_job_made_anew_with_the_same_numbers_is_told_apart(lab: Any) -> None:
    lab.run("backfill", "ci_cfht")
    lab.world.recreate_job("ci_cfht")
    history(lab, "ci_cfht", range(1, 4))
    assert counts(lab.run("backfill", "ci_cfht", "--json"))["stored"] == 3
    assert lab.rows("select count(*) from build") == [(5,)]


def test_a_sign_in_page_is_one_line_and_nothing_is_stored(lab: Any) -> None:
    lab.world.faults.append(Fault(".*", "html", times=100))
    done = lab.run("backfill", "ci_cfht", check=1)
    assert "'Please sign in'" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_ctrl_c_stores_what_is_in_flight_and_the_same_call_goes_on(lab: Any) -> None:
    history(lab, "ci_hsc", range(1, 151))
    lab.world.latency = 0.03
    arguments = ["backfill", "ci_hsc", "--workers", "2", "--json"]
    process = subprocess.Popen(
        [*lab.program, *arguments],
        cwd=lab.folder,
        env=lab.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not [path for _, path in list(lab.world.requests) if "/artifact/" in path]:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 2, err
    stopped = json.loads(out)
    fetched = len([path for _, path in lab.world.requests if "/artifact/" in path])
    assert stopped["stopped"]
    assert 0 < stopped["stored"] == fetched < 150
    assert lab.rows("select count(*) from build") == [(stopped["stored"],)]
    lab.world.latency = 0.0
    again = counts(lab.run("backfill", "ci_hsc", "--json"))
    assert (again["stored"], again["already"]) == (150 - fetched, fetched)


@pytest.mark.parametrize("builds", [20, 260], ids=["threads", "processes"])
def test_ctrl_c_twice_ends_at_once_even_when_jenkins_hangs(lab: Any, builds: int) -> None:
    history(lab, "ci_hsc", range(1, builds + 1))
    lab.world.faults.append(Fault("/artifact/", "slow", times=1000, seconds=30.0))
    process = subprocess.Popen(
        [*lab.program, "backfill", "ci_hsc", "--workers", "2"],
        cwd=lab.folder,
        env=lab.environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not [path for _, path in list(lab.world.requests) if "/artifact/" in path]:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    assert "stopping" in process.stderr.readline()
    begin = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert time.monotonic() - begin < 10


def test_a_terminal_shows_progress_that_is_rewritten(lab: Any) -> None:
    history(lab, "ci_hsc", range(1, 100))
    lab.world.latency = 0.02
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [*lab.program, "backfill", "ci_hsc", "--workers", "2"],
        cwd=lab.folder,
        env=lab.environment,
        stdout=subprocess.PIPE,
        stderr=slave,
    )
    os.close(slave)
    shown = bytearray()
    try:
        while chunk := os.read(master, 4096):
            shown += chunk
    except OSError:  # Linux' way to say that the other end is closed
        pass
    finally:
        os.close(master)
    out, _ = process.communicate(timeout=60)
    text = shown.decode()
    assert process.returncode == 0, text
    assert re.search(r"\r\x1b\[K[█░]{20} \d+ of 99 builds, \d+/s, \d:\d\d left", text), text
    assert b"99 builds stored, 0 already stored in" in out


def test_links_are_written_on_request(lab: Any) -> None:
    lab.run("backfill", "ci_cfht")
    assert lab.description() is None
    lab.run("backfill", "ci_cfht", "--force", "--link")
    assert lab.description() is None  # nothing changed, so there is nothing new to link
    history(lab, "ci_hsc", range(1, 4))
    lab.run("backfill", "ci_hsc", "--link")
    for number in (1, 2, 3):
        text = lab.description("ci_hsc", number)
        assert f"https://qa.example.org/dash/jobs/ci_hsc/{number}/" in text


def test_many_builds_are_read_by_several_processes_and_give_the_same(
    lab: Any, tmp_path: Path
) -> None:
    history(lab, "ci_hsc", range(1, 261))
    lab.run("backfill", "ci_hsc", "--builds", "1..150")  # few: threads
    lab.run("backfill", "ci_hsc")
    few = lab.rows("select number, digest from build order by number")
    (lab.folder / "squash.sqlite").unlink()
    lab.run("backfill", "ci_hsc")  # many: processes
    assert lab.rows("select number, digest from build order by number") == few


def test_jenkins_restarting_in_between_is_waited_through(lab: Any) -> None:
    history(lab, "ci_hsc", range(1, 61))
    lab.world.latency = 0.01
    begun = threading.Event()
    lab.world.faults.append(Fault("/30/artifact", "call", call=begun.set))
    restart = threading.Thread(
        target=lambda: begun.wait(60) and lab.world.restart(refused=0.5, starting=0.5)
    )
    restart.start()
    done = counts(lab.run("backfill", "ci_hsc", "--workers", "3", "--json"))
    restart.join()
    assert (done["stored"], done["complete"]) == (60, True)


def test_an_archive_fills_the_gaps_of_what_jenkins_has_rotated_away(
    lab: Any, tmp_path: Path
) -> None:
    builds = tmp_path / "old" / "jobs" / "ci_cfht" / "builds"
    for number, started in ((1, START), (2, START + timedelta(days=2)), (11, START)):
        archive = builds / str(number) / "archive"
        archive.mkdir(parents=True)
        (archive / "qa.json").write_bytes(lab.qa(speed=float(number)))
        moment = int((started + timedelta(days=number)).timestamp() * 1000)
        (builds / str(number) / "build.xml").write_text(
            f"<?xml version='1.1' encoding='UTF-8'?><build><timestamp>{moment}</timestamp>"
            "<duration>61500</duration><result>SUCCESS</result></build>"
        )
    done = counts(lab.run("backfill", "--all", "--from-archive", str(tmp_path / "old"), "--json"))
    assert (done["stored"], done["complete"]) == (3, True)
    assert lab.rows("select number, duration from build order by number") == [
        (1, 61.5),
        (2, 61.5),
        (11, 61.5),
    ]
    assert counts(lab.run("backfill", "ci_cfht", "--json"))["stored"] == 2
    assert lab.world.requests
