"""What every answer of the page's server says."""

from keraswrap.routing._page._guard import HEADERS


def test_every_answer_has_the_headers(client):
    for path, host in (("/", "127.0.0.1"), ("/none", "127.0.0.1"), ("/", "evil.example")):
        answer = client.get(path, headers={"host": host, "origin": f"http://{host}"})
        assert HEADERS.items() <= dict(answer.headers).items()
        assert "access-control-allow-origin" not in answer.headers
