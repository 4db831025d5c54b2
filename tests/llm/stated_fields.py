"""A text, the fields that it states, and models that say so."""

import json

from keraswrap.llm import FakeLM, Regex, TextExtractor

TEXT = "I bought 2 tents, order AB-1234, for $1,299.50 on 5 March 2024. The zip is broken."
FIELDS = {
    "price": "number",
    "bought": "date",
    "mood": ["good", "bad"],
    "order": Regex("^[A-Z]{2}-[0-9]{4}$"),
    "item": "text",
}
SAID = {
    "price": {"quote": "$1,299.50", "value": 1299.5},
    "bought": {"quote": "5 March 2024", "value": "2024-03-05"},
    "mood": {"quote": "The zip is broken", "value": "bad"},
    "order": "AB-1234",
    "item": "tents",
}
NOTHING = dict.fromkeys(FIELDS)


def asked_about(prompt):
    return prompt.partition("\nText:\n")[2]


def saying(answer, **given):
    """A model that gives an answer, or that of a function of the text."""
    give = answer if callable(answer) else lambda text: answer
    return FakeLM(says=lambda prompt: json.dumps(give(asked_about(prompt))), **given)


def extract(answer, text=TEXT, fields=FIELDS, **given):
    extractor = TextExtractor(fields, model=saying(answer), **given)
    (row,) = extractor.transform([text])
    return row.tolist(), extractor
