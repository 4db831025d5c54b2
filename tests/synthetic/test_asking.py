"""Parameters of TextSynthesizer are checked before anything is asked."""

import json

import pytest
from fake_writers import rows, writer

from keraswrap.exceptions import InputError, InputTypeError, ParameterError, SavedFileError
from keraswrap.synthetic import TextSynthesizer


@pytest.mark.parametrize(
    ("params", "error", "match"),
    [
        ({"shots": -1}, ParameterError, "shots as a whole number from 0"),
        ({"max_tokens": 0}, ParameterError, "max_tokens as a whole number from 1"),
        ({"max_tries": 0.5}, ParameterError, "max_tries as a whole number from 1"),
        ({"random_state": None}, ParameterError, "random_state as a whole number"),
        ({"random_state": 2**32}, ParameterError, "random_state below"),
        ({"temperature": -1}, ParameterError, "temperature as a number"),
        ({"temperature": float("nan")}, ParameterError, "temperature as a number"),
        ({"top_p": 0}, ParameterError, "top_p above 0"),
        ({"max_cost": -1}, ParameterError, "max_cost as a number"),
        ({"min_words": -2}, ParameterError, "min_words as a whole number"),
        ({"chat": "yes"}, ParameterError, "chat as a bool"),
        ({"instruction": 3}, InputTypeError, "instruction as a text"),
        ({"descriptions": ["bad"]}, InputTypeError, "descriptions as a dict"),
        ({"descriptions": {"bad": ""}}, InputError, "a text in each row"),
        (
            {"descriptions": {"bad": "broken"}, "instruction": "Write."},
            ParameterError,
            r"\{label\} in instruction",
        ),
        ({"checks": ["spelling"]}, ParameterError, "got 'spelling'"),
        ({"judge": "words"}, InputTypeError, "judge as a classifier"),
        ({"attributes": {"tone": []}}, ParameterError, "at least one value"),
        ({"holds": {"tone": len}}, ParameterError, "holds for the attributes"),
        ({"model": 3}, InputTypeError, "a LanguageModel or the name of one, got int"),
    ],
)
def test_bad_parameters_are_named_and_nothing_is_asked(params, error, match):
    model = writer()
    maker = TextSynthesizer(**{"model": model, **params})
    with pytest.raises(error, match=match):
        maker.fit(*rows())
    assert model.calls == []
    assert not hasattr(maker, "rows_")


def test_an_unknown_field_in_the_instruction_warns():
    with pytest.warns(UserWarning, match="holds {topic}, which stays as it is"):
        TextSynthesizer(writer(), instruction="Write on {topic}.").fit(*rows())


def test_provenance_is_json_and_names_seed_versions_settings_and_model():
    maker = TextSynthesizer(writer(), random_state=5, holds=None).fit(*rows())
    told = json.loads(json.dumps(maker.sample(1, "bad").provenance))
    assert (told["seed"], told["model"]) == (5, maker.model_.fingerprint)
    assert told["settings"]["shots"] == 3
    assert set(told["versions"]) >= {"keraswrap", "numpy", "scikit-learn"}


def test_a_cache_that_cannot_be_used_is_reported_before_any_work(tmp_path):
    (tmp_path / "answers.db").write_text("no database" * 100)
    model = writer()
    with pytest.raises(SavedFileError, match=r"answers\.db"):
        TextSynthesizer(model, cache=tmp_path / "answers.db").fit(*rows())
    assert model.calls == []
