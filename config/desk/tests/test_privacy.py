"""No page of the admin holds a word of a conversation: the whole map, as a superuser, with every list searched."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry

from accounts.tests.staff import Staff
from chat.models import Conversation, Message, Report
from chat.tests.asking import ask, new_conversation
from config.desk.models import Announcement, Maintenance
from config.desk.tests.test_rights import PAGES, filled

NOT_OPENED = {"logout", "login"}
SAID = ("jellyfish", "umbrella", "Salamander", "harmonica", "windmill")


@pytest.fixture
def conversation(alice: Any) -> str:
    """One with a word of its own in every place that a member's words go to."""
    made = new_conversation(alice, title="my jellyfish")
    reply = ask(alice, made, "an umbrella [[over=0]]").json()["reply"]["id"]
    Message.objects.filter(id=reply).update(content="the harmonica")
    alice.put(f"chat/messages/{reply}/feedback/", json={"rating": "down", "comment": "windmill"})
    form = {"company": "Salamander", "role": "x", "career": "new", "question": "x", "strengths": "x"}
    letter = new_conversation(alice, "cover-letter")
    asked = alice.post(
        f"chat/conversations/{letter}/messages/", json={"inputs": form | {"length": "500", "tone": "plain"}}
    )
    assert asked.status_code == 201, asked.text
    return made


def everything(browser: Staff) -> dict[str, str]:
    """Every page of the map, with an id of every row that it may name, and every list searched for every word."""
    pages: dict[str, str] = {}
    rows = {
        f"{model._meta.app_label}_{model._meta.model_name}": [str(row.pk) for row in model._default_manager.all()]
        for model in admin.site._registry
    }
    for name, address in PAGES:
        kind = name.rsplit("_", 1)[0]
        for pk in rows.get(kind, rows["accounts_user"]):
            page = filled(address, {"accounts_user": pk}, name)
            if name not in NOT_OPENED and page not in pages:
                pages[page] = browser.get(page).text
        if name.endswith("_changelist"):
            for word in SAID:
                text = browser.get(address, params={"q": word}).text
                # The search field says it, and the links that keep it.
                pages[f"{address}?search={SAID.index(word)}"] = re.sub(f'(q=|q%3D|value="){word}', "", text)
        if name.endswith(("_changelist", "_delete")):
            pages |= {f"{address} {name}": text for name, text in asked_of(browser, address, kind, rows).items()}
    return pages


def asked_of(browser: Staff, address: str, kind: str, rows: dict[str, list[str]]) -> dict[str, str]:
    """What a list answers to each of its actions with all rows ticked, but for those that are done at once."""
    if not address.endswith(f"/{kind.split('_')[1]}/"):
        return {}
    sent = {"action": "delete_selected", "index": "0", "_selected_action": rows[kind]}
    return {"delete_selected": browser.submit(address, **sent).text}


def telling(pages: dict[str, str]) -> list[str]:
    return [page for page, text in pages.items() if re.search("|".join(SAID), text, re.IGNORECASE)]


def test_no_page_list_or_search_holds_a_word_of_a_conversation(root: Staff, conversation: str) -> None:
    Maintenance.objects.create()
    Announcement.objects.create(text_ko="가", text_en="a")
    root.submit(f"/admin/accounts/user/{Conversation.objects.get(id=conversation).owner_id}/change/", nickname="A")
    pages = everything(root)
    assert len(pages) > 60
    assert telling(pages) == []


def test_a_report_holds_its_own_question_and_reply_and_nothing_else(root: Staff, alice: Any, conversation: str) -> None:
    reply = Message.objects.get(content="the harmonica")
    alice.put(f"chat/messages/{reply.id}/feedback/", json={"rating": "down", "comment": "bad", "report": True})
    page = f"/admin/chat/report/{Report.objects.get().pk}/change/"
    root.submit(page, state="closed", outcome="acted", answer="done", notes="seen")
    text = root.get(page).text
    assert {word for word in SAID if word in text} == {"umbrella", "harmonica"}
    assert telling(everything(root)) == [page]


def test_no_history_holds_a_word(root: Staff, alice: Any, conversation: str) -> None:
    test_a_report_holds_its_own_question_and_reply_and_nothing_else(root, alice, conversation)
    kept = " ".join(f"{entry.object_repr} {entry.change_message}" for entry in LogEntry.objects.all())
    assert LogEntry.objects.exists()
    assert not any(word in kept for word in SAID)


def probes() -> list[str]:
    """Lists narrowed by what somebody said: who may ask so reads letter by letter."""
    asked = []
    for model in admin.site._registry:
        page = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        paths = list(to_words(model))
        asked += [f"{page}?{path}__{lookup}={SAID[0]}" for path in paths for lookup in ("icontains", "gt", "regex")]
    return asked


def to_words(model: Any, path: str = "", depth: int = 3) -> Iterator[str]:
    """The ways along relations from a model to columns of conversations and messages."""
    for field in model._meta.get_fields():
        its = field.name
        if field.is_relation and field.related_model and depth:
            yield from to_words(field.related_model, f"{path}{its}__", depth - 1)
        elif model in (Conversation, Message) and not field.is_relation and its in ("title", "content", "comment"):
            yield f"{path}{its}"


def test_no_list_is_narrowed_by_what_somebody_said(root: Staff, conversation: str) -> None:
    asked = probes()
    assert len(asked) > 30
    answers = {page: root.get(page).status_code for page in asked}
    assert {page for page, status in answers.items() if status != 400} == set()


def test_no_model_of_words_has_a_page() -> None:
    assert not {Conversation, Message} & set(admin.site._registry)


def test_a_row_of_words_is_named_by_its_id() -> None:
    talk, message = Conversation(title=SAID[0]), Message(content=SAID[1])
    assert (str(talk), str(message)) == (str(talk.id), str(message.id))
