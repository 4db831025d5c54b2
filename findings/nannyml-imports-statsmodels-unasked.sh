#!/usr/bin/env bash
# NannyML 0.13.1: imports statsmodels, which it does not require.
#
# Expected: after `pip install nannyml`, `import nannyml` works.
# Seen: ModuleNotFoundError for statsmodels. It came with category-encoders, which no longer
# requires it. With statsmodels 0.14.6 installed by hand, the import works.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
pip() { "$folder/venv/bin/pip" install -q --disable-pip-version-check "$@"; }
try() { "$folder/venv/bin/python" -c "import nannyml" 2>&1 | tail -n 1 || true; }
pip nannyml==0.13.1
alone=$(try)
pip statsmodels==0.14.6
beside=$(try)
echo "alone: ${alone:-imported}; beside statsmodels: ${beside:-imported}"
case "$alone" in *"No module named 'statsmodels'"*) ;; *) echo "changed: it requires it"; exit 1 ;; esac
[ -z "$beside" ] || { echo "changed: statsmodels is not enough"; exit 1; }
