"""The problem responses of reading, for the OpenAPI document."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class ProblemDocument(BaseModel):
    """What is wrong with a request (RFC 9457)."""

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
    detail: str = Field(description="What is wrong, where, and what to do.")
    field: str | None = Field(None, description="The wrong field or parameter of the request.")


_SCHEMA = ProblemDocument.model_json_schema()


def problem(description: str) -> dict[str, Any]:
    """Return the OpenAPI description of a problem response."""
    return {
        "description": description,
        "content": {"application/problem+json": {"schema": _SCHEMA}},
    }


READ_PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: problem("Sign in first: reading needs an account"),
    403: problem("Not allowed"),
    422: problem("A parameter is invalid or unknown; `field` names it"),
    429: problem("Too many failed sign-ins"),
    503: problem("The database is not available"),
}
ITEM_PROBLEMS: dict[int | str, dict[str, Any]] = {
    **READ_PROBLEMS,
    404: problem("Not found"),
}
"""For routes that return one object."""
