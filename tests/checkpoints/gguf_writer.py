"""GGUF files of tiny checkpoints, written by llama.cpp's own package."""

import json

import gguf
from safetensors.numpy import load_file

NAMES = {
    "model.embed_tokens": "token_embd",
    "model.norm": "output_norm",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    **{f"self_attn.{k}_proj": f"attn_{k}" for k in "qkv"},
    "self_attn.o_proj": "attn_output",
    **{f"mlp.{k}_proj": f"ffn_{k}" for k in ("gate", "up", "down")},
}


def as_llama_cpp_has_it(name, array, config):
    """Pair the rows that are rotated together, one head after the other."""
    part = name.split(".")[-2]
    if config["model_type"] != "llama" or part not in ("q_proj", "k_proj"):
        return array
    heads = config["num_attention_heads" if part == "q_proj" else "num_key_value_heads"]
    half = len(array) // heads // 2
    order = [h * 2 * half + k + s * half for h in range(heads) for k in range(half) for s in (0, 1)]
    return array[order]


def gguf_name(name):
    stem, kind = name.rsplit(".", 1)
    if not stem.startswith("model.layers."):
        return f"{NAMES[stem]}.{kind}"
    number, part = stem.removeprefix("model.layers.").split(".", 1)
    return f"blk.{number}.{NAMES[part]}.{kind}"


def add_byte_level(writer, folder, pre):
    """Write the tokenizer of a checkpoint."""
    spec = json.loads((folder / "tokenizer.json").read_text())
    said = json.loads((folder / "tokenizer_config.json").read_text())
    added = {token["content"]: token for token in spec["added_tokens"]}
    ids = {**spec["model"]["vocab"], **{name: token["id"] for name, token in added.items()}}
    tokens = sorted(ids, key=ids.get)
    kinds = [1 if t not in added else 3 if added[t]["special"] else 4 for t in tokens]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges([" ".join(pair) for pair in spec["model"]["merges"]])
    writer.add_eos_token_id(ids["<|im_end|>"])
    writer.add_chat_template(said["chat_template"])


def add_sentencepiece(writer, pieces):
    """Write a model of sentencepiece's as llama.cpp's converter does."""
    numbers = range(pieces.vocab_size())
    kinds = [
        2 if pieces.is_unknown(n) else 3 if pieces.is_control(n) else 6 if pieces.is_byte(n) else 1
        for n in numbers
    ]
    writer.add_tokenizer_model("llama")
    writer.add_token_list([pieces.id_to_piece(n) for n in numbers])
    writer.add_token_scores([pieces.get_score(n) for n in numbers])
    writer.add_token_types(kinds)


def write_gguf(folder, path, architecture=None, pre="gpt-2", divisors=None, pieces=None, **said):
    """Write a checkpoint's weights, and its own tokenizer or one of sentencepiece's."""
    config = json.loads((folder / "config.json").read_text())
    writer = gguf.GGUFWriter(str(path), architecture or config["model_type"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_rope_freq_base(config["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    if pieces is None:
        add_byte_level(writer, folder, pre)
    else:
        add_sentencepiece(writer, pieces)
    for name, value in said.items():
        getattr(writer, f"add_{name}")(value)
    for name, array in load_file(folder / "model.safetensors").items():
        array = as_llama_cpp_has_it(name, array, config)
        writer.add_tensor(gguf_name(name), array)
    if divisors is not None:
        writer.add_tensor("rope_freqs.weight", divisors.astype("float32"))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
