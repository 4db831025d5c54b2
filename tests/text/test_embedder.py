"""Features of a frozen encoder: what they are, and that each is computed once."""

import itertools
import pickle
import resource

import numpy as np
import pandas as pd
import pytest
from checkpoints import BAD, GOOD, POSITIONS, SPECIAL, WIDTH, write_checkpoint
from cleanlab.classification import CleanLearning
from encoder_reference import Reference
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import Pipeline
from sklearn.utils.estimator_checks import estimator_checks_generator

from keraswrap.exceptions import InputError, InputTypeError, ParameterError, StorageError
from keraswrap.text import EmbeddingCache, TextEmbedder, encode_texts, read_pad_id
from keraswrap.text._frozen_encoder import frozen_encoder

TEXTS = ["it is good and the text", "awful", "it broke and it was poor text", "good", "it is"]
# Every text of three words: none is cut to the same ids as another.
MANY = [" ".join(words) for words in itertools.permutations(("it", "is", "the", *GOOD, *BAD), 3)]
PLANTED = [5, 41]


@pytest.fixture
def folder(tmp_path):
    return str(write_checkpoint(tmp_path / "bert"))


@pytest.fixture
def made(tmp_path):
    """What makes embedders over one cache."""

    def make(folder, **kwargs):
        kwargs = {"max_length": 12, "cache": tmp_path / "cache", **kwargs}
        return TextEmbedder(folder, **kwargs)

    return make


