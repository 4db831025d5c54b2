"""Score messages with semantic-router's IndexedRouter, from vectors that were made elsewhere.

Run by the peer's Python: reads an .npz with the vectors of stored and asked messages, and
writes each asked message's highest route score.
"""

from __future__ import annotations

import asyncio
import sys

import numpy as np
from semantic_router import IndexedRouter, Route
from semantic_router.encoders import DenseEncoder


class Vectors(DenseEncoder):
    """Looks a message up, which is a row number here."""

    name: str = "vectors"
    vectors: object = None

    def __call__(self, docs):
        return self.vectors[[int(doc) for doc in docs]].tolist()

    async def acall(self, docs):
        return self(docs)


async def ask(router, rows):
    """Ask in one event loop: a call without one makes a loop and a thread for each message."""
    return [await router.acall(str(row), threshold=-1.0) for row in rows]


def main(given, made):
    data = np.load(given)
    vectors, labels, asked = data["vectors"], data["labels"], data["asked"]
    routes = [
        Route(name=str(name), utterances=[str(row) for row in np.flatnonzero(labels == name)])
        for name in np.unique(labels)
        if name
    ]
    router = IndexedRouter(encoder=Vectors(vectors=vectors), routes=routes)
    picks = asyncio.run(ask(router, asked))
    np.savez(made, scores=[pick.confidence for pick in picks], names=[pick.name for pick in picks])


if __name__ == "__main__":
    main(*sys.argv[1:])
