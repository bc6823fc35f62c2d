"""What chat takes in and gives out; a rule across rows is not here."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from chat.assistants.definition import QUESTION_MAX_CHARS
from chat.models import Conversation, Message
from chat.models.conversations import COMMENT_MAX_CHARS, TITLE_MAX_CHARS
from config.fields import BilingualSerializer, Flag, Name, QueryFlag, StrictSerializer, Text

RATINGS = ["up", "down"]
FAILURES = ["assistant_unavailable", "assistant_timeout", "assistant_refused", "interrupted"]


class QuotaSerializer(serializers.Serializer[Any]):
    """What a member has left today."""

    limit = serializers.IntegerField(min_value=0)
    used = serializers.IntegerField(min_value=0)
    remaining = serializers.IntegerField(min_value=0)
    resets_at = serializers.DateTimeField()


class QuestionSerializer(serializers.Serializer[Message]):
    """What a member asked; the prompt made from a form is never given out."""

    id = serializers.UUIDField()
    role = serializers.ChoiceField(choices=["user"])
    content = serializers.CharField(allow_blank=True)
    inputs = serializers.DictField(allow_null=True)
    summary = BilingualSerializer(allow_null=True)
    created_at = serializers.DateTimeField()


class TokensSerializer(serializers.Serializer[Message]):
    input = serializers.IntegerField(source="tokens_input", allow_null=True)
    output = serializers.IntegerField(source="tokens_output", allow_null=True)


class ReplySerializer(serializers.Serializer[Message]):
    """An assistant's answer, finished or still being written."""

    id = serializers.UUIDField()
    role = serializers.ChoiceField(choices=["assistant"])
    question = serializers.UUIDField(source="question_id")
    content = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(choices=Message.Status.choices)
    error_code = serializers.SerializerMethodField()
    finish_reason = serializers.SerializerMethodField()
    transcript_trimmed = serializers.BooleanField()
    model = serializers.CharField()
    tokens = TokensSerializer(source="*")
    rating = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)

    @extend_schema_field(serializers.ChoiceField(FAILURES, allow_null=True))
    def get_error_code(self, reply: Message) -> str | None:
        return reply.error_code or None

    def get_finish_reason(self, reply: Message) -> str | None:
        return reply.finish_reason or None

    @extend_schema_field(serializers.ChoiceField(RATINGS, allow_null=True))
    def get_rating(self, reply: Message) -> str | None:
        return reply.rating or None


class AskSerializer(StrictSerializer[Any]):
    """A question: `inputs` of the assistant's form on the first message, `content` otherwise."""

    content = Text(max_length=QUESTION_MAX_CHARS, required=False)
    inputs = serializers.JSONField(required=False)


class RetrySerializer(StrictSerializer[Any]):
    """Nothing: what is asked again is known."""


class FeedbackSerializer(StrictSerializer[Any]):
    """What a member thinks of a reply; `report` shows it to the moderators."""

    rating = serializers.ChoiceField(choices=RATINGS)
    comment = Text(max_length=COMMENT_MAX_CHARS, required=False, allow_blank=True, default="")
    report = Flag(required=False, default=False)


class OutcomeSerializer(serializers.Serializer[Any]):
    """How a report stands; result, text and time come when the moderators have closed it."""

    state = serializers.ChoiceField(choices=["new", "working", "closed"])
    result = serializers.ChoiceField(choices=["acted", "no_fault"], allow_null=True)
    text = serializers.CharField(allow_blank=True)
    at = serializers.DateTimeField(allow_null=True)


class GivenFeedbackSerializer(serializers.Serializer[Any]):
    """As it stands now; `notice` says what a report shows to whom, `outcome` what came of it."""

    rating = serializers.ChoiceField(choices=RATINGS, allow_null=True)
    comment = serializers.CharField(allow_blank=True)
    report = serializers.BooleanField()
    notice = serializers.CharField(allow_null=True)
    outcome = OutcomeSerializer(allow_null=True)


