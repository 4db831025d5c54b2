#!/usr/bin/env bash
# pyarrow 26.0.0: a small array reserves a gigabyte of address space with the default memory pool.
#
# Expected: an array of three numbers adds at most a few MB to the address space of a process.
# Seen: mimalloc, the default pool, reserves about a gigabyte at once (VmSize; VmRSS hardly moves),
# so a process under a limit of address space, as `ulimit -v` or a sandbox sets, has none left.
# With ARROW_DEFAULT_MEMORY_POOL=system the same takes next to nothing.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check pyarrow==26.0.0
cat > "$folder/size.py" <<'PY'
import pyarrow as pa


def megabytes(name):
    for line in open("/proc/self/status"):
        if line.startswith(name):
            return int(line.split()[1]) / 1024


before = {name: megabytes(name) for name in ("VmSize", "VmRSS")}
kept = pa.array([1, 2, 3])
after = {name: round(megabytes(name) - before[name]) for name in before}
print(pa.default_memory_pool().backend_name, after["VmSize"], after["VmRSS"])
PY
default=$("$folder/venv/bin/python" "$folder/size.py")
system=$(ARROW_DEFAULT_MEMORY_POOL=system "$folder/venv/bin/python" "$folder/size.py")
echo "pool, MB added to address space and to resident memory: $default; $system"
[ "$(echo "$default" | cut -d' ' -f1)" = mimalloc ]
[ "$(echo "$default" | cut -d' ' -f2)" -gt 500 ] || { echo "changed: little is reserved"; exit 1; }
[ "$(echo "$system" | cut -d' ' -f2)" -lt 100 ]
