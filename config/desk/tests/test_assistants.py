"""Assistants as moderators make, change, preview and try them; a broken one cannot be saved."""

import json
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry

from accounts.tests.staff import Form, Staff
from chat.assistants import definition as definitions
from chat.models import Assistant, DailyUsage, Message, ServiceUsage
from chat.tests.asking import ask, new_conversation
from config.desk import assistants_shape as shape
from config.limits.models import Counter

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


# ---------------------------------------------------------------- Preview and trial
def filled(slug: str, language: str = "en") -> dict[str, Any]:
    inputs = {
        "place": "Seoul forest",
        "season": "spring",
        "start_time": "11:00",
        "end_time": "18:00",
        "transport": "walk",
    }
    return {"language": language} | {f"in_{name}": value for name, value in inputs.items()}


def test_the_preview_shows_the_prompt_that_inputs_make(mod: Staff, server: Any) -> None:
    assert 'name="in_place"' in mod.get(page("date-course", "try")).text
    shown = mod.submit(page("date-course", "try"), **filled("date-course")).text
    assert "Place: Seoul forest" in shown
    assert FILES["date-course"]["system_prompt"]["en"].strip()[:40] in shown
    wrong = mod.submit(page("date-course", "try"), **filled("date-course") | {"in_end_time": "10:00"}).text
    assert "This must be after the start." in wrong
    assert "Place: Seoul forest" not in wrong
    assert server.model.get("/calls").json()["started"] == 0


def lines(response: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in response.text.splitlines()]


def test_a_trial_streams_and_is_charged_to_nobody(mod: Staff, server: Any) -> None:
    response = mod.submit(page("free-chat", "answer"), language="en", content="[[words=5]] [[over=0]] hi")
    assert response.headers["Content-Type"] == "application/x-ndjson"
    *parts, last = lines(response)
    assert len("".join(part["text"] for part in parts).split()) == 5
    assert last["end"] == "stop"
    assert len(last["tokens"]) == 2
    assert not DailyUsage.objects.exists()
    assert not Message.objects.exists()
    assert ServiceUsage.objects.get().calls == 1


def test_a_trial_that_fails_says_so_without_the_providers_words(mod: Staff) -> None:
    response = mod.submit(page("free-chat", "answer"), language="en", content="[[fail=400]]")
    assert lines(response) == [{"failed": "assistant_unavailable"}]


def test_a_trial_does_not_wait_for_ever_for_the_next_word(mod: Staff, settings: Any) -> None:
    settings.BETWEEN_WORDS_SECONDS = 0.3
    response = mod.submit(page("free-chat", "answer"), language="en", content="[[words=6]] [[over=0]] [[pause=60]]")
    *parts, last = lines(response)
    assert len(parts) == 3
    assert last == {"failed": "assistant_timeout"}


def test_who_leaves_ends_the_call(mod: Staff, server: Any, eventually: Any) -> None:
    fields = {"csrfmiddlewaretoken": mod.cookies["csrftoken"], "language": "en", "content": "[[words=200]] [[over=60]]"}
    with mod.stream("POST", page("free-chat", "answer"), data=fields) as response:
        assert response.status_code == 200
        words = response.iter_lines()
        assert "text" in next(words)
        assert server.model.get("/calls").json()["open"] == 1
    eventually(lambda: server.model.get("/calls").json()["open"] == 0, 3)


def test_the_services_calls_of_the_day_and_an_hours_trials_hold(mod: Staff, settings: Any) -> None:
    settings.SERVICE_DAILY_LIMIT = 1
    codes = [mod.submit(page("free-chat", "answer"), language="en", content="[[over=0]] hi").status_code for _ in "ab"]
    assert codes == [200, 503]
    settings.LIMITS = settings.LIMITS | {"try": (1, 3600)}
    Counter.objects.all().delete()
    mod.submit(page("free-chat", "answer"), language="en", content="hi")
    assert mod.submit(page("free-chat", "answer"), language="en", content="hi").status_code == 429


def test_a_draft_is_tried_before_anybody_sees_it(mod: Staff, root: Staff, nobody: Any) -> None:
    changed = form(FILES["free-chat"], system_prompt_en="Only rhymes.", _draft="1")
    assert mod.submit(page("free-chat"), **changed).headers["Location"] == f"{LIST}draft/try/"
    assert Assistant.objects.get(slug="free-chat").versions.count() == 1
    shown = mod.submit(f"{LIST}draft/try/", language="en", content="hi").text
    assert "Only rhymes." in shown
    assert "Only rhymes." in mod.get(f"{page('free-chat')}?from=draft").text
    assert mod.submit(f"{LIST}draft/answer/", language="en", content="[[over=0]] hi").status_code == 200
    assert root.get(f"{LIST}draft/try/").status_code == 404  # another log-in's


def test_a_draft_is_shown_on_its_own_assistants_form_only(mod: Staff) -> None:
    for slug in ("free-chat", "date-course"):
        mod.submit(page(slug), **form(FILES[slug], system_prompt_en=f"Only {slug}.", _draft="1"))
    assert "Only date-course." in mod.get(f"{page('date-course')}?from=draft").text
    assert "Only date-course." not in mod.get(f"{page('free-chat')}?from=draft").text
    mod.submit(f"{LIST}add/", **form(FILES["free-chat"], slug="rhymes", system_prompt_en="Only rhymes.", _draft="1"))
    assert "Only rhymes." in mod.get(f"{LIST}add/?from=draft").text


def test_a_broken_draft_is_not_tried(mod: Staff) -> None:
    response = mod.submit(page("free-chat"), **form(FILES["free-chat"], name_ko="", _draft="1"))
    assert response.status_code == 200
    assert mod.get(f"{LIST}draft/try/").status_code == 404
