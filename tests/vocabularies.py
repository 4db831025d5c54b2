"""Small fast tokenizers of the three makes: BERT's, RoBERTa's and sentencepiece's."""

import functools

from tokenizers import (
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import PreTrainedTokenizerFast

LINES = [
    "it is good and it was fine",
    "the great text broke, and the parts with it",
    "a mask is a pad of text < / s > [ sep ] [ cls ]",
]
BRACKETS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
ANGLES = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
ANGLE_NAMES = ("cls_token", "pad_token", "sep_token", "unk_token", "mask_token")
BRACKET_NAMES = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")


def bert():
    made = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer()
    made.pre_tokenizer, made.decoder = pre_tokenizers.BertPreTokenizer(), decoders.WordPiece()
    return made, trainers.WordPieceTrainer(vocab_size=120, special_tokens=list(BRACKETS))


def roberta():
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    letters = pre_tokenizers.ByteLevel.alphabet()
    settings = {"vocab_size": 320, "special_tokens": list(ANGLES), "initial_alphabet": letters}
    return made, trainers.BpeTrainer(**settings)


def sentencepiece():
    made = Tokenizer(models.Unigram())
    made.pre_tokenizer, made.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    settings = {"vocab_size": 90, "special_tokens": list(ANGLES), "unk_token": "<unk>"}
    return made, trainers.UnigramTrainer(**settings)


MAKES = {"bert": bert, "roberta": roberta, "sentencepiece": sentencepiece}


@functools.cache
def trained(make):
    """The JSON of a trained tokenizer."""
    made, trainer = MAKES[make]()
    made.train_from_iterator(LINES * 20, trainer)
    first, last = ("[CLS]", "[SEP]") if make == "bert" else ("<s>", "</s>")
    made.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}",
        special_tokens=[(name, made.token_to_id(name)) for name in (first, last)],
    )
    return made.to_str()


def make_tokenizer(make, **kwargs):
    """Give transformers' fast tokenizer of one make."""
    names = (
        zip(BRACKET_NAMES, BRACKETS, strict=True)
        if make == "bert"
        else zip(ANGLE_NAMES, ANGLES, strict=True)
    )
    tokenizer = Tokenizer.from_str(trained(make))
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **dict(names), **kwargs)
