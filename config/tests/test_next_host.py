"""A draining host hands a question on where Nginx asks for it, and refuses it as always where not."""

from typing import Any

import httpx
import pytest

from chat.tests.asking import ask, new_conversation
from chat.worker import this_process


@pytest.fixture
def refused(alice: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    conversation = new_conversation(alice)
    monkeypatch.setattr(this_process, "is_draining", True)

    def asked(**headers: str) -> httpx.Response:
        return ask(alice, conversation, **headers)

    return asked


def test_without_a_proxy_that_asks_it_is_503(refused: Any) -> None:
    response = refused()
    assert (response.status_code, response.json()["code"]) == (503, "draining")
    assert "X-Accel-Redirect" not in response.headers


def test_nginx_is_sent_to_the_place_where_all_hosts_are_asked(refused: Any) -> None:
    assert refused(X_Elsewhere="redirect").headers["X-Accel-Redirect"] == "@elsewhere"


def test_there_a_status_of_its_own_lets_nginx_go_on(refused: Any) -> None:
    response = refused(X_Elsewhere="status")
    assert (response.status_code, response.json()["code"]) == (502, "draining")
    assert "X-Accel-Redirect" not in response.headers


@pytest.mark.parametrize("way", ["/admin/", "@anywhere", ""])
def test_a_caller_chooses_no_place(refused: Any, way: str) -> None:
    response = refused(X_Elsewhere=way)
    assert response.status_code == 503
    assert "X-Accel-Redirect" not in response.headers


def test_nothing_but_draining_is_handed_on(alice: Any) -> None:
    response = ask(alice, new_conversation(alice), "[[fail=500]]", X_Elsewhere="redirect")
    assert (response.status_code, response.json()["code"]) == (503, "assistant_unavailable")
    assert "X-Accel-Redirect" not in response.headers
