"""What models and aliases may be called."""

import pytest

from keraswrap.exceptions import ParameterError
from keraswrap.tracking import ModelName, parse_model_name
from keraswrap.tracking._names import address, check_alias, check_kind, check_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("reviews", ModelName("reviews")),
        ("reviews:3", ModelName("reviews", version=3)),
        ("reviews@champion", ModelName("reviews", alias="champion")),
        ("O'Reilly's \"best\" 100%", ModelName("O'Reilly's \"best\" 100%")),
        ("Kundenbriefe für Öl@a-b_1", ModelName("Kundenbriefe für Öl", alias="a-b_1")),
    ],
)
def test_an_address_is_read_and_written(text, name):
    assert parse_model_name(text) == name
    assert str(name) == text


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " a",
            "a/b",
            "a\\b",
            "a@b@c",
            "a:b",
            "a:0",
            "a:-1",
            "a:1.5",
            "a:٣",
            "a:",
            "a@",
            "a@3",
        ),
        *(
            "a@v3",
            "a@Latest",
            "a@b c",
            "x" * 201,
            "a\nb",
            "\x00",
            "..",
            ".a",
            "a\ud800",
            f"a:{2**63}",
        ),
    ],
)
def test_other_addresses_are_refused(text):
    with pytest.raises(ParameterError, match=r"Expected (a model's name|a version|an alias)"):
        parse_model_name(text)


def test_a_version_may_stand_beside_the_name():
    assert str(address("a", 3)) == str(address("a", "3")) == str(address("a:3")) == "a:3"
    assert str(address("a", "champion")) == "a@champion"


@pytest.mark.parametrize("version", [0, -1, True, 2.0, "0"])
def test_other_versions_are_refused(version):
    with pytest.raises(ParameterError, match="Expected a version as a number"):
        address("a", version)


def test_an_address_has_no_second_version():
    with pytest.raises(ParameterError, match="without / "):
        address("a:3", 4)


@pytest.mark.parametrize("check", [check_name, check_alias, check_kind])
def test_what_is_no_string_is_refused(check):
    with pytest.raises(ParameterError, match="Expected"):
        check(3)
