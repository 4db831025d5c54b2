#!/usr/bin/env bash
# transformers 5.23.0: a PreTrainedTokenizerFast around a BERT-like tokenizer gives pairs no segments.
#
# Expected: token_type_ids for a pair, as BertTokenizerFast returns them, since the tokenizer's
# own template distinguishes the two texts ($B:1).
# Seen: only input_ids and attention_mask. A model then reads both texts as the first segment,
# without a warning. With return_token_type_ids=True the right ones are returned.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check transformers==5.23.0
"$folder/venv/bin/python" - <<'PY' 2>/dev/null
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

words = {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "[PAD]": 3, "a": 4, "b": 5}
tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
tokenizer.post_processor = processors.TemplateProcessing(
    single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
    special_tokens=[("[CLS]", 1), ("[SEP]", 2)],
)
fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="[PAD]")
asked = fast("a", "b", return_token_type_ids=True)["token_type_ids"]
print("by default", list(fast("a", "b")), ", if asked for", asked)
assert "token_type_ids" not in fast("a", "b") and asked == [0, 0, 0, 1, 1], "changed: they come"
PY
