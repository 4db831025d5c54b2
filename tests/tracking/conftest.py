"""One MLflow server of the tests' own for the session, on a loopback address."""

import pytest
from mlflow_servers import free_port, start, stop


@pytest.fixture(scope="session")
def mlflow_server(tmp_path_factory):
    """The address of a server with an SQLite database."""
    pytest.importorskip("mlflow", reason="needs the extra mlflow")
    folder, port = tmp_path_factory.mktemp("mlflow"), free_port()
    command = [
        *("mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
        *("--backend-store-uri", f"sqlite:///{folder}/mlflow.db"),
        *("--artifacts-destination", str(folder / "artifacts")),
    ]
    uri = f"http://127.0.0.1:{port}"
    settings = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    process = start(command, f"{uri}/health", folder / "server.log", **settings)
    yield uri
    stop(process)
