"""Say in the OpenAPI document which problems reading answers with."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class ProblemDocument(BaseModel):
    """Tell what is wrong with a request (RFC 9457)."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "example": {
                "type": "about:blank",
                "title": "The request is wrong",
                "status": 422,
                "detail": "There is no parameter 'serch'; did you mean 'search'?",
                "field": "serch",
            }
        },
    )

    type: str
    title: str
    status: int
    detail: str = Field(description="A sentence: what is wrong, where, what to do.")
    field: str | None = Field(None, description="What is wrong of the request.")


_SCHEMA = ProblemDocument.model_json_schema()


def problem(says: str) -> dict[str, Any]:
    """Return what the OpenAPI document says of an answer that tells a problem."""
    return {"description": says, "content": {"application/problem+json": {"schema": _SCHEMA}}}


READ_PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: problem("Sign in first: reading is closed"),
    403: problem("Not allowed"),
    422: problem("A parameter is wrong or unknown; `field` says which"),
    429: problem("Too many failed sign-ins"),
    503: problem("The database cannot be read"),
}
ITEM_PROBLEMS: dict[int | str, dict[str, Any]] = {
    **READ_PROBLEMS,
    404: problem("There is no such thing"),
}
"""Of routes that answer with one thing."""
