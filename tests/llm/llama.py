"""llama.cpp's own server over a checkpoint, in a process of its own on this machine.

Run as a script it is that process: it ends with its parent, whose end of the pipe
closes however the parent dies, and after a time limit.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import contextmanager

_LIMIT = 900.0  # seconds


@contextmanager
def serve(path, n_ctx=1024, n_parallel=1):
    """Run a server until the end of the block, and give its address."""
    command = [sys.executable, __file__, str(path), str(n_ctx), str(n_parallel)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, text=True, **pipes) as process:
        try:
            address = next((line for line in process.stdout if line.startswith("http")), None)
            assert address is not None, f"the server ended with {process.wait(60)}"
            yield f"{address.strip()}/v1"
        finally:
            process.stdin.close()
            process.kill()


def run(path, n_ctx, n_parallel=1):
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path, params.n_ctx, params.n_parallel = path, n_ctx, n_parallel
    params.hostnames, params.port = ["127.0.0.1"], 0
    # Its threads spin while they wait: two would take two cores from whoever has them.
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.n_threads_http, params.warmup = 4, False
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    late = threading.Timer(_LIMIT, os._exit, (1,))
    late.daemon = True
    late.start()
    run(sys.argv[1], *map(int, sys.argv[2:]))
