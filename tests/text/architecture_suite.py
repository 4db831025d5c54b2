"""What every architecture must fulfil, tried on small checkpoints with random weights."""

import json
import pickle

import keras
import numpy as np
import pytest
from safetensors.numpy import save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from keraswrap import KerasWrapperModel
from keraswrap.exceptions import InputError
from keraswrap.text import (
    TextEmbedder,
    TransformerClassifier,
    apply_head,
    build_text_classifier,
    check_encoder,
    encode_texts,
    load_backbone,
    load_head,
    read_pad_id,
)

WORDS = ("a", "the", "it", "is", "was", "text", "and", "good", "great", "bad", "poor", "broke")
TEXTS = ["it is good and the text is great", "bad", "it broke and it was a poor text"]
LABELS = ("no", "perhaps", "yes")


def wordpiece(special, roles):
    """BERT's tokenizer: words of the vocabulary, or pieces of them."""
    first, last, _, unknown = roles
    pieces = [*special, *WORDS, *"tieoxr", *(f"##{letter}" for letter in "tieoxr")]
    ids = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token=unknown))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return between(tokenizer, first, last)


def sentencepiece(special, roles):
    """A sentencepiece model: pieces with their log-probabilities."""
    first, last, _, unknown = roles
    pieces = [(name, 0.0) for name in special] + [(f"▁{word}", -2.0) for word in WORDS]
    pieces += [(letter, -6.0) for letter in "▁abdegiknoprstuwx"]
    tokenizer = Tokenizer(models.Unigram(pieces, special.index(unknown)))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    return between(tokenizer, first, last)


def bytes_bpe(special, roles):
    """BPE over bytes, with two merges."""
    first, last, *_ = roles
    pieces = [*special, *pre_tokenizers.ByteLevel.alphabet(), "th", "the"]
    ids = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.BPE(ids, [("t", "h"), ("th", "e")]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return between(tokenizer, first, last)


def between(tokenizer, first, last):
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}",
        pair=f"{first} $A {last} $B:1 {last}:1",
        special_tokens=[(name, tokenizer.token_to_id(name)) for name in (first, last)],
    )
    tokenizer.add_special_tokens([first, last])
    return tokenizer


def dense(name, inputs, outputs, bias=True):
    """Shapes of a dense layer's tensors."""
    return {f"{name}.weight": (outputs, inputs)} | ({f"{name}.bias": (outputs,)} if bias else {})


def norm(name, width, bias=True):
    """Shapes of a layer norm's tensors."""
    return {f"{name}.weight": (width,)} | ({f"{name}.bias": (width,)} if bias else {})


