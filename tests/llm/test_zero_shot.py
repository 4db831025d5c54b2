"""Labels by a model that is shown no example."""

import pytest
from reviews import X, Y, fake
from sklearn.model_selection import GridSearchCV

from keraswrap.llm import DEFAULT_PROMPT_ZERO_SHOT, ZeroShotClassifier


def test_skorchs_first_example():
    clf = ZeroShotClassifier(model=fake(), prompt=DEFAULT_PROMPT_ZERO_SHOT)
    clf.fit(X=None, y=["positive", "negative"])
    review = "Superb, good.\nOnly the camera broke. {0} {labels}"
    assert clf.predict([review])[0] == "positive"
    assert clf.predict_proba([review]).shape == (1, 2)
    assert review in clf.get_prompt(review)


def test_skorchs_grid_search():
    my_prompt = "Sentiments are: {labels}\n\n```\n{text}\n```\n\n    Your response:"
    params = {"model": [fake()], "prompt": [DEFAULT_PROMPT_ZERO_SHOT, my_prompt]}
    metrics = ["accuracy", "neg_log_loss"]
    clf = ZeroShotClassifier(model=fake())
    search = GridSearchCV(clf, param_grid=params, cv=2, scoring=metrics, refit=False)
    search.fit(X, Y)
    assert search.cv_results_["mean_test_accuracy"].tolist() == [1, 1]


def test_label_ids_hold_no_special_tokens():
    class Letters:
        def __call__(self, texts, add_special_tokens=True):
            return {"input_ids": [[ord(c) for c in t] + [0] * add_special_tokens for t in texts]}

    model = fake()
    model.tokenizer = Letters()
    clf = ZeroShotClassifier(model=model).fit(y=["a", "b"])
    assert clf.label_ids_ == [[97], [98]]
    assert clf.tokenizer_ is model.tokenizer


def test_a_model_without_a_tokenizer_is_shown_in_a_notebook(make):
    clf = make().fit(X, Y)
    assert "classes_" in clf._repr_html_()
    with pytest.raises(AttributeError, match="FakeLM has no tokenizer, so no label_ids_"):
        clf.label_ids_  # noqa: B018
