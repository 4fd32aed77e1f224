"""The page's files: right kinds, asked for again only where they changed, and nothing else of the disk."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from streammem.app.server.page_files import page_router, read_page
from streammem.app.server.problems import answer_problems


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    page = tmp_path / "page"
    page.mkdir()
    for name, content in {"index.html": "<p>", "main.js": "1", "base.css": "p{}", "notes.txt": "no"}.items():
        (page / name).write_text(content)
    (page / "folder.js").mkdir()
    (tmp_path / "secret.js").write_text("secret")
    app = FastAPI()
    answer_problems(app)
    app.include_router(page_router(read_page(page)))
    return TestClient(app)


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/", "text/html"), ("/page/main.js", "text/javascript"), ("/page/base.css", "text/css")],
)
def test_files_have_their_kind(client: TestClient, path: str, kind: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, kind)
    assert client.head(path).content == b""


def test_what_did_not_change_is_not_sent_again(client: TestClient) -> None:
    first = client.get("/page/main.js")
    again = client.get("/page/main.js", headers={"If-None-Match": first.headers["etag"]})
    assert (first.headers["cache-control"], again.status_code, again.content) == ("no-cache", 304, b"")


@pytest.mark.parametrize(
    "path",
    ["notes.txt", "nothing.js", "../secret.js", "%2e%2e%2fsecret.js", "..%2Fsecret.js", "folder.js", "%00"],
)
def test_nothing_else_is_served(client: TestClient, path: str) -> None:
    answer = client.get(f"/page/{path}")
    assert answer.status_code == 404
    assert "secret" not in answer.text


def test_icon_that_is_asked_for_unbidden_is_no_error(client: TestClient) -> None:
    assert client.get("/favicon.ico").status_code == 204


def test_a_page_that_is_not_there_says_so(tmp_path: Path) -> None:
    app = FastAPI()
    answer_problems(app)
    app.include_router(page_router(read_page(tmp_path / "nothing")))
    assert "not installed" in TestClient(app).get("/").json()["error"]
