"""Conversations: made, listed, searched, renamed, archived, exported, deleted by their owner."""

import base64
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from unicodedata import normalize
from urllib.parse import urlencode

import pytest

from chat.models import Conversation, Message
from chat.pagination import PAGE_SIZE
from chat.tests.asking import ask, new_conversation


def titles(person: Any, **query: Any) -> list[str]:
    response = person.get("chat/conversations/", params=query)
    assert response.status_code == 200, response.text
    return [row["title"] for row in response.json()["results"]]


def test_a_new_conversation_has_the_contracts_shape(alice: Any) -> None:
    response = alice.post("chat/conversations/", json={"assistant": "free-chat"})
    assert response.status_code == 201
    body = response.json()
    assert list(body) == [
        "id",
        "assistant",
        "title",
        "pinned",
        "archived",
        "writing",
        "created_at",
        "last_message_at",
        "kept_until",
    ]
    assert body["created_at"].endswith("+09:00")
    assert alice.get(f"chat/conversations/{body['id']}/").json() == body


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "assistant"),
        ({"assistant": "nobody"}, "assistant"),
        ({"assistant": 5}, "assistant"),
        ({"assistant": "free-chat", "title": ""}, "title"),
        ({"assistant": "free-chat", "title": "a" * 101}, "title"),
        ({"assistant": "free-chat", "owner": "x"}, "owner"),
    ],
)
def test_a_bad_conversation_is_named_at_its_field(alice: Any, body: Any, field: str) -> None:
    response = alice.post("chat/conversations/", json=body)
    assert response.status_code == 400
    assert list(response.json()["errors"]) == [field]


def test_the_list_is_by_last_message_in_pages_of_twenty(alice: Any) -> None:
    ids = [new_conversation(alice, title=f"{number}") for number in range(25)]
    ask(alice, ids[0])
    page = alice.get("chat/conversations/").json()
    assert [row["title"] for row in page["results"][:3]] == ["0", "24", "23"]
    assert len(page["results"]) == 20
    rest = alice.get(page["next"]).json()
    assert [row["title"] for row in rest["results"]] == ["5", "4", "3", "2", "1"]
    assert rest["next"] is None
    assert alice.get(rest["previous"]).json()["results"] == page["results"]


@pytest.mark.parametrize("cursor", ["nonsense", "cD1ub3RhZGF0ZQ==", "%00", "cD0yMDI2"])
def test_a_made_up_cursor_is_not_a_server_error(alice: Any, cursor: str) -> None:
    conversation = new_conversation(alice)
    for route in ("chat/conversations/", f"chat/conversations/{conversation}/messages/"):
        assert alice.get(f"{route}?cursor={cursor}").status_code in (200, 404)


def test_archived_ones_are_listed_only_when_asked_for(alice: Any) -> None:
    kept, archived = new_conversation(alice, title="kept"), new_conversation(alice, title="archived")
    assert alice.patch(f"chat/conversations/{archived}/", json={"archived": True}).json()["archived"] is True
    assert titles(alice) == ["kept"]
    assert titles(alice, archived="true") == ["archived"]
    assert alice.patch(f"chat/conversations/{kept}/", json={"pinned": True}).status_code == 200
    assert titles(alice, pinned="true") == ["kept"]
    assert titles(alice, pinned="false") == []


def test_search_finds_words_of_titles_and_messages_whatever_their_case(alice: Any, bob: Any) -> None:
    ask(alice, new_conversation(alice, title="Lighthouse"))
    talk = new_conversation(alice, title="other")
    ask(alice, talk, "[[over=0]] about HARBOURS 항구")
    ask(bob, new_conversation(bob, title="Lighthouse of Bob"), "harbours")
    assert titles(alice, q="lightHOUSE") == ["Lighthouse"]
    assert titles(alice, q="harbours") == titles(alice, q="항구") == ["other"]
    assert titles(alice, q="nowhere") == []
    assert titles(alice, q="h%s") == titles(alice, q="h_rb") == []


def test_korean_is_found_however_it_was_put_together(alice: Any) -> None:
    letters = normalize("NFD", "부산 여행")
    new_conversation(alice, title=letters)
    assert titles(alice, q="부산") == titles(alice, q=letters) == ["부산 여행"]


