"""What ``/schema`` says: the interface of one model as OpenAPI."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from keraswrap.serving._limits import ServingLimits
from keraswrap.serving._model import ServedModel
from keraswrap.serving._negotiation import ARROW, JSON, LINES
from keraswrap.serving._outputs import Output

__all__ = ["describe"]

_TOLD = ("max_bytes", "max_rows", "max_chars", "max_queue", "answer_seconds")
_ERRORS = {
    "400": "The body cannot be read.",
    "401": "A key is missing or wrong.",
    "406": "No form of answer is accepted.",
    "408": "The body came too slowly.",
    "413": "The body is too large, or has too many rows.",
    "415": "The body has another form.",
    "422": "The rows are none of this model.",
    "500": "The model failed.",
    "503": "Too many rows wait, or the model is not ready. See Retry-After.",
    "504": "The answer took too long.",
}


def describe(model: ServedModel, limits: ServingLimits, *, keys: bool) -> dict[str, Any]:
    """Describe the interface of a model.

    Parameters
    ----------
    model : ServedModel
    limits : ServingLimits
    keys : bool
        Whether requests need a key.

    Returns
    -------
    dict
        An OpenAPI 3.1 document; ``components.schemas`` has the JSON schemas ``Row``,
        ``Request``, ``Answer`` and ``Response``, and ``x-model`` what is known of the model.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> model = ServedModel.of(LogisticRegression().fit([[0.0], [1.0]], ["no", "yes"]), "1")
    >>> told = describe(model, ServingLimits(), keys=False)
    >>> told["components"]["schemas"]["Answer"]["properties"]["label"]
    {'enum': ['no', 'yes']}
    """
    found: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": str(model.facts.get("class", "model")), "version": model.version},
        "paths": {"/predict": {"post": _operation(keys)}},
        "components": {"schemas": _schemas(model, limits)},
        "x-model": {"version": model.version, **model.facts},
        "x-limits": {name: value for name, value in asdict(limits).items() if name in _TOLD},
    }
    if keys:
        bearer = {"type": "http", "scheme": "bearer"}
        found["components"]["securitySchemes"] = {"key": bearer}
    return found


def _operation(keys: bool) -> dict[str, Any]:
    binary = {"schema": {"type": "string", "contentMediaType": ARROW}}
    request = {
        JSON: {"schema": _ref("Request")},
        LINES: {"schema": _ref("Row")},
        ARROW: binary,
    }
    answer = {
        JSON: {"schema": _ref("Response")},
        LINES: {"schema": _ref("Answer")},
        ARROW: binary,
    }
    error = {JSON: {"schema": _ref("Error")}}
    codes = {code: {"description": said, "content": error} for code, said in _ERRORS.items()}
    done = {"200": {"description": "An answer for each row, in order.", "content": answer}}
    operation: dict[str, Any] = {
        "operationId": "predict",
        "requestBody": {"required": True, "content": request},
        "responses": done | codes,
    }
    return operation | ({"security": [{"key": []}]} if keys else {})


def _schemas(model: ServedModel, limits: ServingLimits) -> dict[str, Any]:
    kind = model.inputs.kind
    return {
        "Row": model.inputs.row_schema(),
        "Request": {
            "type": "object",
            "properties": {
                kind: {
                    "type": "array",
                    "items": _ref("Row"),
                    "minItems": 1,
                    "maxItems": limits.max_rows,
                }
            },
            "required": [kind],
            "additionalProperties": False,
        },
        "Answer": _answer(model.outputs),
        "Response": {
            "type": "object",
            "properties": {
                "predictions": {"type": "array", "items": _ref("Answer")},
                "model_version": {"type": "string"},
            },
            "required": ["predictions", "model_version"],
        },
        "Error": {
            "type": "object",
            "properties": {"error": {"type": "string"}},
            "required": ["error"],
        },
    }


def _answer(outputs: Output | Mapping[str, Output]) -> dict[str, Any]:
    if isinstance(outputs, Output):
        return outputs.schema()
    heads = {name: output.schema() for name, output in outputs.items()}
    return {"type": "object", "properties": heads, "required": list(heads)}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
