"""Ask a server at random, many times: it may refuse, but not fail.

    python benchmarks/serve/fuzz.py --requests 10000

Prints the number of answers by status, and the server's memory before and after. Exit code 1 if
a request failed (the shortest one that does is shown) or the server died.
"""

from __future__ import annotations

import argparse
import collections
import sys
from pathlib import Path

from hypothesis import HealthCheck, given, settings

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "serving"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=10_000)
    options = parser.parse_args()
    from fuzzed import checked, requests
    from served import model, serving

    codes: collections.Counter[int] = collections.Counter()
    with serving(model()) as client:

        @settings(
            max_examples=options.requests,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(requests())
        def run(request: tuple[str, str, dict[str, str], bytes]) -> None:
            codes[checked(client, request)] += 1

        before = client.metric("process_resident_memory_bytes")
        run()
        after = client.metric("process_resident_memory_bytes")
        alive = client.ask("/health").status == 200
        waiting = client.metric("keraswrap_queue_rows")
    print(f"{codes.total():,} requests: {dict(sorted(codes.items()))}")
    print(f"memory of server and client: {before / 2**20:.0f} → {after / 2**20:.0f} MiB")
    print(f"alive: {alive}, rows waiting: {waiting:.0f}")
    return int(not alive or waiting > 0)


if __name__ == "__main__":
    sys.exit(main())
