"""Whatever SmolLM2 writes under the schema can be built; benchmarks/bench_codegen.py has 200."""

import pytest

from keraswrap.codegen import PipelineWriter
from keraswrap.codegen._calls import make
from keraswrap.codegen._candidates import MODEL
from keraswrap.codegen._plan import plan_pipeline
from keraswrap.codegen._specification import read_specification
from keraswrap.datasets import fetch_smollm, make_synthetic_purchases
from keraswrap.llm import load_model

pytestmark = [pytest.mark.slow, pytest.mark.network]


@pytest.mark.thorough
def test_specifications_are_whole_short_and_can_be_built():
    table = make_synthetic_purchases(100)
    writer = PipelineWriter(load_model(fetch_smollm()), random_state=0)
    job, _, proposer = writer._begin(table.drop(columns="purchase"), table["purchase"])
    prompt = job.briefing.prompt([], MODEL)
    for number in range(2):
        written = proposer.query(job.space, number).ask([prompt]).found[0]
        assert (written.finish_reason, written.n_tokens[1] <= 200) == ("stop", True)
        read = read_specification(written.text, job.space)
        make(plan_pipeline(read, job.table.columns, job.table.target.task, 0))
