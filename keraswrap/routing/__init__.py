"""Messages of customers, routed by a classifier and answered by handlers."""

from __future__ import annotations

import importlib

# Where each public name lives; each is loaded when it is first used.
_HOMES = {
    "Answer": "routing._answers",
    "Conversation": "routing._conversation",
    "Decision": "routing._decisions",
    "Field": "routing._fields",
    "FieldReading": "routing._fields",
    "Handler": "routing._handlers",
    "LookupHandler": "routing._lookup",
    "MessageRouter": "routing._router",
    "OutOfScopeDetector": "routing._out_of_scope",
    "PredictHandler": "routing._handlers",
    "Reply": "routing._answers",
    "ReplyHandler": "routing._reply_handler",
    "RoutingReport": "routing._evaluation",
    "Turn": "routing._conversation",
    "date_field": "routing._ready_fields",
    "number_field": "routing._ready_fields",
    "order_number": "routing._ready_fields",
    "serve_chat": "routing._page._server",
}

__all__ = [*_HOMES]


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(importlib.import_module(f"keraswrap.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'keraswrap.routing' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
