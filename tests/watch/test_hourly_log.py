"""Messages that come again and again are logged once an hour."""

from squash_jenkins.watch.hourly_log import HourlyLog


def test_a_message_is_logged_once_an_hour() -> None:
    now, logged = [100.0], []
    log = HourlyLog(logged.append, lambda: now[0])
    log.log_all(["a", "b", "a"])
    now[0] += 1800
    log.log_all(["a", "c"])
    assert logged == ["a", "b", "c"]
    now[0] += 1801
    log.log_all(["a", "c"])
    assert logged == ["a", "b", "c", "a"]
