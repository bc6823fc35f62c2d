"""Assistants as moderators make and change them; a broken one cannot be saved."""

import json
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry

from accounts.tests.staff import Form, Staff
from chat.assistants import definition as definitions
from chat.models import Assistant, Message
from chat.tests.asking import ask, new_conversation
from config.desk import assistants_shape as shape

LIST = "/admin/chat/assistant/"
FILES = {made["slug"]: made for made in definitions.load_files()}


def page(slug: str, name: str = "change") -> str:
    return f"{LIST}{Assistant.objects.get(slug=slug).pk}/{name}/"


def form(made: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What a browser sends of the form that shows this definition."""
    fields = {"order": "1", "is_active": "on", **shape.flat(made)}
    fields["example"] = json.dumps(made["example"]) if "example" in made else ""
    rows = [shape.flat_field(field) for field in made["fields"]]
    sent: dict[str, Any] = {"field-TOTAL_FORMS": len(rows) + 2, "field-INITIAL_FORMS": len(rows)}
    for number, row in enumerate(rows):
        sent |= {f"field-{number}-{name}": value for name, value in row.items() if value is not False}
        sent[f"field-{number}-ORDER"] = number + 1
    for number in (len(rows), len(rows) + 1):
        sent[f"field-{number}-type"] = "text"
    crlf = {name: value.replace("\n", "\r\n") for name, value in (fields | sent).items() if isinstance(value, str)}
    return fields | sent | crlf | changes


@pytest.mark.parametrize("slug", FILES)
def test_the_form_holds_all_of_an_assistant_and_loses_nothing(mod: Staff, slug: str) -> None:
    assert mod.get(page(slug)).status_code == 200
    assert mod.submit(page(slug), **form(FILES[slug])).status_code == 302
    assert Assistant.objects.get(slug=slug).versions.count() == 1  # nothing changed, so no version
    assert mod.submit(page(slug), **form(FILES[slug], name_en="Another name")).status_code == 302
    made = Assistant.objects.get(slug=slug).current
    assert made
    assert made.number == 2
    assert shape.tidied(made.definition) == shape.tidied(
        FILES[slug] | {"name": FILES[slug]["name"] | {"en": "Another name"}}
    )


def test_a_change_is_a_version_with_its_author_and_conversations_stay_with_theirs(
    mod: Staff, alice: Any, server: Any
) -> None:
    before = new_conversation(alice)
    mod.submit(page("free-chat"), **form(FILES["free-chat"], system_prompt_en="Speak like a pirate."))
    for conversation in (before, new_conversation(alice)):
        ask(alice, conversation, "[[system]] [[over=0]] hi")
    version = Assistant.objects.get(slug="free-chat").current
    assert version
    assert (version.author, version.number) == (mod.user, 2)
    assert LogEntry.objects.get().get_change_message() == "Version 2."
    used = [m.conversation.version.number for m in Message.objects.filter(role="user").order_by("created_at")]
    assert used == [1, 2]


def test_who_opened_the_page_before_another_saved_is_told_once(mod: Staff) -> None:
    open_page = mod.shown(page("free-chat"))
    mod.change(page("free-chat"), name_en="Hers")
    told = mod.submit(page("free-chat"), **open_page | {"name_en": "His"})
    assert "Another version was saved since you opened this page." in told.text
    assistant = Assistant.objects.get(slug="free-chat")
    assert assistant.current
    assert (assistant.current.number, assistant.current.definition["name"]["en"]) == (2, "Hers")
    form = Form()
    form.feed(told.text)
    assert mod.submit(page("free-chat"), **form.fields).status_code == 302
    assert assistant.versions.get(number=3).definition["name"]["en"] == "His"


@pytest.mark.parametrize("where", ["list", "page"])
def test_a_page_that_stood_open_switches_nothing_on_again(mod: Staff, where: str) -> None:
    assistant = Assistant.objects.get(slug="free-chat")
    path = LIST if where == "list" else page("free-chat")
    open_page = mod.shown(path)
    other = next(name for name, value in open_page.items() if name.endswith("order") and value == str(assistant.order))
    Assistant.objects.filter(pk=assistant.pk).update(is_active=False)
    assert mod.submit(path, **open_page | {other: "99", "_save": "Save"}).status_code == 302
    assistant.refresh_from_db()
    assert (assistant.order, assistant.is_active) == (99, False)


def test_a_new_assistant_is_made_and_offered(mod: Staff, nobody: Any) -> None:
    sent = form(FILES["date-course"], slug="picnic", name_en="Picnic planner", model="", max_input_chars="300")
    response = mod.submit(f"{LIST}add/", **sent)
    assert response.status_code == 302, response.text
    shown = nobody.get("chat/assistants/picnic/").json()
    assert (shown["name"]["en"], shown["max_input_chars"]) == ("Picnic planner", 300)
    assert [field["name"] for field in shown["fields"]] == [field["name"] for field in FILES["date-course"]["fields"]]


def test_the_input_limit_holds(mod: Staff, alice: Any) -> None:
    mod.submit(page("free-chat"), **form(FILES["free-chat"], max_input_chars="30"))
    conversation = new_conversation(alice)
    refused = ask(alice, conversation, "x" * 31)
    assert (refused.status_code, refused.json()["errors"]) == (400, {"content": ["At most 30 characters."]})
    assert ask(alice, conversation, "x" * 30).status_code == 201


@pytest.mark.parametrize(
    ("slug", "wrong", "said"),
    [
        ("date-course", {"message_template_ko": "$nothing"}, "names nothing, which is no input"),
        ("date-course", {"title_template_en": "5 $"}, "write $$ for a dollar sign"),
        ("date-course", {"name_ko": ""}, "This field is required."),
        ("date-course", {"summary_template_ko": "", "summary_template_en": ""}, "needs a text in ko and en"),
        ("date-course", {"field-0-name": "Place"}, "not a word of a-z"),
        ("date-course", {"field-1-options": "spring | 봄"}, "need a label in ko and en"),
        ("date-course", {"field-1-options": ""}, "options are missing"),
        ("date-course", {"field-2-min": "25:00"}, "not times such as 09:30"),
        ("date-course", {"field-3-after": "later"}, "names no time that stands before it"),
        ("date-course", {"field-0-max_length": "-1"}, "greater than or equal to 1"),
        ("date-course", {"example": "{"}, "Enter a valid JSON."),
        ("date-course", {"example": '{"ko": {}, "en": {}}'}, "example.ko.place"),
        ("singapore-trip", {"cards": "paris"}, "Select a valid choice."),
        ("free-chat", {"model": "gpt-secret"}, "Select a valid choice."),
        ("free-chat", {"max_output_tokens": "0"}, "greater than or equal to 1"),
    ],
)
def test_a_broken_one_cannot_be_saved_and_says_why(mod: Staff, slug: str, wrong: dict[str, str], said: str) -> None:
    response = mod.submit(page(slug), **form(FILES[slug], **wrong))
    assert response.status_code == 200
    assert said in response.text
    assert Assistant.objects.get(slug=slug).versions.count() == 1


def test_what_is_wrong_is_said_in_korean_too(mod: Staff) -> None:
    mod.headers["Accept-Language"] = "ko"
    response = mod.submit(page("date-course"), **form(FILES["date-course"], message_template_ko="$nothing"))
    assert "이 양식에 없는 입력입니다" in response.text


# ---------------------------------------------------------------- Versions
def test_versions_say_who_when_and_what_and_come_back_into_the_form(mod: Staff) -> None:
    mod.submit(page("free-chat"), **form(FILES["free-chat"], description_en="New words."))
    assistant = Assistant.objects.get(slug="free-chat")
    listed = mod.get(f"/admin/chat/assistantversion/?assistant__id__exact={assistant.pk}").text
    assert "Mod" in listed
    newest = assistant.current
    assert newest
    shown = mod.get(f"/admin/chat/assistantversion/{newest.pk}/change/").text
    assert '<div class="desk-came"><span>+</span> description.en: New words.</div>' in shown
    assert '<div class="desk-went"><span>-</span> description.en:' in shown
    assert "system_prompt" not in shown  # which did not change
    assert f"{page('free-chat')}?from=2" in shown
    older = mod.get(f"{page('free-chat')}?from=1").text
    assert "New words." not in older
    assert "not the current version" in older
    assert mod.submit(page("free-chat"), **form(FILES["free-chat"])).status_code == 302
    again = Assistant.objects.get(slug="free-chat").current
    assert again
    assert (again.number, again.definition["description"]) == (3, FILES["free-chat"]["description"])


@pytest.mark.parametrize("where", ["list", "page"])
def test_saving_takes_no_version_back_that_another_made_in_that_moment(
    mod: Staff, monkeypatch: Any, where: str
) -> None:
    assistant = Assistant.objects.get(slug="free-chat")
    assert assistant.current
    newer = assistant.versions.create(number=2, definition=assistant.current.definition)
    path = LIST if where == "list" else page("free-chat")
    open_page = mod.shown(path)
    other = next(name for name, value in open_page.items() if name.endswith("order") and value == str(assistant.order))
    save = Assistant.save

    def publish_then_save(row: Assistant, *args: Any, **kwargs: Any) -> None:
        Assistant.objects.filter(pk=assistant.pk).update(current=newer, is_active=False)
        save(row, *args, **kwargs)

    monkeypatch.setattr(Assistant, "save", publish_then_save)
    assert mod.submit(path, **open_page | {other: "99", "_save": "Save"}).status_code == 302
    assistant.refresh_from_db()
    assert (assistant.order, assistant.current, assistant.is_active) == (99, newer, False)
