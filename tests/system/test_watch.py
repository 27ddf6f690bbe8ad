import json
import re
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from squash_jenkins.simulate.state import BROKEN
from tests.dripping import Dripping

HOOKS = Path(__file__).resolve().parents[2] / "hooks"
BAD = "postgresql+psycopg://nobody@127.0.0.1:9/none"


class Watching:
    """Hold a watch that runs as a process, and the lines that it has told so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._more = threading.Condition()
        self._reading = threading.Thread(target=self._read)
        self._reading.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._more:
                self.lines.append(line.rstrip("\n"))
                self._more.notify_all()

    def until(self, text: str, times: int = 1) -> str:
        """Wait for a line with `text`; return everything told so far."""
        with self._more:
            found = self._more.wait_for(
                lambda: sum(text in line for line in self.lines) >= times, timeout=60
            )
            assert found, f"{text!r} was not told:\n" + "\n".join(self.lines)
            return "\n".join(self.lines)

    def end(self) -> None:
        self._reading.join()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def stop(self, how: int = signal.SIGTERM) -> str:
        self.process.send_signal(how)
        assert self.process.wait(60) == 0, "\n".join(self.lines)
        self.end()
        assert self.lines[-1].endswith(" stopped.")
        return "\n".join(self.lines)


@contextmanager
def watching(lab: Any, *arguments: str, **variables: str) -> Iterator[Watching]:
    process = subprocess.Popen(
        [*lab.program, "watch", "--every", "0.2", *arguments],
        cwd=lab.folder,
        env={**lab.environment, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    running = Watching(process)
    try:
        yield running
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        running.end()
    assert "Traceback" not in "\n".join(running.lines)


def numbers(lab: Any, job: str = "ci_cfht") -> list[int]:
    query = "select number from build join job on job.id = job_id where name = '{}' order by 1"
    return [number for (number,) in lab.rows(query.format(job))]


def add(lab: Any, number: int, job: str = "ci_cfht", **fields: Any) -> None:
    fields.setdefault("artifacts", {"qa.json": lab.qa(speed=number)})
    start = lab.world.jobs["ci_cfht"].builds[2].started
    fields.setdefault("started", start + timedelta(hours=number))
    lab.world.add_build(job, number=number, **fields)


def told(done: Any) -> str:
    return str(done.stdout + done.stderr)


def test_one_round_takes_in_what_is_done_and_the_next_one_asks_little(lab: Any) -> None:
    lab.world.start_build("ci_cfht", number=3, artifacts={"qa.json": lab.qa()})
    lab.world.add_job("folder/deep/ci_hsc")
    add(lab, 1, "folder/deep/ci_hsc")
    lines = lab.run("watch", "--once").stdout
    assert "ci_cfht #2 is stored: 1 report, 3 measurements." in lines
    assert (numbers(lab), numbers(lab, "folder/deep/ci_hsc")) == ([1, 2], [1])
    assert lab.description() is None, "an old build is linked only where it is asked for"
    assert (lab.folder / "site/jobs/ci_cfht/2/index.html").is_file()
    lab.world.requests.clear()
    assert lab.run("watch", "--once").stdout == ""
    asked = [path.partition("?")[0] for _, path in lab.world.requests]
    assert asked == [
        "/api/json",
        "/job/ci_cfht/api/json",
        "/job/folder/job/deep/job/ci_hsc/api/json",
    ]
    lab.world.finish_build("ci_cfht", 3)
    lab.run("watch", "--once")
    assert numbers(lab) == [1, 2, 3]
    assert "/jobs/ci_cfht/3/" in str(lab.description(number=3))


def test_builds_come_in_as_they_end_whatever_their_order_and_the_permalinks(lab: Any) -> None:
    lab.world.freeze_permalinks("ci_cfht", {"lastCompletedBuild": 1, "lastSuccessfulBuild": 1})
    with watching(lab) as watch:
        watch.until("ci_cfht #2 is stored")
        for number in (3, 4):
            lab.world.start_build(
                "ci_cfht", number=number, artifacts={"qa.json": lab.qa(speed=number)}
            )
        lab.world.finish_build("ci_cfht", 4)
        watch.until("ci_cfht #4 is stored")
        assert numbers(lab) == [1, 2, 4]
        lab.world.delete_build("ci_cfht", 4)
        lab.world.finish_build("ci_cfht", 3, finalize=False)
        watch.until("ci_cfht #3 is stored")
        add(lab, 5)
        watch.until("ci_cfht #5 is stored")
        lines = watch.stop()
    assert numbers(lab) == [1, 2, 3, 4, 5]
    assert lines.count("is stored") == 5
    assert not any("CompletedBuild" in path for _, path in lab.world.requests)


def test_a_provisional_build_becomes_final_also_beyond_the_newest_listed(lab: Any) -> None:
    lab.write_settings("watch_newest = 2")
    lab.world.start_build("ci_cfht", number=3, artifacts={"qa.json": lab.qa()})
    lab.run("post-build", JOB_NAME="ci_cfht", BUILD_NUMBER="3")
    for number in (4, 5):
        add(lab, number, started=lab.world.jobs["ci_cfht"].builds[3].started + timedelta(hours=1))
    lab.run("watch", "--once")
    provisional = "select number from build where provisional"
    assert lab.rows(provisional) == [(3,)]
    lab.world.finish_build("ci_cfht", 3)
    lab.run("watch", "--once")
    assert lab.rows(provisional) == []
    assert 3 in numbers(lab)


def test_a_build_that_ran_while_many_others_ended_is_not_forgotten(lab: Any) -> None:
    lab.write_settings("watch_newest = 2")
    lab.world.start_build("ci_cfht", number=3, artifacts={"qa.json": lab.qa()})
    with watching(lab) as watch:
        watch.until("ci_cfht #2 is stored")
        later = lab.world.jobs["ci_cfht"].builds[3].started + timedelta(hours=1)
        for number in (4, 5):
            add(lab, number, started=later + timedelta(hours=number))
        watch.until("ci_cfht #5 is stored")
        lab.world.finish_build("ci_cfht", 3)
        watch.until("ci_cfht #3 is stored")
        watch.stop()


def test_a_provisional_build_that_jenkins_lost_is_settled(lab: Any) -> None:
    lab.world.start_build("ci_cfht", number=3, artifacts={"qa.json": lab.qa()})
    lab.run("post-build", JOB_NAME="ci_cfht", BUILD_NUMBER="3")
    lab.world.restart(refused=0.1, starting=0.1, running="vanish")
    lab.run("watch", "--once")
    assert lab.rows("select count(*) from build where provisional") == [(0,)]
    assert numbers(lab) == [1, 2, 3]
    lab.run("watch", "--once")
    pages = lab.pages()
    lab.run("dashboards", "build")
    assert lab.pages() == pages


def test_a_re_created_job_is_followed_and_its_provisional_build_settled(lab: Any) -> None:
    lab.world.start_build("ci_cfht", number=3, artifacts={"qa.json": lab.qa()})
    lab.run("post-build", JOB_NAME="ci_cfht", BUILD_NUMBER="3")
    with watching(lab) as watch:
        watch.until("ci_cfht #2 is stored")
        lab.world.recreate_job("ci_cfht")
        for number in (1, 2):
            lab.world.add_build("ci_cfht", number=number, artifacts={"qa.json": lab.qa()})
        lab.world.start_build("ci_cfht", number=3)
        watch.until("ci_cfht #2 is stored", times=2)
        watch.stop()
    assert numbers(lab) == [1, 1, 2, 2, 3]
    assert lab.rows("select count(*) from build where provisional") == [(0,)]


def test_after_a_long_absence_nothing_is_skipped_and_older_ones_stay_where_they_are(
    lab: Any,
) -> None:
    lab.write_settings("watch_newest = 3")
    for number in range(3, 8):
        add(lab, number)
    lines = lab.run("watch", "--once").stdout
    assert "ci_cfht is new: its newest 3 builds are ingested" in lines
    assert "`squash-jenkins backfill ci_cfht`" in lines
    assert numbers(lab) == [5, 6, 7]
    for number in range(8, 20):
        add(lab, number)
    lab.post_build(number=19)
    assert "new here" not in lab.run("watch", "--once").stdout
    assert numbers(lab) == list(range(5, 20))


def test_a_build_that_cannot_be_read_stops_nobody_and_is_tried_again(lab: Any) -> None:
    fault = lab.world.order_fault(r"/job/ci_cfht/1/artifact/", kind="status", status=500, times=2)
    add(lab, 3)
    with watching(lab) as watch:
        watch.until("ci_cfht #3 is stored")
        lines = watch.until("ci_cfht #1 is stored")
        watch.stop()
    assert lines.count("ci_cfht #1 cannot be read") == 1
    assert fault.times == 0
    assert numbers(lab) == [1, 2, 3]


def test_a_build_that_is_deleted_after_it_was_listed_is_not_asked_for_again(lab: Any) -> None:
    lab.world.order_fault(
        r"/job/ci_cfht/1/api/", kind="call", call=lambda: lab.world.delete_build("ci_cfht", 1)
    )
    with watching(lab) as watch:
        watch.until("ci_cfht #1 cannot be read: ci_cfht #1 was deleted in Jenkins")
        lab.world.requests.clear()
        wait_for(lambda: len(lists(lab)) >= 4)
        watch.stop()
    assert not [path for _, path in lab.world.requests if "/1/" in path]
    assert sum("/job/ci_cfht/" in path for path in lists(lab)) == 1


def test_odd_and_broken_builds_in_a_list_stop_nobody(lab: Any) -> None:
    lab.world.add_job("ci_hsc")
    for number in range(1, 6):
        add(lab, number, "ci_hsc")
    builds = lab.world.jobs["ci_hsc"].builds
    builds[2].odd = {"timestamp": -1}
    builds[4].odd = {"changeSet": BROKEN}
    with watching(lab) as watch:
        watch.until("ci_hsc #5 is stored")
        watch.until("ci_cfht #2 is stored")
        add(lab, 6, "ci_hsc")
        watch.until("ci_hsc #6 is stored")
        lines = watch.stop()
    assert numbers(lab, "ci_hsc") == [1, 3, 5, 6]
    assert lines.count("of 'ci_hsc' is skipped: its number is 2, its start -1") == 1
    assert lines.count("ci_hsc #4 cannot be read: ") == 1


def test_a_build_that_the_database_refuses_stops_nobody(lab: Any) -> None:
    lab.run("watch", "--once")
    for number in (3, 4, 5):
        add(lab, number)
    with closing(sqlite3.connect(lab.folder / "squash.sqlite")) as connection:
        connection.execute(
            "create trigger refuse before insert on build when new.number = 4 "
            "begin select raise(abort, 'number 4 is refused'); end"
        )
    lines = lab.run("watch", "--once", check=2).stdout
    assert lines.count("ci_cfht #4 is not stored: ") == 1
    assert "number 4 is refused" in lines
    assert numbers(lab) == [1, 2, 3, 5]


def test_a_disk_that_cannot_be_written_is_told_and_waited_for(lab: Any) -> None:
    lab.world.jobs["ci_cfht"].builds[1].artifacts["bad.json"] = b"{broken"
    in_the_way = lab.folder / "quarantine"
    in_the_way.write_text("a file")
    with watching(lab) as watch:
        lines = watch.until("Builds cannot be stored")
        assert "File exists" in lines
        in_the_way.unlink()
        watch.until("Builds can be stored again")
        lines = watch.stop()
    assert "ci_cfht #1: bad.json is set aside: " in lines
    assert numbers(lab) == [1, 2]


def test_a_known_job_is_looked_through_once_in_a_run(lab: Any) -> None:
    lab.write_settings("watch_newest = 2")
    for number in (3, 4, 5):
        add(lab, number)
    lab.run("backfill", "ci_cfht", "--builds", "1,4,5")
    lab.world.requests.clear()
    with watching(lab) as watch:
        watch.until("ci_cfht #3 is stored")
        wait_for(lambda: len(lists(lab)) >= 4)
        watch.stop()
    assert numbers(lab) == [1, 2, 3, 4, 5]
    assert sum("/job/ci_cfht/" in path and "%7B" not in path for path in lists(lab)) == 1


def lists(lab: Any) -> list[str]:
    return [path for _, path in list(lab.world.requests) if "allBuilds" in path]


def test_one_round_with_a_failure_ends_with_2_and_one_without_a_success_with_1(lab: Any) -> None:
    lab.world.order_fault(r"/job/ci_cfht/1/artifact/", kind="status", status=500, times=50)
    lab.run("watch", "--once", check=2)
    assert numbers(lab) == [2]
    lab.jenkins.stop()
    lines = lab.run("watch", "--once", check=1).stdout
    assert "cannot be reached" in lines


def test_a_restart_of_jenkins_is_ridden_out(lab: Any) -> None:
    lab.world.start_build("ci_cfht", number=3, artifacts={"qa.json": lab.qa()})
    with watching(lab) as watch:
        watch.until("ci_cfht #2 is stored")
        lab.world.restart(refused=5, starting=1, running="fail")
        add(lab, 4)
        watch.until("ci_cfht #3 is stored: 0 reports")
        watch.until("ci_cfht #4 is stored")
        lines = watch.stop()
    assert lines.count("Jenkins lab answers again") == 1
    assert 1 <= lines.count("Jenkins at ") <= 3


def test_a_sign_in_page_and_a_wrong_token_are_told_once_until_they_change(lab: Any) -> None:
    fault = lab.world.order_fault(r".*", kind="html", times=3)
    with watching(lab) as watch:
        watch.until("ci_cfht #2 is stored")
        lines = watch.stop()
    assert fault.times == 0
    assert lines.count("was answered with") == 1
    assert lines.count("Jenkins lab answers again") == 1
    with watching(lab, SQUASH_CONTROLLERS__LAB__TOKEN="wrong") as watch:
        watch.until("401")
        before = len(lab.world.requests)
        wait_for(lambda: len(lab.world.requests) >= before + 2)
        assert watch.stop().count("401") == 1


def test_one_jenkins_that_is_down_keeps_no_other_from_being_followed(lab: Any) -> None:
    file = lab.folder / "squash.toml"
    text = file.read_text()
    file.write_text(text.replace("[controllers.lab]", DOWN + "[controllers.lab]"))
    with watching(lab) as watch:
        watch.until("ci_cfht #2 is stored")
        watch.until("127.0.0.1:9")
        add(lab, 3)
        watch.until("ci_cfht #3 is stored")
        lines = watch.stop()
    assert lines.count("127.0.0.1:9") == 1


def test_a_jenkins_that_drips_keeps_no_other_from_being_followed_and_no_watch_from_ending(
    lab: Any,
) -> None:
    dripping = Dripping(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{")
    try:
        file = lab.folder / "squash.toml"
        slow = f'[controllers.slow]\nurl = "{dripping.url}"\n'
        file.write_text(file.read_text().replace("[controllers.lab]", slow + "[controllers.lab]"))
        with watching(lab) as watch:
            watch.until("ci_cfht #2 is stored")
            wait_for(lambda: dripping.asked > 0)
            lines = watch.stop()
    finally:
        dripping.stop()
    assert "had not answered when this program was stopped" in lines


DOWN = '[controllers.down]\nurl = "http://127.0.0.1:9/"\n'


def test_a_locked_database_is_waited_for_and_nothing_is_lost(lab: Any) -> None:
    lab.write_settings('database = "sqlite:///squash.sqlite?timeout=0.2"')
    with watching(lab) as watch:
        watch.until("ci_cfht #2 is stored")
        with closing(sqlite3.connect(lab.folder / "squash.sqlite")) as other:
            other.execute("begin immediate")
            add(lab, 3)
            lines = watch.until("Builds cannot be stored")
            assert "it stayed locked" in lines
            add(lab, 4)
            other.rollback()
        watch.until("ci_cfht #4 is stored")
        lines = watch.until("Builds can be stored again")
        watch.stop()
    assert lines.count("Builds cannot be stored") == 1
    assert numbers(lab) == [1, 2, 3, 4]
    assert list((lab.folder / "spool").glob("*.gz")) == []


def test_a_database_that_is_away_is_waited_for(lab: Any) -> None:
    with watching(lab, SQUASH_DATABASE=BAD) as watch:
        watch.until("Builds cannot be stored")
        lines = watch.stop()
    assert lines.count("Builds cannot be stored") == 1


def test_what_waits_in_the_spool_is_stored_without_a_new_build(lab: Any) -> None:
    lab.post_build(SQUASH_DATABASE=BAD)
    lab.world.delete_build("ci_cfht", 1)
    lab.world.delete_build("ci_cfht", 2)
    assert "ci_cfht #1 is stored; it was in the spool." in lab.run("watch", "--once").stdout
    assert (lab.folder / "site/jobs/ci_cfht/1/index.html").is_file()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_mid_round_finishes_the_build_in_hand(lab: Any, how: int) -> None:
    for number in range(3, 20):
        add(lab, number)
    fetched = threading.Event()

    def slowly() -> bytes:
        fetched.set()
        time.sleep(0.5)
        return bytes(lab.qa())

    lab.world.jobs["ci_cfht"].builds[5].artifacts = {"qa.json": slowly}
    with watching(lab) as watch:
        assert fetched.wait(60)
        lines = watch.stop(how)
    assert "stopping; the current build is finished first." in lines
    stored = numbers(lab)
    assert 5 in stored
    assert len(stored) < 19
    assert all((lab.folder / f"site/jobs/ci_cfht/{n}/index.html").is_file() for n in stored)
    lab.run("watch", "--once")
    assert numbers(lab) == list(range(1, 20))


def test_only_jobs_that_the_settings_name_are_followed(lab: Any) -> None:
    lab.write_settings('watch_jobs = ["ci_*", "qa/*"]')
    for job in ("qa/ci_hsc", "other"):
        lab.world.add_job(job)
        add(lab, 1, job)
    lab.run("watch", "--once")
    assert lab.rows("select name from job order by 1") == [("ci_cfht",), ("qa/ci_hsc",)]


def test_without_a_jenkins_there_is_nothing_to_watch(lab: Any) -> None:
    (lab.folder / "squash.toml").unlink()
    del lab.environment["SQUASH_CONTROLLERS__LAB__TOKEN"]
    assert "No Jenkins server is configured" in told(lab.run("watch", "--once", check=2))


def test_the_service_gives_the_token_in_a_file(lab: Any) -> None:
    unit = (HOOKS / "systemd/squash-watch.service").read_text()
    [variable] = re.findall(r"^Environment=(SQUASH_\w+)=%d/jenkins-token$", unit, re.MULTILINE)
    token = lab.environment.pop("SQUASH_CONTROLLERS__LAB__TOKEN")
    (lab.folder / "jenkins-token").write_text(f"{token}\n")
    lab.world.anonymous = frozenset()
    given = {variable.replace("JENKINS", "LAB"): str(lab.folder / "jenkins-token")}
    settings = lab.folder.joinpath("squash.toml").rename(lab.folder / "other.toml")
    [call] = re.findall(r"^ExecStart=\S+/squash-jenkins (.*)$", unit, re.MULTILINE)
    arguments = call.replace("/var/lib/squash/squash.toml", str(settings)).split()
    lab.run(*arguments, "--once", **given)
    assert numbers(lab) == [1, 2]


def test_the_image_calls_what_there_is(lab: Any) -> None:
    text = (HOOKS / "container/Containerfile").read_text()
    [health, call] = [json.loads(found) for found in re.findall(r"\bCMD (\[.*\])", text)]
    assert re.search(r'^ENTRYPOINT \["squash-jenkins"\]$', text, re.MULTILINE)
    lab.run(*call, "--once")
    assert health.pop(0) == "squash-jenkins"
    lab.run(*health)
    (lab.folder / "squash.sqlite").write_bytes(b"no database" * 100)
    lab.run(*health, check=1)


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait for something that the simulated Jenkins has no event for."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
