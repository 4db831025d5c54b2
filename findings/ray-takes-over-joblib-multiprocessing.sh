#!/usr/bin/env bash
# ray 2.60.0 with joblib 1.6.0: Ray's backend takes over joblib's "multiprocessing" for good.
#
# Expected: parallel_config("ray") applies inside its block only; afterwards "multiprocessing"
# starts processes on this machine, as before.
# Seen: the first job on Ray makes Ray's Pool the base of joblib's PicklingPool, and nothing
# undoes that. From then on "multiprocessing" runs on Ray, too, and starts a cluster if needed.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check ray==2.60.0 joblib==1.6.0 numpy==2.4.6
RAY_USAGE_STATS_ENABLED=0 RAY_DEDUP_LOGS=0 "$folder/venv/bin/python" - <<'PY' 2>/dev/null
import ray
from joblib import Parallel, delayed, parallel_config
from joblib.pool import PicklingPool
from ray.util.joblib import register_ray

before = PicklingPool.__bases__[0].__module__
ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
register_ray()
with parallel_config("ray"):
    Parallel(n_jobs=2)([delayed(abs)(-1), delayed(abs)(-2)])
after = PicklingPool.__bases__[0].__module__
ray.shutdown()
print("joblib's pool is built on", before, ", after a job on Ray on", after)
assert before == "multiprocessing.pool"
assert after.startswith("ray."), "changed: Ray leaves joblib's own pool as it was"
PY
