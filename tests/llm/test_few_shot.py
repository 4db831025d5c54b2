"""Few-shot classification: which examples are shown, and how."""

import numpy as np
import pytest
from reviews import X, Y, fake

from keraswrap.exceptions import (
    InputError,
    ParameterError,
)
from keraswrap.llm import (
    DEFAULT_PROMPT_FEW_SHOT,
    FewShotClassifier,
    ZeroShotClassifier,
)


def test_skorchs_few_shot_example():
    clf = FewShotClassifier(model=fake(), max_samples=4, random_state=3).fit(X, Y)
    assert len(clf.examples_) == 4
    assert clf.get_examples(X, Y, n_samples=4) == clf.examples_
    prompt = clf.get_prompt("new one")
    assert all(f"{text}\n\nLabel:\n{label}" in prompt for text, label in clf.examples_)
    assert prompt.endswith("Text:\nnew one\n\nLabel:\n")
    assert clf.prompt_ == DEFAULT_PROMPT_FEW_SHOT


def test_examples_may_be_chosen_by_overriding():
    class First(FewShotClassifier):
        def get_examples(self, X, y, n_samples):
            return list(zip(X, y, strict=True))[:n_samples]

    clf = First(model=fake(), max_samples=2).fit(X, Y)
    assert clf.examples_ == list(zip(X[:2], Y[:2], strict=True))


@pytest.mark.parametrize("given", [["text"], [("a", "neutral")], [(1, "positive")], [("a",)]])
def test_examples_are_texts_with_their_labels(given):
    class Own(FewShotClassifier):
        def get_examples(self, X, y, n_samples):
            return given

    with pytest.raises(ParameterError, match="get_examples to give pairs of a text and one of"):
        Own(model=fake()).fit(X, Y)


def test_batch_calibration_learns_from_other_texts_than_the_examples():
    model = fake()
    clf = FewShotClassifier(model=model, calibration="batch", max_samples=2).fit(X, Y)
    asked = {prompt.messages[-1].pieces[-2].text for prompt in model.calls}
    assert asked == set(X) - {text for text, _ in clf.examples_}


def test_examples_are_turns_of_a_chat():
    prompt = [("system", "Labels: {labels}"), ("user", "{text}")]
    clf = FewShotClassifier(model=fake(), prompt=prompt, max_samples=2, random_state=0).fit(X, Y)
    said = clf._prompts(["new"])[0]
    assert said.chat
    assert [m.role for m in said.messages] == ["system", *["user", "assistant"] * 2, "user"]
    pairs = [(said.messages[n].text, said.messages[n + 1].text) for n in (1, 3)]
    assert pairs == clf.examples_


def test_no_examples_is_zero_shot():
    few = FewShotClassifier(model=fake(), max_samples=0).fit(X, Y)
    zero = ZeroShotClassifier(model=fake()).fit(X, Y)
    assert few.get_prompt("x") == zero.get_prompt("x")


def test_the_global_generator_is_left_as_it_is():
    before = np.random.get_state()[1].copy()
    FewShotClassifier(model=fake()).fit(X, Y)
    np.testing.assert_array_equal(before, np.random.get_state()[1])


def test_examples_look_as_told():
    clf = FewShotClassifier(
        model=fake(), prompt="{examples}|{text}", example_prompt="{text} -> {label}", max_samples=1
    )
    with pytest.warns(UserWarning, match="at least one example of each of the 2 labels, got 1"):
        clf.fit(X, Y)
    text, label = clf.examples_[0]
    assert clf.get_prompt("x") == f"{text} -> {label}|x"


class Lengths:
    """Says that texts are alike if they are as long."""

    def get_params(self, deep=False):
        return {}

    def fit(self, texts):
        return self

    def transform(self, texts):
        angles = np.array([len(text) / 20 for text in texts])
        return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def test_each_text_sees_those_most_like_it():
    clf = FewShotClassifier(
        model=fake(),
        selection="nearest",
        embedder=Lengths(),
        max_samples=2,
        prompt="{examples}|{text}",
        example_prompt="{text}{label}",
    ).fit(["a", "bb", "ccccc", "dddddd"], Y[:4])
    assert clf.get_prompt("xx") == "anegative\n\nbbpositive|xx"
    assert clf.get_prompt("xxxxxxx") == "ccccc" + "negative\n\ndddddd" + "positive|xxxxxxx"
    assert [p.text for p in clf._prompts(["xx"])] == [clf.get_prompt("xx")]


@pytest.mark.parametrize(("n", "shown"), [(2, ["a", "bb"]), (4, ["a", "bb"] * 2)])
def test_those_most_like_it_differ_while_there_are_others(n, shown):
    given = {"prompt": "{examples}|{text}", "example_prompt": "{text}{label}"}
    clf = FewShotClassifier(
        model=fake(), selection="nearest", embedder=Lengths(), max_samples=n, **given
    ).fit(["a", "bb", "a", "bb", "xx"], ["negative"] * 5)
    assert clf.get_prompt("xx") == "\n\n".join(f"{text}negative" for text in shown) + "|xx"


@pytest.mark.network
@pytest.mark.slow
def test_those_most_like_it_by_what_they_mean():
    texts = ["The battery is dead.", "Lovely sound.", "It never charges.", "Great bass."]
    shown = {"prompt": "{examples}{text}", "example_prompt": "<{label}> {text}"}
    clf = FewShotClassifier(model=fake(), selection="nearest", max_samples=2, **shown)
    clf.fit(texts, ["power", "sound"] * 2)
    assert clf.get_prompt("The charger is broken.").count("<power>") == 2
    assert clf.get_prompt("The music is so clear.").count("<sound>") == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"max_samples": -1}, "max_samples as a whole number"),
        ({"selection": "best"}, "selection to be one of .* or a callable, got 'best'"),
        ({"order": "up"}, "order to be one of"),
        ({"random_state": "x"}, "random_state as a whole number"),
        ({"prompt": "{text}"}, r"with the field \{examples\}"),
        ({"example_prompt": "{text}"}, r"with the field \{label\}"),
    ],
)
def test_few_shots_parameters_are_checked(change, message):
    with pytest.raises(ParameterError, match=message):
        FewShotClassifier(model=fake()).set_params(**change).fit(X, Y)


def test_few_shot_needs_texts():
    with pytest.raises(InputError, match=r"texts with their labels.*X=None"):
        FewShotClassifier(model=fake()).fit(None, Y)