def expected(folder, pooling, texts=TEXTS):
    """The features in float64, straight from the checkpoint."""
    ids = encode_texts(texts, folder, 12)
    mask = ids != read_pad_id(folder)
    reference = Reference(folder)
    states = reference.states(ids, mask)
    if pooling == "mean":
        return (states * mask[..., None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
    return states[:, 0] if pooling == "cls" else reference.pooled(states)


def poolings():
    for kind, pooling in itertools.product(sorted(SPECIAL), ("mean", "cls", "pooler")):
        if pooling != "pooler" or kind in ("albert", "bert"):
            yield kind, pooling


@pytest.mark.parametrize(("kind", "pooling"), list(poolings()))
def test_features_are_those_of_the_reference(kind, pooling, tmp_path, made):
    folder = str(write_checkpoint(tmp_path / kind, kind))
    vectors = expected(folder, pooling)
    found = made(folder, pooling=pooling, normalize=False).fit_transform(TEXTS)
    assert (found.shape, found.dtype) == ((5, WIDTH), "float32")
    assert np.allclose(found, vectors, atol=1e-5)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert np.allclose(made(folder, pooling=pooling).fit_transform(TEXTS), units, atol=1e-5)


def test_a_text_has_the_same_features_in_any_company(folder, made):
    step = made(folder, cache=False, batch_size=2).fit(TEXTS)
    together = step.transform(TEXTS)
    alone = np.vstack([step.transform([text]) for text in TEXTS])
    assert np.allclose(together, alone, atol=1e-5)
    assert np.allclose(step.transform(TEXTS[::-1])[::-1], together, atol=1e-5)
    wide = made(folder, cache=False, max_length=POSITIONS)
    assert np.allclose(wide.fit_transform(TEXTS), together, atol=1e-5)


# Each text once


def apart(step):
    """Texts of two kinds that the features of this encoder tell apart."""
    vectors = step.fit_transform(MANY)
    axis = np.linalg.svd(vectors - vectors.mean(axis=0), full_matrices=False)[2][0]
    order = np.argsort(vectors @ axis)
    return np.array(MANY)[[*order[:25], *order[-25:]]], np.repeat([0, 1], 25)


def through_the_net(step):
    return frozen_encoder(step._folder, step.pooling, step.fingerprint_).n_computed


def test_what_was_computed_is_read_back(folder, made):
    first = made(folder)
    vectors = first.fit_transform([*TEXTS, *TEXTS])
    assert (first.n_computed_, first.n_cached_) == (5, 5)
    again = made(folder).fit([TEXTS[0]])
    assert np.array_equal(again.transform([*TEXTS[::-1], "the"])[:5][::-1], vectors[:5])
    assert (again.n_computed_, again.n_cached_) == (1, 5)
    assert through_the_net(again) == 6


def test_a_search_over_folds_computes_each_text_once(folder, made):
    texts, y = apart(made(folder, cache=None))
    steps = Pipeline([("features", made(folder)), ("classifier", LogisticRegression(C=100))])
    grid = {
        "features__normalize": [False, True],
        "features__max_length": [8, 12, 20],
        "classifier__C": [1, 100],
    }
    search = GridSearchCV(steps, grid, cv=5).fit(texts, y)
    assert search.best_score_ > 0.95
    # Beside those through which `apart` looked.
    assert through_the_net(search.best_estimator_[0]) == len(MANY) + 50


def test_texts_that_the_net_cannot_tell_apart_share_features(folder, made):
    step = made(folder, max_length=4)
    vectors = step.fit_transform(["It broke", "it  BROKE", "it broke and it was poor", "it is"])
    assert np.array_equal(vectors[0], vectors[2])
    assert (step.n_computed_, step.n_cached_) == (2, 2)


@pytest.mark.parametrize("change", ["pooling", "checkpoint"])
def test_other_features_are_not_taken_for_these(folder, made, tmp_path, change):
    made(folder).fit_transform(TEXTS)
    if change == "checkpoint":
        other = str(write_checkpoint(tmp_path / "other", layers=2))
        step = made(other)
    else:
        step = made(folder, pooling="cls")
    step.fit_transform(TEXTS)
    assert (step.n_computed_, step.n_cached_) == (5, 0)


@pytest.mark.parametrize("cache", [None, False])
def test_without_a_cache_nothing_is_written(folder, made, cache, tmp_path, monkeypatch):
    monkeypatch.setenv("KERASWRAP_HOME", str(tmp_path / "home"))
    step = made(folder, cache=cache).fit(TEXTS)
    assert np.array_equal(step.transform(TEXTS), step.transform(TEXTS))
    assert step.n_computed_ == 10
    assert not (tmp_path / "home").exists()


def test_the_cache_is_in_the_users_folder(folder, made, tmp_path, monkeypatch):
    monkeypatch.setenv("KERASWRAP_HOME", str(tmp_path / "home"))
    made(folder, cache=True).fit_transform(TEXTS)
    assert EmbeddingCache().info().n_rows == 5
    assert EmbeddingCache().path.parent == tmp_path / "home"
    assert b"awful" not in EmbeddingCache().path.read_bytes()


def test_a_small_cache_changes_no_result(folder, made):
    step = made(folder, cache_size=50_000)
    vectors = step.fit_transform(MANY)
    kept = EmbeddingCache(step.cache).info()
    assert kept.n_rows < len(MANY)
    assert kept.n_bytes <= 50_000
    assert np.allclose(made(folder, cache=None).fit_transform(MANY), vectors, atol=1e-5)


def test_a_full_disk_loses_nothing_that_was_kept(folder, made):
    step = made(folder)
    step.fit_transform(MANY[:1024])
    EmbeddingCache(step.cache).clear()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (180_000, before[1]))
    try:
        with pytest.raises(StorageError, match=r"1024 of 1716 texts .* not be computed again"):
            step.fit(MANY).transform(MANY)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert step.transform(MANY).shape == (len(MANY), WIDTH)
    # What the failed step had computed is computed again, what came before is not.
    assert step.n_computed_ == 1024 + len(MANY) - 1024
    assert EmbeddingCache(step.cache).info().n_rows == len(MANY)


# As scikit-learn knows it


def test_a_clone_and_a_pickle_give_the_same(folder, made):
    step = made(folder)
    vectors = step.fit_transform(TEXTS)
    stored = pickle.dumps(step)
    assert len(stored) < 2000
    assert np.array_equal(pickle.loads(stored).transform(TEXTS), vectors)
    assert np.array_equal(clone(step).fit_transform(TEXTS), vectors)


def test_another_checkpoint_in_its_place_is_noticed(folder, made, tmp_path):
    stored = pickle.dumps(made(folder).fit(TEXTS))
    write_checkpoint(tmp_path / "bert", layers=2)
    with pytest.raises(InputError, match=r"got another one.*Restore the old one, or fit again"):
        pickle.loads(stored).transform(TEXTS)


def test_columns_have_names(folder, made):
    step = made(folder).set_output(transform="pandas")
    frame = step.fit_transform(pd.Series(TEXTS, dtype="string"))
    assert frame.columns.tolist() == [f"embedding{n}" for n in range(WIDTH)]


NAMED = pd.DataFrame({"review": TEXTS, "title": TEXTS[::-1], "stars": range(5)})


@pytest.mark.parametrize("column", ["review", ["review"]], ids=["series", "frame"])
def test_columns_carry_the_name_of_their_own(folder, made, column):
    step = made(folder).fit(NAMED[column])
    names = step.get_feature_names_out().tolist()
    assert names == [f"review_embedding{n}" for n in range(WIDTH)]
    assert step.get_feature_names_out(["text"])[1] == "text_embedding1"


def test_skrub_applies_it_to_each_column_of_texts(folder, made):
    skrub = pytest.importorskip("skrub")
    frame = skrub.ApplyToCols(made(folder), cols=["review", "title"]).fit_transform(NAMED)
    names = [f"{name}_embedding{n}" for name in ("review", "title") for n in range(WIDTH)]
    assert frame.columns.tolist() == [*names, "stars"]
    vectors = made(folder).fit_transform(TEXTS)
    np.testing.assert_array_equal(frame[names[:WIDTH]], vectors)
    np.testing.assert_allclose(frame[names[WIDTH:]], vectors[::-1], atol=1e-6)


def test_skrub_vectorizes_tables_with_it(folder, made):
    skrub = pytest.importorskip("skrub")
    table = skrub.TableVectorizer(high_cardinality=made(folder), cardinality_threshold=3)
    found = table.fit_transform(NAMED)
    assert (
        found.columns.tolist()
        == skrub.ApplyToCols(made(folder), cols=["review", "title"])
        .fit_transform(NAMED)
        .columns.tolist()
    )
    assert table.transform(NAMED[:2]).equals(found[:2])


def test_label_issues_are_found_over_it(folder, made):
    texts, given = apart(made(folder))
    given[PLANTED] = 1 - given[PLANTED]
    clf = Pipeline([("features", made(folder)), ("classifier", LogisticRegression(C=100))])
    issues = CleanLearning(clf, seed=0).find_label_issues(texts, given)
    assert issues.index[issues["is_label_issue"]].tolist() == PLANTED
    assert through_the_net(clf.fit(texts, given)[0]) == len(MANY)


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"pooling": "max"}, ParameterError, r"\('mean', 'cls', 'pooler'\), got 'max'"),
        ({"max_length": 2}, ParameterError, "at least 3 tokens, got 2"),
        ({"max_length": POSITIONS + 1}, ParameterError, f"at most {POSITIONS}, the positions"),
        ({"batch_size": 0}, ParameterError, "batch_size of at least 1, got 0"),
        ({"batch_size": 2.0}, ParameterError, "batch_size of at least 1, got 2.0"),
        ({"cache": True, "cache_size": 0}, ParameterError, "number of bytes, got 0"),
        ({"cache": 3}, InputTypeError, "a folder for the cache, got 3"),
        ({"cache": __file__}, StorageError, r"written at .*test_embedder\.py/embeddings"),
        ({"encoder": "no-such"}, ParameterError, "preset, got 'no-such'"),
        ({"empty": "drop"}, ParameterError, "'error' or 'allow', got 'drop'"),
    ],
)
def test_parameters_that_cannot_be_are_refused_before_any_work(folder, params, error, message):
    with pytest.raises(error, match=message):
        TextEmbedder(**{"encoder": folder, "cache": None, "max_length": 12, **params}).fit(TEXTS)