class ConversationSerializer(StrictSerializer[Conversation]):
    """`writing` is the id of the reply being written, `kept_until` when the operator's rule removes it.

    An empty title is what the next question makes of it.
    """

    id = serializers.UUIDField(read_only=True)
    assistant = serializers.CharField(source="begun_with.assistant.slug", read_only=True)
    title = Name(max_length=TITLE_MAX_CHARS, allow_blank=True)
    pinned = Flag()
    archived = Flag()
    writing = serializers.UUIDField(read_only=True, allow_null=True)
    created_at = serializers.DateTimeField(read_only=True)
    last_message_at = serializers.DateTimeField(read_only=True)
    kept_until = serializers.DateTimeField(read_only=True, allow_null=True)

    def update(self, conversation: Conversation, validated_data: dict[str, Any]) -> Conversation:
        if "title" in validated_data:
            validated_data["title_is_given"] = bool(validated_data["title"])  # then it is never changed by us
        return super().update(conversation, validated_data)


class NewConversationSerializer(StrictSerializer[Conversation]):
    """Which assistant, and a title if the member has one already."""

    assistant = Text(max_length=50)
    title = Name(max_length=TITLE_MAX_CHARS, required=False)


class ConversationQuerySerializer(serializers.Serializer[Any]):
    """How a list of conversations is narrowed."""

    archived = QueryFlag(default=False)
    pinned = QueryFlag(default=None)
    assistant = serializers.SlugField(required=False, allow_blank=True)
    q = Name(required=False, max_length=200, allow_blank=True)


class MessageQuerySerializer(serializers.Serializer[Any]):
    order = serializers.ChoiceField(choices=["oldest", "newest"], default="oldest")


class ExportQuerySerializer(serializers.Serializer[Any]):
    format = serializers.ChoiceField(choices=["markdown", "json"], default="markdown")


# ---------------------------------------------------------------- Shapes that are given out as they are
class FieldSerializer(serializers.Serializer[Any]):
    """One input of a form; bounds that its type does not have are null."""

    name = serializers.CharField()
    type = serializers.ChoiceField(choices=["text", "textarea", "integer", "date", "time", "choice", "choices"])
    label = BilingualSerializer()  # type: ignore[assignment]  # the contract's words, which are the library's too
    help = BilingualSerializer()
    placeholder = BilingualSerializer()
    required = serializers.BooleanField()  # type: ignore[assignment]
    min = serializers.JSONField(help_text="A whole number, a date or a time, as the type is; or null.")
    max = serializers.JSONField(help_text="As `min`.")
    step = serializers.IntegerField(allow_null=True)
    max_length = serializers.IntegerField(allow_null=True)
    options = serializers.ListField(child=serializers.DictField())


class CardSerializer(serializers.Serializer[Any]):
    """One place; `bundle` numbers those that are near each other."""

    number = serializers.IntegerField()
    name = BilingualSerializer()
    area = serializers.CharField()
    kind = serializers.CharField()
    latitude = serializers.FloatField()
    longitude = serializers.FloatField()
    text = BilingualSerializer()
    bundle = serializers.IntegerField()


class AssistantSerializer(serializers.Serializer[Any]):
    """An assistant and its form; `example` fills the form, `{ko: inputs, en: inputs}`."""

    slug = serializers.SlugField()
    name = BilingualSerializer()
    description = BilingualSerializer()
    icon = serializers.CharField()
    fields = FieldSerializer(many=True)  # type: ignore[assignment]
    speech_language = serializers.CharField(allow_null=True)
    closing_message = BilingualSerializer(allow_null=True)
    example = serializers.DictField(allow_null=True)
    sample = BilingualSerializer()
    max_input_chars = serializers.IntegerField(
        allow_null=True, help_text="Of a question, or of a form's texts; null: 4,000 and 8,000."
    )
    cards = CardSerializer(many=True, required=False)


class PageSerializer(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class ConversationPageSerializer(PageSerializer):
    """Twenty conversations, and where more are."""

    results = ConversationSerializer(many=True)


class AnsweredSerializer(serializers.Serializer[Any]):
    """A question with its reply, and what is left."""

    message = QuestionSerializer()
    reply = ReplySerializer()
    quota = QuotaSerializer()


class StoppedSerializer(serializers.Serializer[Any]):
    reply = ReplySerializer()
    quota = QuotaSerializer()


class ExportSerializer(serializers.Serializer[Any]):
    conversation = ConversationSerializer()
    messages = serializers.ListField(child=serializers.DictField())
