"""Read comparison operators, which every kind of specification has."""

from squash_jenkins.formats.fields import Field

OPERATORS = ("<=", ">=", "<", ">", "==", "!=")


def read_operator(field: Field) -> str:
    """Return the operator that compares a measurement (left) with its threshold (right)."""
    operator = field.text()
    if operator not in OPERATORS:
        raise field.fault("one of " + " ".join(OPERATORS))
    return operator
