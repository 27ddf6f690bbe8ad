"""REST endpoints: who the caller is, and the audit log."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from squash_jenkins.server.access import Administers, caller_of
from squash_jenkins.server.services import Here

router = APIRouter(prefix="/api", tags=["sign-in"])


class Me(BaseModel):
    """The caller; `how` says how they are known."""

    name: str
    role: str
    how: str
    jobs: list[str]


class AuditEntry(BaseModel):
    """An entry of the audit log."""

    id: int
    at: datetime
    who: str
    how: str
    address: str
    action: str
    target: str
    detail: dict[str, Any]


class AuditPage(BaseModel):
    """A page of the audit log, newest first; pass `before` to get the next page."""

    results: list[AuditEntry]
    before: int | None


@router.get("/me/", summary="Who am I")
def me(request: Request) -> Me:
    """Return who you are and what you may do."""
    who = caller_of(request)
    return Me(name=who.name, role=who.role.word, how=who.how, jobs=list(who.jobs))


@router.get("/audit/", summary="Audit log")
def audit_log(
    here: Here,
    who: Administers,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> AuditPage:
    """Return the audit log: who wrote what. For administrators."""
    rows = here.store.audit.newest(limit, before)
    entries = [
        AuditEntry(**{**row._asdict(), "id": row.key, "detail": dict(row.detail)}) for row in rows
    ]
    return AuditPage(results=entries, before=rows[-1].key if len(rows) == limit else None)
