"""Tell who one is, and administrators who wrote what."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from squash_jenkins.server.access import Administers, caller_of
from squash_jenkins.server.services import Here

router = APIRouter(prefix="/api", tags=["sign-in"])


class Me(BaseModel):
    """Tell who asks; `how` is how that is known."""

    name: str
    role: str
    how: str
    jobs: list[str]


class AuditEntry(BaseModel):
    """Hold an entry of the audit log."""

    id: int
    at: datetime
    who: str
    how: str
    address: str
    action: str
    target: str
    detail: dict[str, Any]


class AuditPage(BaseModel):
    """Hold a page of the audit log, the newest first; `before` gives the next page."""

    results: list[AuditEntry]
    before: int | None


@router.get("/me/")
def me(request: Request) -> Me:
    """Tell who asks and what they may do."""
    who = caller_of(request)
    return Me(name=who.name, role=who.role.word, how=who.how, jobs=list(who.jobs))


@router.get("/audit/")
def log(
    here: Here,
    who: Administers,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> AuditPage:
    """Tell who wrote what; for administrators."""
    rows = here.store.audit.newest(limit, before)
    entries = [
        AuditEntry(**{**row._asdict(), "id": row.key, "detail": dict(row.detail)}) for row in rows
    ]
    return AuditPage(results=entries, before=rows[-1].key if len(rows) == limit else None)
