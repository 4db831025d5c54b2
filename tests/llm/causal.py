"""Tiny causal language models as transformers writes them, and a plain numpy reference."""

import json

import numpy as np
from safetensors.numpy import load_file, save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

WIDTH, INNER, HEADS, KV, LAYERS, CONTEXT = 16, 24, 4, 2, 2, 96
TEXTS = [
    "Review: the camera is great and it works. Sentiment: positive",
    "Review: it broke after two days, bad. Sentiment: negative",
    "Classify the review as positive, negative or very negative.\n",
]
CONTROLS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{{ message['content'] | trim }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def train_tokenizer(size=320):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=CONTROLS, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(TEXTS * 3, trainer)
    tokenizer.add_tokens([AddedToken("<think>", special=False, normalized=False)])
    return tokenizer


def write_tokenizer(folder, template=TEMPLATE, **settings):
    tokenizer = train_tokenizer()
    tokenizer.save(str(folder / "tokenizer.json"))
    said = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|im_end|>"} | settings
    if template:
        said["chat_template"] = template
    (folder / "tokenizer_config.json").write_text(json.dumps(said))
    return tokenizer.get_vocab_size()


def config_of(kind, size):
    if kind == "gpt2":
        config = {"n_embd": WIDTH, "n_layer": LAYERS, "n_head": HEADS, "n_positions": CONTEXT}
        return config | {"model_type": kind, "vocab_size": size, "resid_pdrop": 0.0}
    config = {"hidden_size": WIDTH, "intermediate_size": INNER, "num_hidden_layers": LAYERS}
    config |= {"num_attention_heads": HEADS, "num_key_value_heads": KV, "rms_norm_eps": 1e-3}
    config |= {"rope_theta": 5000.0, "max_position_embeddings": CONTEXT, "hidden_act": "silu"}
    config |= {"tie_word_embeddings": True, "model_type": kind, "vocab_size": size}
    return config | {"use_sliding_window": False, "sliding_window": None, "max_window_layers": 2}


def shapes_of(config):
    size = config["vocab_size"]
    if config["model_type"] == "gpt2":
        shapes = {"wte.weight": (size, WIDTH), "wpe.weight": (CONTEXT, WIDTH)}
        shapes |= {f"ln_f.{part}": (WIDTH,) for part in ("weight", "bias")}
        for k in range(LAYERS):
            for name, columns in (("attn.c_attn", 3), ("attn.c_proj", 1)):
                shapes[f"h.{k}.{name}.weight"] = (WIDTH, columns * WIDTH)
                shapes[f"h.{k}.{name}.bias"] = (columns * WIDTH,)
            shapes |= {f"h.{k}.mlp.c_fc.weight": (WIDTH, 4 * WIDTH)}
            shapes |= {f"h.{k}.mlp.c_fc.bias": (4 * WIDTH,), f"h.{k}.mlp.c_proj.bias": (WIDTH,)}
            shapes |= {f"h.{k}.mlp.c_proj.weight": (4 * WIDTH, WIDTH)}
            for norm in ("ln_1", "ln_2"):
                shapes |= {f"h.{k}.{norm}.{part}": (WIDTH,) for part in ("weight", "bias")}
        return shapes
    few = WIDTH // HEADS * KV
    shapes = {"model.embed_tokens.weight": (size, WIDTH), "model.norm.weight": (WIDTH,)}
    for k in range(LAYERS):
        stem = f"model.layers.{k}."
        for name, rows in (("q", WIDTH), ("k", few), ("v", few)):
            shapes[f"{stem}self_attn.{name}_proj.weight"] = (rows, WIDTH)
            if config["model_type"] == "qwen2":
                shapes[f"{stem}self_attn.{name}_proj.bias"] = (rows,)
        shapes[stem + "self_attn.o_proj.weight"] = (WIDTH, WIDTH)
        shapes |= {f"{stem}mlp.{name}_proj.weight": (INNER, WIDTH) for name in ("gate", "up")}
        shapes[stem + "mlp.down_proj.weight"] = (WIDTH, INNER)
        shapes |= {f"{stem}{n}_layernorm.weight": (WIDTH,) for n in ("input", "post_attention")}
    return shapes


def write_causal(folder, kind="llama", seed=0, template=TEMPLATE, **settings):
    """Write a checkpoint of 2 layers, 16 wide, with random weights; return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    config = config_of(kind, write_tokenizer(folder, template)) | settings
    (folder / "config.json").write_text(json.dumps(config))
    rng = np.random.default_rng(seed)
    tensors = {}
    for name, shape in shapes_of(config).items():
        norm = len(shape) == 1 and name.endswith("weight")
        tensors[name] = rng.normal(1.0 if norm else 0.0, 0.4, shape).astype("float32")
    save_file(tensors, folder / "model.safetensors")
    return folder


# The reference: one sequence at once, in float64, as the papers say


def numpy_log_probs(folder, ids):
    """Log-probabilities of every next token after each of `ids`: (len(ids), vocabulary)."""
    config = json.loads((folder / "config.json").read_text())
    weights = {n: t.astype("float64") for n, t in load_file(folder / "model.safetensors").items()}
    run = _gpt2 if config["model_type"] == "gpt2" else _llama
    logits = run(config, weights, np.asarray(ids))
    logits = logits - logits.max(axis=-1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))


def _attend(queries, keys, values):
    """Causal attention of one head: (n, d) each."""
    scores = queries @ keys.T / np.sqrt(queries.shape[1])
    scores[np.triu_indices(len(scores), 1)] = -np.inf
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True) @ values


def _rotate(states, theta):
    n, width = states.shape
    angles = np.outer(np.arange(n), theta ** (-np.arange(0, width, 2) / width))
    cos, sin = np.cos(angles), np.sin(angles)
    first, second = states[:, : width // 2], states[:, width // 2 :]
    return np.hstack([first * cos - second * sin, second * cos + first * sin])


def _llama(config, weights, ids):
    eps, theta, size = config["rms_norm_eps"], config["rope_theta"], WIDTH // HEADS

    def norm(states, name):
        return states / np.sqrt((states**2).mean(1, keepdims=True) + eps) * weights[name]

    states = weights["model.embed_tokens.weight"][ids]
    for k in range(LAYERS):
        stem = f"model.layers.{k}."
        normed = norm(states, stem + "input_layernorm.weight")
        parts = {}
        for name in "qkv":
            part = f"{stem}self_attn.{name}_proj."
            parts[name] = normed @ weights[part + "weight"].T + weights.get(part + "bias", 0)
        heads = []
        for h in range(HEADS):
            own, shared = slice(h * size, (h + 1) * size), h // (HEADS // KV) * size
            query = _rotate(parts["q"][:, own], theta)
            key = _rotate(parts["k"][:, shared : shared + size], theta)
            heads.append(_attend(query, key, parts["v"][:, shared : shared + size]))
        states = states + np.hstack(heads) @ weights[stem + "self_attn.o_proj.weight"].T
        normed = norm(states, stem + "post_attention_layernorm.weight")
        gate = normed @ weights[stem + "mlp.gate_proj.weight"].T
        up = normed @ weights[stem + "mlp.up_proj.weight"].T
        gated = gate / (1 + np.exp(-gate)) * up
        states = states + gated @ weights[stem + "mlp.down_proj.weight"].T
    return norm(states, "model.norm.weight") @ weights["model.embed_tokens.weight"].T


def _gpt2(config, weights, ids):
    size = WIDTH // HEADS

    def norm(states, name):
        centred = states - states.mean(1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(1, keepdims=True) + 1e-5)
        return scaled * weights[name + ".weight"] + weights[name + ".bias"]

    def dense(states, name):
        return states @ weights[name + ".weight"] + weights[name + ".bias"]

    states = weights["wte.weight"][ids] + weights["wpe.weight"][: len(ids)]
    for k in range(LAYERS):
        mixed = dense(norm(states, f"h.{k}.ln_1"), f"h.{k}.attn.c_attn")
        queries, keys, values = np.split(mixed, 3, axis=1)
        cuts = [slice(h * size, (h + 1) * size) for h in range(HEADS)]
        heads = [_attend(queries[:, c], keys[:, c], values[:, c]) for c in cuts]
        states = states + dense(np.hstack(heads), f"h.{k}.attn.c_proj")
        inner = dense(norm(states, f"h.{k}.ln_2"), f"h.{k}.mlp.c_fc")
        inner = 0.5 * inner * (1 + np.tanh(np.sqrt(2 / np.pi) * (inner + 0.044715 * inner**3)))
        states = states + dense(inner, f"h.{k}.mlp.c_proj")
    return norm(states, "ln_f") @ weights["wte.weight"].T
