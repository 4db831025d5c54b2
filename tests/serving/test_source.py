"""Where a model comes from: a key that changes with it, and what is known of it."""

import hashlib
from types import SimpleNamespace as Some

import joblib
import pytest

from keraswrap.serving import FileSource, RegistrySource, ServedModel
from keraswrap.serving._source import FixedSource, _uncached, as_source


def test_a_file_has_another_key_once_it_was_written_again(tmp_path, estimator):
    path = tmp_path / "model.joblib"
    joblib.dump(estimator, path)
    source = FileSource(path, trust_pickle=True)
    key, load = source.current()
    assert source.current()[0] == key
    served, sha256 = load(), hashlib.sha256(path.read_bytes()).hexdigest()
    assert (served.version, served.facts["sha256"]) == (sha256[:12], sha256)
    assert (served.facts["file"], served.facts["class"]) == ("model.joblib", "LogisticRegression")
    joblib.dump(estimator, tmp_path / "new")
    (tmp_path / "new").replace(path)
    assert source.current()[0] != key


def test_a_name_of_a_registry_is_followed(estimator):
    def get(name):
        return Some(name="reviews", version=versions[-1], sha256="ab", file=Some(versions={"k": 1}))

    versions, loaded = [1], []
    registry = Some(get=get, load=lambda *given, **more: loaded.append((given, more)) or estimator)
    source = RegistrySource(registry, "reviews@champion", params={"encoder": "tiny"})
    first, load = source.current()
    versions.append(2)
    assert [first, source.current()[0]] == ["reviews:1-ab", "reviews:2-ab"]
    served = load()  # still the version that the key says
    assert loaded == [(("reviews", 1), {"encoder": "tiny"})]
    assert (served.version, served.facts["versions"]) == ("reviews:1", {"k": 1})


def test_an_estimator_and_a_source_of_its_own_are_taken_as_they_are(estimator):
    class Own:
        def current(self):
            return "1", lambda: ServedModel.of(estimator, "1")

    own = Own()
    assert as_source(own) is own
    fixed = as_source(estimator)
    assert isinstance(fixed, FixedSource)
    assert (fixed.current()[0], fixed.current()[1]().estimator) == ("1", estimator)


def test_texts_of_requests_are_not_kept_on_disk():
    embedder = Some(cache="folder")
    assert _uncached(Some(vectorizer_=embedder)).vectorizer_.cache is False


@pytest.mark.parametrize("name", ["", "."])
def test_a_folder_is_no_model(name, tmp_path):
    with pytest.raises(ValueError, match="Expected the file of a model"):
        FileSource(tmp_path / name)
