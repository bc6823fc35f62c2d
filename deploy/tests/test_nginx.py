"""Nginx's own part: names, TLS, the page's caching, its own errors and logs."""

import gzip
import re
import socket
import ssl
import subprocess
from typing import Any

import httpx
import pytest
from django.utils.translation import override

from config.problems import envelope
from deploy.tests.site import DOMAIN, PAGE_ORIGIN, PASSWORD, Site, Web, member, until


@pytest.fixture
def visitor(whole_site: Site) -> Any:
    with whole_site.client() as client:
        yield client


# ---------------------------------------------------------------- Names and TLS
def test_http_leads_to_https(whole_site: Site) -> None:
    url = f"http://127.0.0.1:{whole_site.http_port}/chat.html?a=1"
    response = httpx.get(url, headers={"Host": DOMAIN})
    assert (response.status_code, response.headers["Location"]) == (301, f"https://{DOMAIN}/chat.html?a=1")


def test_the_proof_for_a_certificate_is_shown_over_http(whole_site: Site) -> None:
    proofs = whole_site.acme / ".well-known" / "acme-challenge"
    proofs.mkdir(parents=True)
    (proofs / "token").write_text("token.thumbprint")
    url = f"http://127.0.0.1:{whole_site.http_port}/.well-known/acme-challenge/token"
    assert httpx.get(url, headers={"Host": DOMAIN}).text == "token.thumbprint"


def test_a_name_that_is_not_ours_gets_no_answer(whole_site: Site) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"http://127.0.0.1:{whole_site.http_port}/", headers={"Host": "evil.example"})
    with pytest.raises(ssl.SSLError):
        handshake(whole_site, "evil.example", ssl.TLSVersion.TLSv1_3)


def handshake(site: Site, name: str, version: ssl.TLSVersion) -> str:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = context.maximum_version = version
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.set_alpn_protocols(["h2", "http/1.1"])
    raw = socket.create_connection(("127.0.0.1", site.port))
    with context.wrap_socket(raw, server_hostname=name) as tls:
        return f"{tls.version()} {tls.selected_alpn_protocol()}"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_tls_is_1_2_or_1_3_with_http_2(whole_site: Site) -> None:
    assert handshake(whole_site, DOMAIN, ssl.TLSVersion.TLSv1_3) == "TLSv1.3 h2"
    assert handshake(whole_site, DOMAIN, ssl.TLSVersion.TLSv1_2) == "TLSv1.2 h2"
    with pytest.raises(ssl.SSLError):
        handshake(whole_site, DOMAIN, ssl.TLSVersion.TLSv1_1)


@pytest.mark.parametrize("path", ["/", "/missing.html", "/api/v1/chat/assistants/", "/api/v1/accounts/me/", "/healthz"])
def test_everything_says_once_that_https_is_to_be_kept(visitor: httpx.Client, path: str) -> None:
    response = visitor.get(path)
    assert response.http_version == "HTTP/2"
    assert response.headers.get_list("Strict-Transport-Security") == ["max-age=63072000"]