def test_one_assistants_conversations_can_be_listed(alice: Any) -> None:
    new_conversation(alice, title="free")
    assert titles(alice, assistant="free-chat") == ["free"]
    assert titles(alice, assistant="english-coach") == []


def test_search_finds_what_was_typed_into_a_form(alice: Any, bob: Any) -> None:
    inputs = {
        "place": '부산 "해운대" Beach',
        "season": "summer",
        "start_time": "10:00",
        "end_time": "12:00",
        "transport": "walk",
    }
    conversation = new_conversation(alice, assistant="date-course", title="Mine")
    assert alice.post(f"chat/conversations/{conversation}/messages/", json={"inputs": inputs}).status_code == 201
    assert titles(alice, q='부산 "해운대"') == titles(alice, q="beach") == ["Mine"]
    assert titles(alice, q="여름") == titles(alice, q="Summer") == ["Mine"]  # as the form's one line says
    assert titles(alice, q="강릉") == titles(alice, q="start_time") == titles(bob, q="해운대") == []


@pytest.mark.parametrize("query", ["archived=perhaps", "q=%00", "pinned=2", "assistant=no%20slug", "q=" + "a" * 201])
def test_a_bad_filter_is_named(alice: Any, query: str) -> None:
    response = alice.get(f"chat/conversations/?{query}")
    assert response.status_code == 400
    assert list(response.json()["errors"]) == [query.partition("=")[0]]


def test_put_takes_all_three_and_patch_some(alice: Any) -> None:
    url = f"chat/conversations/{new_conversation(alice)}/"
    whole = {"title": "제목", "pinned": True, "archived": False}
    assert alice.put(url, json=whole).json().items() >= whole.items()
    assert set(alice.put(url, json={"title": "x"}).json()["errors"]) == {"pinned", "archived"}
    assert alice.patch(url, json={"title": "y"}).json()["title"] == "y"
    assert list(alice.patch(url, json={"pinned": "yes"}).json()["errors"]) == ["pinned"]
    assert list(alice.patch(url, json={"writing": None}).json()["errors"]) == ["writing"]


def test_an_empty_title_can_be_put_back_and_the_next_question_names_it(alice: Any) -> None:
    conversation = new_conversation(alice, title="mine")
    url = f"chat/conversations/{conversation}/"
    assert alice.patch(url, json={"title": ""}).json()["title"] == ""
    assert alice.put(url, json={"title": "", "pinned": True, "archived": False}).json()["pinned"]
    ask(alice, conversation, "[[over=0]] of lighthouses")
    assert alice.get(url).json()["title"] == "[[over=0]] of lighthouses"


def test_deleting_is_for_good_and_ends_the_call(alice: Any, server: Any, eventually: Callable[..., None]) -> None:
    conversation = new_conversation(alice)
    reply = ask(alice, conversation, "[[words=50]] [[over=20]]", Prefer="respond-async").json()["reply"]["id"]
    assert alice.get(f"chat/conversations/{conversation}/").json()["writing"] == reply
    assert alice.delete(f"chat/conversations/{conversation}/").status_code == 204
    assert alice.get(f"chat/messages/{reply}/").status_code == 404
    assert not Message.objects.exists()
    eventually(lambda: server.model.get("/calls").json()["open"] == 0, 2)


def test_messages_page_from_both_ends(alice: Any) -> None:
    conversation = new_conversation(alice)
    row = Conversation.objects.get(id=conversation)
    Message.objects.bulk_create(
        Message(conversation=row, role="user", position=number, content=str(number)) for number in range(45)
    )
    url = f"chat/conversations/{conversation}/messages/"
    oldest, newest = alice.get(url).json(), alice.get(url, params={"order": "newest"}).json()
    assert [message["content"] for message in oldest["results"]] == [str(number) for number in range(20)]
    assert [message["content"] for message in newest["results"]] == [str(number) for number in range(44, 24, -1)]
    assert alice.get(newest["next"]).json()["results"][0]["content"] == "24"
    assert alice.get(url, params={"order": "sideways"}).status_code == 400


