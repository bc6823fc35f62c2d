"""Preview and trial of an assistant: what the model would be sent, and its answer, kept nowhere, charged to nobody."""

import json
from typing import Any

from accounts.tests.staff import Staff
from chat.models import Assistant, DailyUsage, Message, ServiceUsage
from config.desk.tests.test_assistants import FILES, LIST, form, page
from config.limits.models import Counter


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
    assert 'maxlength="4000"' in mod.get(page("free-chat", "try")).text
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
