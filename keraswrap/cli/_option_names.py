"""Messages of the library with a command's options in place of arguments.

The library's messages name its own arguments. This is the one place that knows
which option each of them is.
"""

from __future__ import annotations

import argparse
import re

from keraswrap.cli._parser import make_parser

# Arguments whose options have different names.
_ALIASES = {
    **{"cv": "--folds", "limit": "--max-size", "groups": "--group"},
    **{"new_classes": "--new-class", "lost_classes": "--lost-class", "proba": "--proba"},
    **{"base_url": "--server", "api_key_env": "--key-env", "max_concurrency": "--concurrency"},
    **{"random_state": "--seed", "model_name": "--model"},
    **{"classes": "--labels", "budget": "--ask"},
    **{"n_checks": "--checks", "n_candidates": "--candidates", "n_functions": "--functions"},
}
# Advice that a user of a command cannot follow, and what to do instead.
_PHRASES = {
    "overwrite=True, --overwrite": "--overwrite",
    "--max-size, limit=": "--max-size",
    "new_classes=, or --new-class of keraswrap apply": "--new-class",
    "lost_classes=, or --lost-class of keraswrap apply": "--lost-class",
    "Pass the estimator itself, or the result of cross_val_predict_proba; "
    "if": "Leave --proba out; if",
    "Pass the estimator instead of its probabilities, or": "Leave --proba out, or",
    "Pass classes=, the label of each column": "Use a .csv file with columns named as the labels",
    ", or pass journal=None": ", or leave --journal out",
    "Pass data_home=, or set": "Set",
    "offline=True or KERASWRAP_OFFLINE": "KERASWRAP_OFFLINE",
    "Pass load(path, encoder=...) where it is": "Name it with --encoder",
    "; if a fold misses the others, name them all with classes=[...]": "",
    " If a fold misses the others, name them all with classes=[...].": "",
    ", or allow them (empty='allow', where an estimator takes it)": "",
}


def in_options(message: str, command: str) -> str:
    """Replace the arguments that a message of the library names by a command's options.

    Parameters
    ----------
    command : str
        ``"issues"``, ``"apply"``, ``"merge"``, ``"train"``, ``"predict"``,
        ``"extract"``, ``"features"``, ``"label"``, ``"design"``, ``"chat"``,
        ``"drift"``, ``"serve"``, ``"register"``, ``"models"``, ``"cycle"`` or ``"demo"``.

    Examples
    --------
    >>> in_options("Take fewer folds (cv=), or say so with out_of_sample=True.", "issues")
    'Take fewer folds (--folds), or say so with --out-of-sample.'
    >>> in_options("Expected max_length of at most 512, got 600.", "train")
    'Expected --max-length of at most 512, got 600.'
    """
    for phrase, instead in _PHRASES.items():
        message = message.replace(phrase, instead)
    options = _options(command)
    names = "|".join(sorted(map(re.escape, options), key=len, reverse=True))
    # With a value; at the beginning, where it is what is wrong; and where it can be no word.
    message = re.sub(
        rf"(?<![\w.-])({names})=(True\b)?(?=(\w|['\"\[-])?)",
        lambda found: options[found[1]] + (" " if found[3] and not found[2] else ""),
        message,
    )
    follows = r"to be |as a |as the |of at |in \[|from |above |below |between |≥|>"
    message = re.sub(
        rf"^Expected ({names}) (?={follows})",
        lambda found: f"Expected {options[found[1]]} ",
        message,
    )
    return re.sub(
        r"(?<![\w.'\"-])([a-z]+_[a-z_]+|cv)(?![\w=(])",
        lambda found: options.get(found[1], found[1]),
        message,
    )


def _options(command: str) -> dict[str, str]:
    """Return the option of each argument that the command has."""
    parsers = next(
        action
        for action in make_parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    actions = parsers.choices[command]._actions
    own = {action.dest: action.option_strings[-1] for action in actions if action.option_strings}
    there = set(own.values())
    return own | {name: option for name, option in _ALIASES.items() if option in there}
