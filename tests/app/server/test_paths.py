"""No path of a request reaches the disk: the real application, with its page, behind the guard."""

from pathlib import Path

import pytest
from live_parts import Server
from live_pictures import png
from live_requests import BEARER, PAGE, ask, guard

from streammem.app.server.page_files import read_page


@pytest.fixture(scope="module")
def app():
    return guard(Server().app)


def test_the_page_is_there(app) -> None:
    assert ask(app, "GET", "/").headers["content-type"].startswith("text/html")
    assert ask(app, "GET", "/page/main.js").headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize(
    "path",
    [
        "/page/../server/security.py",
        "/page/..%2fserver%2fsecurity.py",
        "/page/..%2Fserver%2Fsecurity.py",
        "/page/%2e%2e/server/security.py",
        "/page/%2e%2e%2fserver/security.py",
        "/page/%252e%252e%252fserver/security.py",
        "/page/..%5cserver%5csecurity.py",
        "/page/..\\server\\security.py",
        "/page/....//server/security.py",
        "/page/./main.js",
        "/page//main.js",
        "//page/main.js",
        "/page//etc/passwd",
        "/page/%2fetc%2fpasswd",
        "/page/main.js%00.png",
        "/page/main.js/../../server/security.py",
        "/page/%c0%ae%c0%ae/server/security.py",
        "/page/\u2025/security.py",
        "/page/~root/.ssh/id_rsa",
        "/page/C:%5cwindows%5cwin.ini",
        "/page/__init__.py",
        "/page/",
        "/page",
        "/../../etc/passwd",
        "/api/snapshots/..%2f7.jpg",
        "/api/snapshots/../../etc/passwd",
        "/api/snapshots/-1.jpg",
        "/api/snapshots/7.jpg.png",
        "/api/events/%2e%2e.jpg",
        "/api/streams/../door/latest.jpg",
        "/api/streams/door%2f..%2f..%2fetc/latest.jpg",
        "/static/main.js",
        "/docs",
        "/redoc",
    ],
)
def test_no_path_leads_to_a_file(app, path: str) -> None:
    answer = ask(app, "GET", path, BEARER)
    assert answer.status in (404, 405, 422)
    assert b"root:" not in answer.body
    assert b"Guard" not in answer.body
    assert answer.headers["content-type"] == "application/json"


def test_a_path_of_great_length_leads_nowhere(app) -> None:
    assert ask(app, "GET", "/page/" + "a" * 5000, BEARER).status == 404


def test_links_in_the_pages_folder_lead_nowhere(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    folder = tmp_path / "page"
    (folder / "deeper").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html>")
    (folder / "link.txt").symlink_to(secret)
    (folder / "deeper" / "main.js").write_text("")
    assert set(read_page(folder)) == {"index.html"}


def test_session_goes_all_the_way_round(app) -> None:
    token = {"content-type": "application/json"} | {"origin": PAGE["origin"]}
    wrong = ask(app, "POST", "/api/session", token, [b'{"token": "wrong"}'])
    assert (wrong.status, "set-cookie" in wrong.headers) == (401, False)
    begun = ask(app, "POST", "/api/session", token, [b'{"token": "a-token-for-the-tests"}'])
    cookie = begun.headers["set-cookie"]
    assert begun.status == 204
    assert "; HttpOnly; SameSite=Strict" in cookie
    headers = {"cookie": cookie.split(";")[0], "origin": PAGE["origin"]}
    assert ask(app, "GET", "/api/session", headers).status == 204
    assert ask(app, "GET", "/api/state", headers).json["version"]
    assert "Max-Age=0" in ask(app, "DELETE", "/api/session", headers).headers["set-cookie"]


def test_a_bomb_is_refused_through_the_route(app) -> None:
    headers = BEARER | {"content-type": "image/png"} | {"transfer-encoding": "chunked"}
    answer = ask(app, "POST", "/api/find/picture", headers, [png(40_000, 40_000)])
    assert (answer.status, answer.json["kind"]) == (422, "ObservationError")


def test_state_tells_no_address_and_no_token(app) -> None:
    body = ask(app, "GET", "/api/state", BEARER).body.decode()
    assert "hall.example" not in body
    assert "a-token-for-the-tests" not in body