@pytest.mark.parametrize("kind", ["distilbert", "roberta"])
def test_a_pooler_that_is_not_there_is_refused(kind, made, tmp_path):
    folder = str(write_checkpoint(tmp_path / kind, kind))
    with pytest.raises(ParameterError, match=r"pooling='mean' or 'cls' .* has no pooler"):
        made(folder, pooling="pooler").fit(TEXTS)


def test_what_is_no_text_is_refused(folder, made):
    step = made(folder)
    for method in (step.fit, step.fit(TEXTS).transform):
        with pytest.raises(InputTypeError, match="got None in row 1"):
            method(["good", None])
        with pytest.raises(InputError, match="1 of 2 without any, in row 0"):
            method([" ", "good"])
    assert made(folder, empty="allow").fit_transform([" ", "good"]).shape == (2, WIDTH)


def test_nothing_works_before_fit(folder):
    with pytest.raises(NotFittedError, match="not fitted yet"):
        TextEmbedder(folder).transform(TEXTS)


def checks():
    for _, check in estimator_checks_generator(TextEmbedder()):
        yield pytest.param(check, id=check.func.__name__)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("check", list(checks()))
def test_check(check, folder, made):
    check(made(folder))


# The real one

PRAISE = [
    *("It works perfectly, I am so happy.", "Best purchase of the year.", "My kids love it."),
    *("Great sound and easy to set up.", "The battery lasts for days.", "Highly recommended!"),
    *("Beautiful, sturdy and cheap.", "Arrived early and well packed.", "Exceeded all my hopes."),
    *("A joy to use every morning.", "Crisp picture, lovely colours.", "Fits like a glove."),
    *("Support answered at once and solved it.", "Worth every penny.", "Simply wonderful."),
    *("I would buy it again tomorrow.", "Fast, quiet and reliable.", "The screen is gorgeous."),
    *("Everything I wanted and more.", "It feels solid and well made.", "Delightful little thing."),
    *("A pleasant surprise.", "The manual is clear and helpful.", "Charges in no time."),
    *("Superb quality.", "No complaints at all.", "It made my work easier."),
    *("Five stars from me.", "Comfortable for hours.", "Still like new after a year."),
]
BLAME = [
    *("It broke after two days.", "A complete waste of money.", "The strap tore at once."),
    *("Terrible sound, full of noise.", "It never charged properly.", "Do not buy this."),
    *("Arrived damaged and late.", "Support never answered my mails.", "Cheap plastic rubbish."),
    *("I sent it back.", "The screen froze every hour.", "Worst purchase of my life."),
    *("It smells awful.", "Nothing works as described.", "The buttons stick and jam."),
    *("Very disappointed.", "It got so hot that it burned me.", "The colours are dull and wrong."),
    *("It leaks.", "Too small and badly sewn.", "The app crashes all the time."),
    *("Useless.", "I regret this.", "The battery was dead within an hour."),
    *("Poorly made and overpriced.", "It hurts my ears.", "They refused a refund."),
    *("The lid does not close.", "Scratched out of the box.", "An annoying piece of junk."),
]


@pytest.mark.network
def test_minilm_tells_praise_from_blame(tmp_path):
    texts, y = [*PRAISE, *BLAME], np.repeat([1, 0], 30)
    step = TextEmbedder(cache=tmp_path)
    clf = Pipeline([("features", step), ("classifier", LogisticRegression())])
    predicted = cross_val_predict(clf, texts, y, cv=5)
    assert np.mean(predicted == y) >= 0.9
    assert through_the_net(step.fit(texts)) == 60
