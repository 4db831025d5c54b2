"""Which form a request has, and which its answer: from Content-Type and Accept. Pure."""

from __future__ import annotations

from keraswrap.serving._refusals import RequestError

__all__ = ["ARROW", "JSON", "LINES", "TYPES", "choose_answer", "read_type"]

JSON, LINES = "application/json", "application/x-ndjson"
ARROW = "application/vnd.apache.arrow.stream"
TYPES = (JSON, LINES, ARROW)
_ALSO = {"application/jsonl": LINES, "application/jsonlines": LINES, "application/ndjson": LINES}


def read_type(content_type: str) -> str:
    """Return the form of a request's body.

    Parameters
    ----------
    content_type : str
        The header, empty without one.

    Raises
    ------
    RequestError
        415 if it is none of the three.

    Examples
    --------
    >>> read_type("Application/JSON; charset=utf-8"), read_type("application/jsonl")
    ('application/json', 'application/x-ndjson')
    """
    kind, _, rest = content_type.partition(";")
    kind = kind.strip().lower()
    kind = _ALSO.get(kind, kind)
    parameters = dict(_parameters(rest))
    charset = parameters.get("charset", "utf-8").lower()
    if kind not in TYPES or charset not in ("utf-8", "utf8"):
        raise RequestError(
            415,
            f"Expected {', '.join(TYPES[:-1])} or {TYPES[-1]} as Content-Type, in UTF-8, got "
            f"{content_type!a:.80}.",
        )
    return kind


def choose_answer(accept: str, given: str) -> str:
    """Return the form of an answer: the one with the highest weight, else that of the request.

    Parameters
    ----------
    accept : str
        The header, empty without one.
    given : str
        The form of the request.

    Raises
    ------
    RequestError
        406 if none of the three is accepted.

    Examples
    --------
    >>> choose_answer("*/*", JSON), choose_answer("text/html, application/json;q=.5", LINES)
    ('application/json', 'application/json')
    """
    if not accept.strip():
        return given
    weights = dict.fromkeys(TYPES, (-1, 0.0))
    for part in accept.split(","):
        kind, _, rest = part.partition(";")
        kind = kind.strip().lower()
        kind = _ALSO.get(kind, kind)
        weight = _weight(dict(_parameters(rest)).get("q", "1"))
        for name in TYPES:
            exact = {"*/*": 0, "application/*": 1, name: 2}.get(kind, -1)
            if exact >= weights[name][0] and exact >= 0:
                weights[name] = (exact, weight)
    best = max(TYPES, key=lambda name: (weights[name][1], name == given, name == JSON))
    if weights[best][1] <= 0:
        raise RequestError(
            406, f"Expected to answer as {', '.join(TYPES[:-1])} or {TYPES[-1]}, got Accept: "
            f"{accept!a:.80}."
        )  # fmt: skip
    return best


def _parameters(rest: str) -> list[tuple[str, str]]:
    pairs = (part.partition("=") for part in rest.split(";") if "=" in part)
    return [(name.strip().lower(), value.strip().strip('"')) for name, _, value in pairs]


def _weight(text: str) -> float:
    try:
        return min(1.0, max(0.0, float(text)))
    except ValueError:
        return 0.0