# ---------------------------------------------------------------- The page
def test_the_page_is_asked_for_anew_and_is_the_same(visitor: httpx.Client) -> None:
    first = visitor.get("/")
    assert (first.status_code, first.headers["Cache-Control"]) == (200, "no-cache")
    assert first.headers["Content-Security-Policy"] == "frame-ancestors 'none'"
    again = visitor.get("/", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_its_parts_are_kept_for_a_year_under_a_name_of_their_own(visitor: httpx.Client) -> None:
    named = re.search(r'src="(v/[0-9a-f]+/js/chat.js)"', visitor.get("/").text)
    assert named
    part = visitor.get(f"/{named[1]}")
    assert part.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert part.headers["Content-Type"].startswith(("application/javascript", "text/javascript"))
    assert visitor.get(f"/{named[1]}", headers={"If-None-Match": part.headers["ETag"]}).status_code == 304
    old = visitor.get(re.sub("v/[0-9a-f]+", "/v/0123", named[1]))
    assert (old.status_code, old.headers["Cache-Control"]) == (200, "no-cache")
    assert visitor.get("/config.js").headers["Cache-Control"] == "no-cache"


def test_the_page_is_compressed(visitor: httpx.Client) -> None:
    with visitor.stream("GET", "/js/chat.js", headers={"Accept-Encoding": "gzip"}) as response:
        assert response.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(b"".join(response.iter_raw())).startswith(b"export")


@pytest.mark.parametrize("path", ["/tests/chat.test.js", "/publish.py", "/package.json", "/.env", "/page/"])
def test_what_no_browser_needs_is_not_served(visitor: httpx.Client, path: str) -> None:
    response = visitor.get(path)
    assert response.status_code == 404
    assert "secret" not in response.text


def test_static_files_of_the_admin_are_kept_for_long(visitor: httpx.Client) -> None:
    login = visitor.get("/admin/login/")
    named = re.search(r'href="(/static/[^"]+\.[0-9a-f]{12}\.css)"', login.text)
    assert named
    assert "immutable" in visitor.get(named[1]).headers["Cache-Control"]


# ---------------------------------------------------------------- Its own errors
def too_large(site: Site, **headers: str) -> httpx.Response:
    """By HTTP/1.1: the client here drops an HTTP/2 answer that comes with the end of its connection."""
    with site.client(http2=False) as client:
        return client.post("/api/v1/accounts/login/", content=b"x" * 70_000, headers=headers)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_its_own_errors_are_problems_in_both_languages(whole_site: Site, language: str) -> None:
    headers = {"Origin": PAGE_ORIGIN, "Accept-Language": language, "X-Request-ID": "abcdefgh-1"}
    response = too_large(whole_site, **headers)
    with override(language):
        expected = envelope("payload_too_large") | {"request_id": "abcdefgh-1"}
    assert response.json() == expected
    assert (response.status_code, response.headers["Content-Type"]) == (413, "application/problem+json")
    assert response.headers["Access-Control-Allow-Origin"] == PAGE_ORIGIN
    assert response.headers["X-Request-ID"] == "abcdefgh-1"


@pytest.mark.parametrize("path", ["/api/v1/openapi.json", "/api/v1/notes.md", "/api/.env", "/api/v1/.git/config"])
def test_the_api_says_itself_what_it_has_not(visitor: httpx.Client, path: str) -> None:
    response = visitor.get(path)
    assert (response.status_code, response.headers["Content-Type"]) == (404, "application/problem+json")
    assert response.json()["code"] == "not_found"


def test_so_do_the_admin_and_its_files(visitor: httpx.Client) -> None:
    assert visitor.get("/admin/nothing.json").status_code == 302  # to the log-in, as for every path there
    assert visitor.get("/static/admin/css/vendor/select2/LICENSE-SELECT2.md").status_code == 200


def test_another_origin_may_not_read_its_errors(whole_site: Site) -> None:
    response = too_large(whole_site, Origin="https://evil.example")
    assert response.status_code == 413
    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_word_of_its_own_is_the_vocabularys(whole_site: Site, language: str) -> None:
    said = (whole_site.folder / "run" / "site" / "conf" / "maps.conf").read_text()
    codes = "bad_request method_not_allowed payload_too_large too_many_requests unreachable draining server_error"
    with override(language):
        for code in codes.split():
            assert f'"{envelope(code)["detail"]}"' in said


# ---------------------------------------------------------------- Logs
def test_a_request_has_one_id_from_nginx_to_the_host_and_back(whole_site: Site, visitor: httpx.Client) -> None:
    path = "/api/v1/accounts/social/kakao/callback/"
    answer = visitor.get(path, params={"code": "a-secret-code"})
    given = answer.headers["X-Request-ID"]

    def ours(log: Site | Web) -> list[dict[str, Any]]:
        return [line for line in log.lines() if line["request_id"] == given]

    until(lambda: ours(whole_site) and any(ours(web) for web in whole_site.web))
    assert [(line["path"], line["status"]) for line in ours(whole_site)] == [(path, answer.status_code)]
    assert "a-secret-code" not in whole_site.log.read_text()
    assert all("a-secret-code" not in web.log.read_text() for web in whole_site.web)


def test_a_reply_is_one_line_under_the_id_of_its_question(whole_site: Site) -> None:
    with member(whole_site.client(), "logged@example.com") as alice:
        made = alice.post("chat/conversations/", json={"assistant": "free-chat"}).json()["id"]
        question = {"content": "[[words=3]] [[over=0]] whispered"}
        answer = alice.post(f"chat/conversations/{made}/messages/", json=question)
        assert answer.status_code == 201
    given = answer.headers["X-Request-ID"]
    lines = [line for web in whole_site.web for line in web.lines() if line["request_id"] == given]
    replies = [line for line in lines if line["logger"] == "haru.replies"]
    assert len(replies) == 1
    assert {"assistant", "seconds", "tokens_input", "tokens_output"} <= replies[0].keys()
    assert "whispered" not in str(lines)
    assert PASSWORD not in str(whole_site.lines())


# ---------------------------------------------------------------- Its configuration
def test_a_linter_of_nginx_finds_nothing(whole_site: Site) -> None:
    filled_in = whole_site.folder / "run" / "site" / "conf" / "nginx.conf"
    said = subprocess.run(["gixy", str(filled_in)], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout
    assert "No issues found" in said.stdout
