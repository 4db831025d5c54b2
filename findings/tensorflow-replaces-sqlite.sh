#!/usr/bin/env bash
# tensorflow 2.21.0: Python's sqlite3, if loaded after it, runs on the SQLite inside TensorFlow.
#
# Expected: sqlite3 uses the library that Python was built with, whatever else is imported.
# Seen: with TensorFlow imported first, sqlite3.sqlite_version is another, and full-text search
# (FTS5), which Python's own library has, is missing. Importing sqlite3 first avoids it. Linux.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check tensorflow==2.21.0
cat > "$folder/show.py" <<'PY'
import importlib
import sys

for name in sys.argv[1:]:
    importlib.import_module(name)
import sqlite3

options = sqlite3.connect(":memory:").execute("PRAGMA compile_options")
print(sqlite3.sqlite_version, "with" if ("ENABLE_FTS5",) in options.fetchall() else "without", "FTS5")
PY
show() { TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" "$folder/show.py" "$@" 2>/dev/null; }
alone=$(show) after=$(show tensorflow) before=$(show sqlite3 tensorflow)
echo "alone: $alone - after tensorflow: $after - before it: $before"
[ "$alone" = "$before" ] || { echo "changed: importing sqlite3 first does not help"; exit 1; }
[ "$alone" != "$after" ] || { echo "changed: sqlite3 is Python's own after TensorFlow"; exit 1; }
