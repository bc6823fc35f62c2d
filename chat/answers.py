"""The three shapes in which a reply is answered: JSON when it has ended, 202 at once, or a stream of events."""

from collections.abc import AsyncIterator
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request

from chat import events
from chat.followers import followers
from chat.models import Message
from chat.quota import Quota
from chat.streams import Event, Follower, LiveReply, follow, in_json, sse
from config import problems
from config.handler import AwaitedResponse

JSON_WAIT_SECONDS = 50  # proxies of others cut at 60
STOP_WAIT_SECONDS = 5  # the writer, on whatever host, has heeded a stop after half a second
STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class EventStreamRenderer(BaseRenderer):
    """Lets `Accept: text/event-stream` be asked for; what is rendered here are only errors, as JSON."""

    media_type = "text/event-stream"
    format = "event-stream"

    def render(self, data: Any, *args: Any, **kwargs: Any) -> bytes:
        return JSONRenderer().render(data)


def wants_stream(request: Request) -> bool:
    return request.accepted_renderer.media_type == EventStreamRenderer.media_type


def follower_of(request: Request) -> Follower:
    """The member as one more follower; Problem `too_many_requests` beyond the cap."""
    login: Any = request.auth  # a row of the app that chat does not know
    return followers.admit(member=login.user_id, login=login.id)


class EventStream(StreamingHttpResponse):
    """Parts that are bytes already: Django's look at each of them would cost a word as much as its making."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._iterator)  # type: ignore[attr-defined]


def stream(live: LiveReply, follower: Follower, *, start: Event | None, after: int = 0) -> HttpResponseBase:
    """The reply's events from character `after` on; the first one leaves its text, if any, to those that follow."""
    if start:
        start = start._replace(data=start.data | {"reply": start.data["reply"] | {"content": ""}})
    events_of = follow(live, follower, start=start, after=after)
    return EventStream(sse(events_of), content_type="text/event-stream", headers=STREAM_HEADERS)


class StoppedResponse(AwaitedResponse):
    """`{reply, quota}` of a reply that was told to stop; as it is, should its writer not answer in time."""

    def __init__(self, live: LiveReply, start: Event) -> None:
        super().__init__(content_type="application/json")
        self.live, self.start = live, start

    async def complete(self) -> None:
        is_over = await self.live.over(STOP_WAIT_SECONDS)
        if is_over and self.live.last is None and not self.live.goes_on:
            self.become(problems.response("not_found"))
        else:
            now = self.live.last.data if self.live.last else self.start.data
            self.become(json_answer({"reply": now["reply"], "quota": now["quota"]}, status=200))


class ReplyResponse(AwaitedResponse):
    """`{message, reply, quota}` once the reply has ended: 201, its problem, or 202 when that takes too long."""

    def __init__(self, live: LiveReply, start: Event, *, wait_seconds: float) -> None:
        super().__init__(content_type="application/json")
        self.live, self.start, self.wait_seconds = live, start, wait_seconds

    async def complete(self) -> None:
        is_over = self.live.is_over or await self.live.over(self.wait_seconds)
        self.become(self.ended() if is_over else self.pending())

    def pending(self) -> HttpResponse:
        """202: go on by the stream that `Location` names."""
        reply = self.start.data["reply"] | {"content": self.live.text}
        return json_answer(self.start.data | {"reply": reply}, status=202, headers=location(reply["id"]))

    def ended(self) -> HttpResponse:
        if self.live.last is None:
            return self.pending() if self.live.goes_on else problems.response("not_found")
        last = self.live.last.data
        members = {"message": self.start.data["message"], "reply": last["reply"], "quota": last["quota"]}
        if last["reply"]["status"] == Message.Status.FAILED:
            return with_quota(problems.response(last["code"], members=members), last["quota"])
        return with_quota(json_answer(members, status=201), last["quota"])


def with_quota(answer: HttpResponse, figures: dict[str, Any]) -> HttpResponse:
    """The answer with the headers of the figures in it, which are newer than those of its acceptance."""
    for name, value in Quota.from_json(figures).headers(timezone.now()).items():
        answer[name] = value
    return answer


def json_answer(body: dict[str, Any], *, status: int, headers: dict[str, str] | None = None) -> HttpResponse:
    return HttpResponse(in_json(body), status=status, headers=headers, content_type="application/json")


def location(reply_id: str) -> dict[str, str]:
    return {"Location": reverse("reply-stream", args=[reply_id])}


def answer(request: Request, live: LiveReply, start: Event, follower: Follower | None) -> HttpResponseBase:
    """A reply in the shape that `Accept` and `Prefer` ask for; a stream has a follower."""
    if follower:
        return stream(live, follower, start=start)
    at_once = "respond-async" in request.headers.get("Prefer", "").lower()
    response = ReplyResponse(live, start, wait_seconds=0 if at_once else JSON_WAIT_SECONDS)
    if at_once:
        response["Preference-Applied"] = "respond-async"
    return response


def resume(request: Request, live: LiveReply, reply: Message) -> HttpResponseBase:
    """The reply's stream from the character after `Last-Event-ID` on; without that header from the start."""
    last_seen = request.headers.get("Last-Event-ID", "")
    is_number = last_seen.isdecimal() and len(last_seen) < 9
    start = None if is_number else events.start_of(reply)
    return stream(live, follower_of(request), start=start, after=int(last_seen) if is_number else 0)
