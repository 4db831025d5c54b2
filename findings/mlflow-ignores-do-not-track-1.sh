#!/usr/bin/env bash
# MLflow 3.17.2: DO_NOT_TRACK=1 does not switch its telemetry off; DO_NOT_TRACK=true does.
#
# Expected: the convention of that variable (consoledonottrack.com) is the value 1.
# Seen: MLflow compares the value with "true" only. Its own MLFLOW_DISABLE_TELEMETRY takes true
# or 1. Nothing is sent here: only what MLflow says of itself is asked.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check mlflow-skinny==3.17.2
disabled() {
  env -i HOME="$folder" PATH="$PATH" "$@" "$folder/venv/bin/python" -c \
    "from mlflow.telemetry.utils import is_telemetry_disabled; print(is_telemetry_disabled())"
}
one=$(disabled DO_NOT_TRACK=1); word=$(disabled DO_NOT_TRACK=true)
own=$(disabled MLFLOW_DISABLE_TELEMETRY=1)
echo "off with DO_NOT_TRACK=1: $one, DO_NOT_TRACK=true: $word, MLFLOW_DISABLE_TELEMETRY=1: $own"
[ "$one $word $own" = "False True True" ] || { echo "changed"; exit 1; }
