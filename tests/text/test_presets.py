"""keras-hub's presets: the same net, the same tokens, the same head."""

import io
import json
from pathlib import Path

import keras
import keras_hub
import numpy as np
import pytest

from keraswrap._checkpoints.fingerprints import fingerprint
from keraswrap.exceptions import DownloadError, InputError
from keraswrap.text import check_encoder, encode_texts, read_pad_id, resolve_encoder
from keraswrap.text._backbones import load_backbone
from keraswrap.text._fast_tokenizers import load_tokenizer
from keraswrap.text._pretrained_heads import apply_head, load_head
from keraswrap.text.architectures._record import Preset

HUB = keras_hub.models
TEXT = "the good cafe the bad"
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "it", "good", "ca", "##fe", "bad"]
BYTES = ["<s>", "<pad>", "</s>", "<unk>", *"thegodcafb", "Ġ", "th", "the", "<mask>"]
SPECIAL_PIECES = {
    "Albert": {"pad_id": 0, "unk_id": 1, "bos_id": -1, "eos_id": -1, "pad_piece": "<pad>"}
    | {"user_defined_symbols": ["[CLS]", "[SEP]", "[MASK]"]},
    "DebertaV3": {"pad_id": 0, "bos_id": 1, "eos_id": 2, "unk_id": 3, "pad_piece": "[PAD]"}
    | {"bos_piece": "[CLS]", "eos_piece": "[SEP]", "unk_piece": "[UNK]"},
    "XLMRoberta": {"unk_id": 0, "bos_id": 1, "eos_id": 2, "pad_id": -1},
}
# Those that keras-hub has a classifier of, and those that it has not.
WITH_HEADS = ["Albert", "Bert", "DebertaV3", "DistilBert", "Roberta", "XLMRoberta"]
NAMES = [*WITH_HEADS, "Electra"]


def pieces(name):
    """A small sentencepiece model."""
    sentencepiece = pytest.importorskip("sentencepiece")
    proto = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([TEXT, "it was bad", "the good text"] * 9),
        model_writer=proto,
        vocab_size=40,
        hard_vocab_limit=False,
        minloglevel=2,
        **SPECIAL_PIECES[name],
    )
    return proto.getvalue()


def tokenizer_of(name):
    if name in SPECIAL_PIECES:
        return getattr(HUB, f"{name}Tokenizer")(pieces(name))
    if name == "Roberta":
        vocabulary = {token: number for number, token in enumerate(BYTES)}
        return HUB.RobertaTokenizer(vocabulary, ["t h", "th e"])
    return getattr(HUB, f"{name}Tokenizer")(WORDS, lowercase=True)


def save(folder, name, n_classes=None):
    """Save a small preset, and give what was saved."""
    tokenizer = tokenizer_of(name)
    sizes = {"num_layers": 2, "num_heads": 2, "hidden_dim": 8, "intermediate_dim": 16}
    sizes |= {"embedding_dim": 6} if name in ("Albert", "Electra") else {}
    sizes |= {"bucket_size": 4} if name == "DebertaV3" else {}
    size = tokenizer.vocabulary_size()
    backbone = getattr(HUB, f"{name}Backbone")(size, max_sequence_length=20, **sizes)
    rng = np.random.default_rng(0)
    saved = backbone
    if n_classes:
        before = getattr(HUB, f"{name}TextClassifierPreprocessor")(tokenizer, sequence_length=14)
        saved = getattr(HUB, f"{name}TextClassifier")(backbone, n_classes, preprocessor=before)
    saved.set_weights([rng.normal(0, 0.5, weight.shape) for weight in saved.weights])
    saved.save_to_preset(str(folder))
    tokenizer.save_to_preset(str(folder))
    return saved, tokenizer


def inputs_of(folder, net):
    ids = encode_texts([TEXT, "it"], folder, 14)
    mask = (ids != read_pad_id(folder)).astype("int32")
    inputs = {"token_ids": ids, "padding_mask": mask, "segment_ids": np.zeros_like(ids)}
    return {name: inputs[name] for name in net.input}


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_gives_what_keras_hub_gives(name, tmp_path):
    saved, _ = save(tmp_path, name)
    folder = resolve_encoder(tmp_path)
    net = load_backbone(folder)
    inputs = inputs_of(folder, net)
    expected = saved(inputs)
    expected = expected if isinstance(expected, dict) else {"sequence_output": expected}
    found = net(inputs)
    # ELECTRA's checkpoints have no pooler; keras-hub's class has one without use.
    assert found.keys() == expected.keys() - ({"pooled_output"} if name == "Electra" else set())
    assert all(np.allclose(found[part], expected[part], atol=1e-6) for part in found)
    assert load_head(folder) is None


@pytest.mark.parametrize("name", NAMES)
def test_its_tokens_are_those_of_keras_hub(name, tmp_path):
    _, tokenizer = save(tmp_path, name)
    ids = load_tokenizer(tmp_path)(TEXT)["input_ids"]
    assert ids[1:-1] == np.asarray(tokenizer(TEXT)).tolist()
    ends = ("start_token", "end_token") if "Roberta" in name else ("cls_token", "sep_token")
    assert [ids[0], ids[-1]] == [getattr(tokenizer, f"{end}_id") for end in ends]
    assert read_pad_id(tmp_path) == tokenizer.pad_token_id


