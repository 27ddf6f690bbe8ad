"""Write moments; ``assets/every_page/format.js`` does the same, in the reader's time zone.

``tests/data/date_texts.json`` has the cases that the tests of both run.
"""

from datetime import UTC, date, datetime

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def moment_text(moment: datetime) -> str:
    """Return date and time in UTC, without naming it.

    >>> moment_text(datetime(2026, 11, 14, 9, 12, tzinfo=UTC))
    '14 Nov 2026, 09:12'
    """
    own = moment.astimezone(UTC)
    return f"{day_text(own)}, {own:%H:%M}"


def utc_text(moment: datetime) -> str:
    """Return date and time in UTC, and say that it is.

    >>> utc_text(datetime(2026, 11, 14, 9, 12, tzinfo=UTC))
    '14 Nov 2026, 09:12 UTC'
    """
    return f"{moment_text(moment)} UTC"


def day_text(day: date) -> str:
    """Return a day with its year.

    >>> day_text(date(2026, 11, 4))
    '4 Nov 2026'
    """
    own = day.astimezone(UTC) if isinstance(day, datetime) else day
    return f"{short_day_text(own)} {own.year}"


def short_day_text(day: date) -> str:
    """Return a day where the year is clear, such as beside a build number.

    >>> short_day_text(date(2026, 11, 14))
    '14 Nov'
    """
    own = day.astimezone(UTC) if isinstance(day, datetime) else day
    return f"{own.day} {_MONTHS[own.month - 1]}"
