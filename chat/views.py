"""HTTP of chat: validate, fetch what is the member's, call one thing, answer."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from rest_framework import generics, status
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chat import answers, asking, caps, events, exports, feedback, idempotency, quota, serializers, shapes, stopping
from chat.asking import Ask
from chat.assistants.catalogue import public
from chat.followers import unless_refused
from chat.idempotency import Key
from chat.models import Assistant, Conversation, Message
from chat.pagination import ConversationPages, MessagePages, listed
from chat.streams import Event, LiveReply
from chat.worker import this_process
from config.base_views import OpenView, OwnType
from config.fields import validated
from config.problems import Problem
from config.statements import Prepared

OWNED = Prepared(lambda owner, conversation: Conversation.objects.owned_by(owner).filter(id=conversation))
REPORTED = _("The moderators can now see this question and this reply.")


def owned(member: Any, id: UUID) -> Conversation:
    """One's own conversation, or 404."""
    if conversation := OWNED.first(owner=member.pk, conversation=id):
        return conversation
    raise Http404


def key_of(request: Request) -> Key | None:
    """The request's `Idempotency-Key`, if it has one."""
    header, target = request.headers.get("Idempotency-Key"), f"{request.method} {request.path}"
    return idempotency.from_header(header, member=request.user, target=target, body=request.data)


class QuotaHeaders(APIView):
    """Puts `RateLimit` and `RateLimit-Policy` on every answer to a member, errors included."""

    figures: quota.Quota | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.perform_authentication(request)  # before negotiation, so that a 406 has the headers too
        super().initial(request, *args, **kwargs)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if getattr(request, "_user", None) and request.user.is_authenticated:
            now = timezone.now()
            figures = self.figures or quota.remaining(request.user, now)
            for name, value in figures.headers(now).items():
                response[name] = value
        return response


class AskingView(QuotaHeaders):
    """A route that has a reply written."""

    def get_renderers(self) -> list[BaseRenderer]:
        return [JSONRenderer(), answers.EventStreamRenderer()] if self.request.method == "POST" else [JSONRenderer()]

    def check_permissions(self, request: Request) -> None:
        super().check_permissions(request)
        if request.method == "POST" and getattr(request.user, "owes_verification", False):
            raise Problem("email_unverified")

    def answered(self, request: Request, ask: Ask, old_id: UUID | None = None) -> HttpResponseBase:
        """What `ask` accepts, or what was accepted under the same key, in the shape asked for."""
        key = key_of(request)
        follower = answers.follower_of(request) if answers.wants_stream(request) else None
        with unless_refused(follower):
            live, start = asking.once(request.user, key, ask, old_id)
        self.figures = quota.Quota.from_json(start.data["quota"])  # its first event has them
        return answers.answer(request, live, start, follower)


class AssistantsView(OpenView):
    """The assistants on offer, for everybody."""

    def get(self, request: Request) -> Response:
        today = quota.local_day(timezone.now())
        return Response([public(assistant, today=today) for assistant in Assistant.objects.offered()])


class AssistantView(OpenView):
    """One assistant."""

    def get(self, request: Request, slug: str) -> Response:
        assistant = get_object_or_404(Assistant.objects.offered(), slug=slug)
        return Response(public(assistant, today=quota.local_day(timezone.now())))


class ConversationsView(generics.GenericAPIView[Conversation]):
    """One's conversations, and a new one."""

    serializer_class = serializers.ConversationSerializer
    pagination_class = ConversationPages

    def get(self, request: Request) -> Response:
        asked = validated(serializers.ConversationQuerySerializer, request.query_params.dict())
        is_first_page = ConversationPages.cursor_query_param not in request.query_params
        page = self.paginate_queryset(listed(request.user, is_first_page=is_first_page, **asked))
        return self.get_paginated_response([shapes.conversation_json(one) for one in page or []])

    def post(self, request: Request) -> Response:
        fields = validated(serializers.NewConversationSerializer, request.data)
        key, title = key_of(request), fields.get("title", "")
        made = caps.begin(request.user, fields["assistant"], title=title, key=key, now=timezone.now())
        return Response(shapes.conversation_json(made), status.HTTP_201_CREATED)