def test_accents_are_stripped_where_case_is_lowered(tmp_path):
    save(tmp_path, "Bert")
    tokenizer = load_tokenizer(tmp_path)
    assert tokenizer("Café")["input_ids"] == tokenizer("cafe")["input_ids"]


@pytest.mark.parametrize("name", WITH_HEADS)
def test_its_head_is_loaded(name, tmp_path):
    saved, _ = save(tmp_path, name, n_classes=3)
    head, net = load_head(tmp_path), load_backbone(tmp_path)
    inputs = inputs_of(tmp_path, net)
    whole = keras.Model(net.input, apply_head(head, net.output))
    assert head.labels == ("LABEL_0", "LABEL_1", "LABEL_2")
    assert np.allclose(whole(inputs), saved(inputs), atol=1e-6)


def test_layers_of_other_names_are_refused(tmp_path, monkeypatch):
    save(tmp_path, "Roberta")
    monkeypatch.setattr(Preset, "rename", lambda self, path: path)
    with pytest.raises(InputError, match=r"layer 'token_embedding' in keras-hub's preset"):
        load_backbone(tmp_path)


def test_its_fingerprint_follows_its_files(tmp_path):
    save(tmp_path, "Bert")
    before = fingerprint(tmp_path)
    vocabulary = tmp_path / "assets" / "tokenizer" / "vocabulary.txt"
    vocabulary.write_text(vocabulary.read_text().replace("good", "fine"))
    assert fingerprint(tmp_path) != before


@pytest.mark.parametrize(
    "lost", ["model.weights.h5", "assets/tokenizer/vocabulary.txt", "tokenizer.json"]
)
def test_a_missing_file_is_named(lost, tmp_path):
    save(tmp_path, "Bert")
    (tmp_path / lost).unlink()
    with pytest.raises(InputError, match=lost.replace(".", r"\.")):
        check_encoder(tmp_path)


def change(path, **settings):
    config = json.loads(path.read_text())
    config["config"] |= settings.pop("config", {})
    path.write_text(json.dumps(config | settings))


def test_another_backbone_is_refused(tmp_path):
    save(tmp_path, "Bert")
    change(tmp_path / "config.json", class_name="GemmaBackbone")
    with pytest.raises(InputError, match=r"preset of one of AlbertBackbone.*'GemmaBackbone'"):
        check_encoder(tmp_path)


@pytest.mark.filterwarnings("ignore:Skipping nested container")
def test_weights_of_another_size_are_refused(tmp_path):
    save(tmp_path, "Bert")
    change(tmp_path / "config.json", config={"hidden_dim": 16})
    with pytest.raises(InputError, match=r"weights that fit .*model\.weights\.h5"):
        load_backbone(tmp_path)


def test_damaged_weights_are_refused(tmp_path):
    save(tmp_path, "Bert")
    (tmp_path / "model.weights.h5").write_bytes(b"no such file")
    with pytest.raises(InputError, match=r"weights that fit .*model\.weights\.h5"):
        load_backbone(tmp_path)


def arrays_in(file):
    names = []
    file.visititems(lambda name, entry: names.append(name) if hasattr(entry, "shape") else None)
    return names


def test_weights_that_are_no_numbers_are_refused(tmp_path):
    h5py = pytest.importorskip("h5py")
    save(tmp_path, "Bert")
    with h5py.File(tmp_path / "model.weights.h5", "a") as file:
        file[next(name for name in arrays_in(file) if "dense" in name)][...] = np.nan
    with pytest.raises(InputError, match="no numbers for"):
        load_backbone(tmp_path)


@pytest.fixture
def offline(tmp_path, monkeypatch):
    """Kaggle's cache, empty, and no network."""
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "cache"))
    for name in ("HTTPS_PROXY", "https_proxy"):  # one that nobody listens at
        monkeypatch.setenv(name, "http://127.0.0.1:9")


@pytest.mark.usefixtures("offline")
def test_a_name_is_found_in_the_cache_of_kaggle(tmp_path):
    kagglehub = pytest.importorskip("kagglehub.cache")
    handle = pytest.importorskip("kagglehub.handle").parse_model_handle(
        HUB.Backbone.presets["bert_tiny_en_uncased"]["kaggle_handle"].removeprefix("kaggle://")
    )
    folder = Path(kagglehub.get_cached_path(handle))
    save(folder, "Bert", n_classes=2)
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        kagglehub.Cache().mark_as_complete(handle, path.relative_to(folder).as_posix())
    assert resolve_encoder("bert_tiny_en_uncased") == str(folder)
    assert load_head(folder).labels == ("LABEL_0", "LABEL_1")


@pytest.mark.usefixtures("offline")
def test_no_network_for_a_name_says_so():
    with pytest.raises(DownloadError, match=r"preset 'bert_tiny_en_uncased'.*Go online"):
        resolve_encoder("bert_tiny_en_uncased")
