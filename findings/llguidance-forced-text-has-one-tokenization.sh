#!/usr/bin/env bash
# llguidance 1.9.1: where a grammar leaves one text only, its mask allows one way to tokenize it.
#
# Expected: every token is allowed from which the grammar can still be completed: for the regular
# expression "abc", the tokens "a", "ab" and "abc".
# Seen: "abc" alone, the tokenizer's own way. With "ab[cd]" in its place, where the text is not
# settled, "a" is allowed as well. Probabilities that are summed over the ways to write a text
# therefore lose those of the others, and a model that begins with "a" is led away from it.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check llguidance==1.9.1 tokenizers==0.23.3
"$folder/venv/bin/python" - <<'PY'
import llguidance
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

# A byte-level BPE of four letters and two merges.
words = ["a", "b", "c", "d", "ab", "abc", "<end>"]
vocab = {word: number for number, word in enumerate(words)}
tokenizer = Tokenizer(models.BPE(vocab, [("a", "b"), ("ab", "c")]))
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
tokenizer.decoder = decoders.ByteLevel()
tokenizer.add_special_tokens([AddedToken("<end>", special=True)])
vocabulary = llguidance.LLTokenizer(tokenizer.to_str(), eos_token=6)


def first_tokens(pattern):
    kind = llguidance.LLMatcher
    matcher = kind(vocabulary, kind.grammar_from_regex(pattern), log_level=0)
    bits = matcher.compute_bitmask()
    return [word for n, word in enumerate(words) if bits[n // 8] >> n % 8 & 1]


def completes(pattern, tokens):
    kind = llguidance.LLMatcher
    matcher = kind(vocabulary, kind.grammar_from_regex(pattern), log_level=0)
    return all(matcher.consume_token(words.index(t)) for t in tokens) and matcher.is_accepting()


forced, open_ = first_tokens("abc"), first_tokens("ab[cd]")
print("abc:", forced, "- ab[cd]:", open_, "- a, b, c completes abc:", completes("abc", "abc"))
assert completes("abc", "abc"), "changed: other ways to write the text are refused"
assert forced == ["abc"], "changed: other tokens may begin a text that is settled"
assert "a" in open_, "changed: where the text is open, one way to tokenize it is left as well"
PY
