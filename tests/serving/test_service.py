"""What the addresses share: ready or not, and bodies read and written beside the loop."""

import io
import json
import threading

import pytest
from loops import run_apart

from keraswrap.serving import ServingLimits
from keraswrap.serving._holder import Holder
from keraswrap.serving._log import EventLog
from keraswrap.serving._negotiation import JSON, LINES
from keraswrap.serving._refusals import RequestError
from keraswrap.serving._service import Service
from keraswrap.serving._source import FixedSource

pytest.importorskip("prometheus_client")
LIMITS, LOG = ServingLimits(), EventLog(io.StringIO())


@pytest.fixture
def service(estimator):
    made = Service(Holder(FixedSource(estimator), LIMITS, LOG), LIMITS, LOG)
    yield made
    made.close()


def test_it_is_ready_from_its_first_model_until_it_stops(service):
    assert not service.ready
    with pytest.raises(RequestError, match="The model is being loaded") as refused:
        service.model()
    assert refused.value.headers == {"Retry-After": "2"}
    service.holder.load()
    assert service.ready
    service.stopping = True
    assert not service.ready
    assert service.model().version == "1"  # what was taken is answered


@pytest.mark.parametrize("n", [2, 2000])
def test_rows_are_read_and_answers_written(service, estimator, n):
    rows = [[float(k % 3), 1.0, 0.5] for k in range(n)]
    body = json.dumps({"rows": rows}).encode()
    service.holder.load()
    model = service.model()

    async def run():
        block = await service.read(body, JSON, model)
        parts = [model.predict(block)]
        return [await service.write(parts, n, kind, "1") for kind in (JSON, LINES)]

    whole, lines = run_apart(run())
    labels = [row["label"] for row in json.loads(whole)["predictions"]]
    assert labels == estimator.predict(rows).tolist()
    assert [json.loads(line)["label"] for line in lines.splitlines()] == labels


def test_a_large_body_that_is_wrong_is_told(service):
    service.holder.load()
    with pytest.raises(RequestError, match="Expected 3 numbers, got 1 in row 0"):
        run_apart(service.read(b'{"rows": [["%s"]]}' % (b"a" * 20_000), JSON, service.model()))


def test_its_threads_end(service):
    before = threading.active_count()
    other = Service(service.holder, LIMITS, LOG)
    run_apart(other._beside(True, lambda: None))
    assert threading.active_count() > before
    other.close()
    assert threading.active_count() == before
