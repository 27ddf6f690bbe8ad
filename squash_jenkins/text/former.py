"""Say what became of a finding that is no longer detected."""


def former_text(name: str, headline: str, successor: str | None) -> str:
    """Return what became of a finding, such as ``It is part of the finding 8f3c now.``."""
    became = "Later builds no longer show it"
    if successor is not None:
        became = f"It is part of the finding {successor} now"
    return f"The finding {name} ({headline}) is no longer detected. {became}."
