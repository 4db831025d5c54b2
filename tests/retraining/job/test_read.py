import pytest

from keraswrap.exceptions import InputError, ParameterError
from keraswrap.retraining import read_job

LEAST = """
[job]
name = "reviews"
[data]
train = "train.csv"
text = "text"
"""


@pytest.fixture
def write(tmp_path):
    def writer(text):
        path = tmp_path / "job.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return writer


def test_a_job_needs_a_name_and_a_table(write):
    job = read_job(write(LEAST))
    assert (job.job.name, job.data.inputs, job.issues.strategy) == ("reviews", ["text"], "keep")


def test_paths_count_from_the_file(write, tmp_path):
    job = read_job(write(LEAST))
    assert job.state == tmp_path / "state"
    assert job.registry == str(tmp_path / "registry.sqlite")
    assert job.path(job.data.train) == tmp_path / "train.csv"


def test_the_address_of_a_server_stays_as_it_is(write):
    text = LEAST.replace("[data]", 'registry = "http://127.0.0.1:5000"\n[data]')
    assert read_job(write(text)).registry == "http://127.0.0.1:5000"


def test_settings_of_retraining_take_alias_and_seed_of_the_job(write):
    text = LEAST.replace("[data]", "seed = 3\n[data]") + "[retrain]\nalpha = 0.01\n"
    job = read_job(write(text))
    settings = job.retrain.settings(job.job.alias, job.job.seed)
    assert (settings.alpha, settings.alias, settings.random_state) == (0.01, "champion", 3)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("[serch]\n", r"got \[serch\]. Did you mean 'search'"),
        ("[retrain]\nalhpa = 0.1\n", r"known in \[retrain\], got 'alhpa'. Did you mean 'alpha'"),
        ("[retrain]\nalpha = 2\n", "Expected alpha to be a number between 0 and 1"),
        ("[issues]\nstrategy = 'drop'\n", r"Expected issues.strategy to be one of \['keep'"),
        ("[search]\ngrid = {epochs = 3}\n", "Expected lists of values in search.grid"),
        ("[search]\ngrid = 3\n", r"Expected \[search.grid\] to be a section"),
        ("[search]\nfolds = 1\n", "search.folds"),
        ("[model]\nkind = 'forest'\n", "Expected model.kind to be one of"),
        ("[serve]\nhost = 5\n", "Expected a text as serve.host, got 5"),
        ("[abstain]\ntarget_error = 1.5\n", "Expected abstain.target_error"),
        ("issues = 3\n", r"Expected keys that are known in \[data\]"),
    ],
)
def test_what_is_wrong_is_named(write, more, message):
    with pytest.raises(ParameterError, match=message):
        read_job(write(LEAST + more))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('name = "reviews"', "", "Expected job.name, the name of the model, got none"),
        ('train = "train.csv"', "", "Expected data.train"),
        ('text = "text"', "", "Expected data.text or data.columns, one of them, got neither"),
        ('text = "text"', 'text = "a"\ncolumns = ["b"]', "got both"),
        ("[job]", "job = 3\n[more]", r"got \[more\]"),
    ],
)
def test_what_is_missing_is_named(write, old, new, message):
    with pytest.raises(ParameterError, match=message):
        read_job(write(LEAST.replace(old, new)))


@pytest.mark.parametrize("text", ["[job", "a = 1\na = 2", "\x00"])
def test_what_is_no_toml_is_refused(write, text):
    with pytest.raises(InputError, match="Expected a job file in TOML, got"):
        read_job(write(text))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"job.toml': No such file"):
        read_job(tmp_path / "job.toml")