class ConversationView(APIView):
    """One conversation of one's own."""

    def get(self, request: Request, id: UUID) -> Response:
        return Response(shapes.conversation_json(owned(request.user, id)))

    def put(self, request: Request, id: UUID) -> Response:
        return self.change(request, id, partial=False)

    def patch(self, request: Request, id: UUID) -> Response:
        return self.change(request, id, partial=True)

    def change(self, request: Request, id: UUID, *, partial: bool) -> Response:
        conversation = owned(request.user, id)
        serializer = serializers.ConversationSerializer(conversation, data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return Response(serializer.data)

    def delete(self, request: Request, id: UUID) -> Response:
        stopping.delete(owned(request.user, id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class MessagesView(AskingView, generics.GenericAPIView[Message]):
    """The messages of a conversation, and asking the next question."""

    pagination_class = MessagePages

    def get(self, request: Request, id: UUID) -> Response:
        conversation = owned(request.user, id)
        page = self.paginate_queryset(conversation.messages.all())
        return self.get_paginated_response([shapes.message_json(message) for message in page or []])

    def post(self, request: Request, id: UUID) -> HttpResponseBase:
        conversation = asking.to_ask_in(request.user, id)

        def ask(key: Key | None) -> tuple[LiveReply, Event]:
            fields = validated(serializers.AskSerializer, request.data)
            asked = asking.asked_of(conversation, fields, language=get_language() or "ko")
            return asking.ask(request.user, conversation, asked, key)

        return self.answered(request, ask)


class ConversationExportView(APIView):
    """A conversation to keep: Markdown for people, JSON for programs."""

    content_negotiation_class = OwnType
    throttle_scope = "export"

    def get(self, request: Request, id: UUID) -> HttpResponse:
        conversation = owned(request.user, id)
        asked = validated(serializers.ExportQuerySerializer, request.query_params.dict())
        return exports.response(conversation, asked["format"])


class MessageView(APIView):
    """One question or one reply."""

    def get(self, request: Request, id: UUID) -> Response:
        message = get_object_or_404(Message.objects.owned_by(request.user), id=id)
        return Response(shapes.message_json(message))


class ReplyView(APIView):
    """A route of one reply of one's own."""

    def reply(self, request: Request, id: UUID) -> Message:
        return get_object_or_404(Message.objects.replies_to(request.user), id=id)


class ReplyStreamView(ReplyView):
    """Coming (back) into a reply."""

    content_negotiation_class = OwnType

    def get(self, request: Request, id: UUID) -> HttpResponseBase:
        reply = self.reply(request, id)
        return answers.resume(request, this_process.follow(reply), reply)


class ReplyStopView(ReplyView):
    """Ending the call of the model; what was written stays."""

    def post(self, request: Request, id: UUID) -> HttpResponseBase:
        reply = self.reply(request, id)
        return answers.StoppedResponse(stopping.stop(reply), events.start_of(reply))


class ReplyRetryView(AskingView, ReplyView):
    """Another reply to the same question."""

    def post(self, request: Request, id: UUID) -> HttpResponseBase:
        def ask(key: Key | None) -> tuple[LiveReply, Event]:
            reply = self.reply(request, id)  # after the key was looked for: what a retry replaced is gone
            conversation = asking.to_ask_in(request.user, reply.conversation_id)
            validated(serializers.RetrySerializer, request.data)
            return asking.ask_again(request.user, conversation, reply, key)

        return self.answered(request, ask, id)


class ReplyFeedbackView(ReplyView):
    """What one thinks of a reply."""

    throttle_scope = "feedback"

    def given(self, request: Request, id: UUID) -> Response:
        given = feedback.given(self.reply(request, id))
        shown = given | {"notice": str(REPORTED) if given["report"] else None}
        return Response(serializers.GivenFeedbackSerializer(shown).data)

    def get(self, request: Request, id: UUID) -> Response:
        return self.given(request, id)

    def put(self, request: Request, id: UUID) -> Response:
        reply = self.reply(request, id)
        fields = validated(serializers.FeedbackSerializer, request.data)
        feedback.give(reply, **fields)
        return self.given(request, id)

    def delete(self, request: Request, id: UUID) -> Response:
        feedback.withdraw(self.reply(request, id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class QuotaView(QuotaHeaders):
    """What one has left today."""

    def get(self, request: Request) -> Response:
        self.figures = quota.remaining(request.user, timezone.now())
        return Response(self.figures.as_json())