def test_an_export_holds_what_was_said(alice: Any) -> None:
    conversation = new_conversation(alice, title="Trip")
    reply = ask(alice, conversation, "[[words=3]] [[over=0]] hello").json()["reply"]["content"]
    url = f"chat/conversations/{conversation}/export/"
    markdown = alice.get(url)
    assert markdown.headers["Content-Type"].startswith("text/markdown")
    assert markdown.headers["Content-Disposition"] == f'attachment; filename="haru-{conversation}.md"'
    assert "# Trip" in markdown.text
    assert "hello" in markdown.text
    assert reply in markdown.text
    body = alice.get(url, params={"format": "json"}).json()
    assert [message["role"] for message in body["messages"]] == ["user", "assistant"]
    assert alice.get(url, params={"format": "pdf"}).status_code == 400


def test_an_export_holds_a_form_as_it_was_filled(alice: Any) -> None:
    conversation = new_conversation(alice, assistant="cover-letter")
    inputs = {"company": "하루", "role": "개발", "career": "new", "question": "왜?", "strengths": "둘이\n세 줄로"}
    asked = {"inputs": {**inputs, "length": "500", "tone": "plain"}}
    assert alice.post(f"chat/conversations/{conversation}/messages/", json=asked).status_code == 201
    text = alice.get(f"chat/conversations/{conversation}/export/").text
    assert "- Company: 하루\n" in text
    assert "- Experience: New graduate\n" in text
    assert "- Strengths and experiences: 둘이\n  세 줄로\n" in text


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("[[cut]] [[words=4]] [[over=0]]", "The assistant cannot be reached"),
        ("[[fail=500]]", "The assistant cannot be reached"),
        ("[[words=1]]", None),
    ],
)
def test_an_export_tells_how_a_reply_ended(alice: Any, script: str, said: str | None) -> None:
    conversation = new_conversation(alice)
    ask(alice, conversation, script)
    last = alice.get(f"chat/conversations/{conversation}/export/").text.strip().splitlines()[-1]
    assert last.startswith(f"*{said}") if said else not last.startswith("*")


def test_an_empty_conversation_exports_its_assistants_name(alice: Any) -> None:
    response = alice.get(f"chat/conversations/{new_conversation(alice)}/export/")
    assert response.text.startswith("# ")


def test_changing_and_deleting_at_once_is_never_a_bare_error(alice: Any) -> None:
    for _ in range(5):
        url = f"chat/conversations/{new_conversation(alice)}/"
        calls = [partial(alice.patch, url, json={"pinned": True}), partial(alice.delete, url)] * 2
        with ThreadPoolExecutor(4) as pool:
            codes = {done.result().status_code for done in [pool.submit(call) for call in calls]}
        assert codes <= {200, 204, 404}


@pytest.mark.parametrize("position", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "99999999999999999999"])
def test_a_cursor_that_no_column_can_hold_is_not_found(alice: Any, position: str) -> None:
    cursor = base64.b64encode(urlencode({"p": position}).encode()).decode()
    for path in ("chat/conversations/", f"chat/conversations/{new_conversation(alice)}/messages/"):
        assert alice.get(path, params={"cursor": cursor}).status_code == 404


def test_the_first_page_is_the_same_prepared_and_made_anew(alice: Any, bob: Any) -> None:
    talks = [new_conversation(alice, title=f"Talk {number}") for number in range(PAGE_SIZE + 3)]
    new_conversation(bob)
    alice.patch(f"chat/conversations/{talks[-1]}/", json={"archived": True})
    alice.patch(f"chat/conversations/{talks[-2]}/", json={"pinned": True})
    prepared, anew = (alice.get(f"chat/conversations/{query}").json() for query in ("", "?cursor="))
    assert [one["title"] for one in prepared["results"]] == [f"Talk {number}" for number in range(PAGE_SIZE + 1, 1, -1)]
    assert prepared["results"] == anew["results"]
    assert prepared["next"].split("cursor=")[1] == anew["next"].split("cursor=")[1]
    second = alice.get(prepared["next"]).json()
    assert [one["title"] for one in second["results"]] == ["Talk 1", "Talk 0"]