class ArchitectureSuite:
    """The tests; a class for each architecture says what its checkpoints are.

    CONFIG is config.json, less what `write` knows; ROLES are the tokens for
    beginning, end, padding and what is unknown, and SPECIAL the same in the
    order of their ids, if it is another; `tokenizer` makes it; `shapes`
    and `head_shapes` name the tensors as transformers does; REFERENCE computes
    token states and logits in float64; VARIANTS are settings to try, REFUSED
    those that are not taken, with a part of the message; TRAINED is what is trained.
    """

    CONFIG = {}
    ROLES = ("[CLS]", "[SEP]", "[PAD]", "[UNK]")
    SPECIAL = ()
    PREFIX = ""
    LENGTH = 12  # of the longest of TEXTS, at least
    TRAINED = "all"
    VARIANTS = ({},)
    REFUSED = ()
    tokenizer = staticmethod(wordpiece)

    def write(self, folder, head=None, **settings):
        """Write a checkpoint, and return its folder."""
        folder.mkdir(parents=True, exist_ok=True)
        first, last, pad, unknown = self.ROLES
        tokenizer = self.tokenizer(self.SPECIAL or self.ROLES, self.ROLES)
        tokenizer.save(str(folder / "tokenizer.json"))
        names = {"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": pad}
        names |= {"unk_token": unknown, "cls_token": first, "sep_token": last}
        (folder / "tokenizer_config.json").write_text(json.dumps(names))
        config = {
            "vocab_size": tokenizer.get_vocab_size(),
            "pad_token_id": tokenizer.token_to_id(pad),
        }
        config |= {**self.CONFIG, **settings}
        if head:
            config["architectures"] = ["AnyForSequenceClassification"]
            config["id2label"] = {str(number): name for number, name in enumerate(head)}
        (folder / "config.json").write_text(json.dumps(config))
        prefix = self.PREFIX if head else ""
        shapes = {prefix + name: shape for name, shape in self.shapes(config).items()}
        shapes |= self.head_shapes(config, len(head)) if head else {}
        rng = np.random.default_rng(0)
        tensors = {n: rng.normal(0, 0.5, shape).astype("float32") for n, shape in shapes.items()}
        save_file(tensors, folder / "model.safetensors")
        return folder

    def check(self, folder, texts=TEXTS, length=None):
        """Return how far states and logits are from the reference, at most."""
        ids = encode_texts(texts, folder, length or self.LENGTH)
        mask = ids != read_pad_id(folder)
        net, head = load_backbone(folder), load_head(folder)
        outputs = dict(net.output)
        if head is not None:
            outputs["logits"] = apply_head(head, net.output)
        found = keras.Model(net.input, outputs)(inputs_of(net, ids, mask))
        reference = self.REFERENCE(folder)
        states = reference.states(ids, mask)
        errors = [np.abs(found["sequence_output"] - states)[mask].max()]
        if head is not None:
            errors.append(np.abs(found["logits"] - reference.logits(states, mask)).max())
        if "pooled_output" in found:
            errors.append(np.abs(found["pooled_output"] - reference.pooled(states)).max())
        return max(errors)

    def test_token_states_are_those_of_the_reference(self, tmp_path):
        for number, settings in enumerate(self.VARIANTS):
            folder = self.write(tmp_path / str(number), **settings)
            assert check_encoder(folder) == str(folder)
            assert self.check(folder) < 1e-5, settings

    def test_logits_are_those_of_the_reference(self, tmp_path):
        for number, settings in enumerate(self.VARIANTS):
            folder = self.write(tmp_path / str(number), head=LABELS, **settings)
            assert self.check(folder) < 1e-5, settings
        assert load_head(folder).labels == LABELS

    def test_states_and_logits_are_those_of_pytorch(self, tmp_path):
        torch = pytest.importorskip("torch")
        import transformers

        for number, settings in enumerate(self.VARIANTS):
            folder = self.write(tmp_path / str(number), head=LABELS, **settings)
            ids = encode_texts(TEXTS, folder, self.LENGTH)
            mask = ids != read_pad_id(folder)
            make = transformers.AutoModelForSequenceClassification
            model = make.from_pretrained(folder, attn_implementation="eager").eval()
            with torch.no_grad():
                given = {"input_ids": torch.tensor(ids), "attention_mask": torch.tensor(mask * 1)}
                expected = model(**given, output_hidden_states=True)
            reference = self.REFERENCE(folder)
            states = reference.states(ids, mask)
            theirs = expected.hidden_states[-1].numpy()
            assert np.abs(theirs - states)[mask].max() < 1e-5, settings
            assert np.abs(expected.logits.numpy() - reference.logits(states, mask)).max() < 1e-5

    def test_tokens_are_those_of_transformers(self, tmp_path):
        folder = self.write(tmp_path)
        import transformers

        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        expected = tokenizer(TEXTS, padding="max_length", max_length=48, truncation=True)
        assert encode_texts(TEXTS, folder, 48).tolist() == expected["input_ids"]

    @pytest.mark.parametrize("pooling", ["mean", "cls"])
    def test_padding_changes_no_score(self, tmp_path, pooling):
        folder = str(self.write(tmp_path))
        net = build_text_classifier(folder, 3, pooling=pooling)
        assert (encode_texts(TEXTS, folder, self.LENGTH + 1)[:, -1] == read_pad_id(folder)).all()
        narrow, wide = (
            net(encode_texts(TEXTS, folder, length)) for length in (self.LENGTH, self.LENGTH + 18)
        )
        np.testing.assert_allclose(narrow, wide, atol=1e-5)

    def test_an_embedder_pools_the_states_of_tokens(self, tmp_path):
        folder = self.write(tmp_path / "checkpoint")
        ids = encode_texts(TEXTS, folder, self.LENGTH)
        mask = (ids != read_pad_id(folder))[..., None]
        means = (self.REFERENCE(folder).states(ids, mask[..., 0]) * mask).sum(1) / mask.sum(1)
        embedder = TextEmbedder(folder, max_length=self.LENGTH, normalize=False, cache=tmp_path)
        np.testing.assert_allclose(embedder.fit_transform(TEXTS), means, atol=1e-5)

    def test_the_configuration_says_all_of_the_net(self, tmp_path):
        folder = self.write(tmp_path)
        net = load_backbone(folder)
        copy = keras.models.model_from_json(net.to_json())
        copy.set_weights(net.get_weights())
        ids = encode_texts(TEXTS, folder, self.LENGTH)
        inputs = inputs_of(net, ids, ids != read_pad_id(folder))
        expected, found = net(inputs), copy(inputs)
        assert all(np.array_equal(found[name], expected[name]) for name in expected)

    @pytest.mark.parametrize("trainable", ["all", "last:1", "lora:2"])
    def test_what_is_trained_is_chosen(self, tmp_path, trainable):
        folder = str(self.write(tmp_path))
        X, y = encode_texts(TEXTS, folder, self.LENGTH), LABELS
        arguments = {"encoder": folder, "trainable": trainable}
        clf = KerasWrapperModel(build_text_classifier, arguments, random_state=0).initialize(X, y)
        trained = " ".join(weight.path for weight in clf.net.trainable_weights)
        assert ("embedding" in trained) == (trainable == "all")
        assert ("lora" in trained) == (trainable == "lora:2")
        assert ("layer_0" in trained) == (trainable != "last:1")
        assert "layer_1" in trained

    def test_it_is_trained_saved_and_loaded(self, tmp_path, recwarn):
        folder = str(self.write(tmp_path / "checkpoint"))
        X, y = encode_texts(TEXTS * 2, folder, self.LENGTH), np.tile(LABELS, 2)
        arguments = {"encoder": folder, "trainable": self.TRAINED}
        clf = KerasWrapperModel(build_text_classifier, arguments, random_state=0).fit(X, y)
        assert not [w for w in recwarn if "Gradients do not exist" in str(w.message)]
        clf.save(tmp_path / "clf.keraswrap")
        loaded = KerasWrapperModel.load(tmp_path / "clf.keraswrap")
        expected = clf.predict_proba(X)
        assert np.array_equal(loaded.predict_proba(X), expected)
        assert np.array_equal(pickle.loads(pickle.dumps(clf)).predict_proba(X), expected)
        assert np.array_equal(
            loaded.partial_fit(X, y).predict_proba(X), clf.partial_fit(X, y).predict_proba(X)
        )

    @pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize`")
    def test_a_quantized_net_computes_much_the_same(self, tmp_path):
        folder = str(self.write(tmp_path))
        net, ids = build_text_classifier(folder, 3), encode_texts(TEXTS, folder, self.LENGTH)
        expected = np.asarray(net(ids))
        net.quantize("int8")
        assert np.corrcoef(net(ids).numpy().ravel(), expected.ravel())[0, 1] > 0.9

    def test_a_classifier_takes_its_head(self, tmp_path):
        folder = self.write(tmp_path, head=LABELS)
        clf = TransformerClassifier.from_checkpoint(str(folder), max_length=self.LENGTH)
        ids = encode_texts(TEXTS, folder, self.LENGTH)
        reference, mask = self.REFERENCE(folder), ids != read_pad_id(folder)
        logits = reference.logits(reference.states(ids, mask), mask)
        proba = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        np.testing.assert_allclose(clf.predict_proba(TEXTS), proba, atol=1e-5)

    def test_what_is_not_computed_is_refused_with_the_reason(self, tmp_path):
        for number, (settings, message) in enumerate(self.REFUSED):
            folder = self.write(tmp_path / str(number))
            config = json.loads((folder / "config.json").read_text())
            (folder / "config.json").write_text(json.dumps(config | settings))
            with pytest.raises(InputError, match=message):
                check_encoder(folder)


def inputs_of(net, ids, mask):
    given = {"token_ids": ids, "padding_mask": mask.astype("int32"), "segment_ids": ids * 0}
    return {name: given[name] for name in net.input}
