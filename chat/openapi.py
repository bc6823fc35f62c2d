"""What the OpenAPI document says of the routes of chat."""

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, PolymorphicProxySerializer

from chat import openapi_feedback, serializers
from chat.examples import CONVERSATION, FAILED, QUESTION, QUOTA, REPLY, STREAM, WRITING
from config.schema import Operation, answered, header, query, sent

QUOTA_HEADERS = {
    "RateLimit-Policy": ('The limit: `"daily";q=5;w=86400`.', [200, 201, 202]),
    "RateLimit": ('What is left, and the seconds to the reset: `"daily";r=4;t=3600`.', [200, 201, 202]),
}


MESSAGE = PolymorphicProxySerializer(
    component_name="Message",
    serializers={"user": serializers.QuestionSerializer, "assistant": serializers.ReplySerializer},
    resource_type_field_name="role",
)


MESSAGE_PAGE = {
    "type": "object",
    "required": ["next", "previous", "results"],
    "properties": {
        "next": {"type": ["string", "null"], "format": "uri"},
        "previous": {"type": ["string", "null"], "format": "uri"},
        "results": {"type": "array", "items": {"$ref": "#/components/schemas/Message"}},
    },
}


ASYNC_HEADERS = {
    "Location": ("The stream of the reply.", [202]),
    "Preference-Applied": ("`respond-async`.", [202]),
}
KEY_HEADER = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": "^[!-~]{1,255}$"},
    OpenApiParameter.HEADER,
    description="1 to 255 visible characters, kept 24 h: a repeat is the same request.",
)
ASK_HEADERS = [KEY_HEADER, header("Prefer", "`respond-async` for 202 at once.")]
CURSOR = query("cursor", "From `next` or `previous` of a page.")
# Of one event, as its fields are on the wire: before OpenAPI 3.2 a document cannot say more of a stream.
EVENT = {
    "type": "object",
    "required": ["event", "id", "data"],
    "properties": {
        "event": {"type": "string", "enum": ["start", "delta", "done", "error"]},
        "id": {"type": "string", "pattern": "^[0-9]+$"},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
}
STREAM_ANSWER = OpenApiResponse(
    EVENT,
    description="A stream of such events.",
    examples=[
        OpenApiExample("Stream", value=STREAM, media_type="text/event-stream"),
        OpenApiExample("Failure", value=FAILED, media_type="text/event-stream"),
    ],
)

ASK_ANSWERS = {
    (200, "text/event-stream"): STREAM_ANSWER,
    (201, "application/json"): serializers.AnsweredSerializer,
    (202, "application/json"): OpenApiResponse(
        serializers.AnsweredSerializer, description="The reply is still being written: see `Location`."
    ),
}
ASK_CODES = [
    *("reply_in_progress", "idempotency_key_reused", "assistant_refused", "assistant_timeout", "too_many_requests"),
    *("daily_limit_reached", "too_many_attempts", "service_limit_reached", "maintenance", "draining", "busy"),
    *("assistant_unavailable", "interrupted"),
]

OPERATIONS = {
    **openapi_feedback.OPERATIONS,
    ("AssistantsView", "get"): Operation(
        id="listAssistants",
        tag="assistants",
        summary="The assistants on offer",
        description="For everybody. The Singapore trip has `cards`, its attractions.",
        answers={200: serializers.AssistantSerializer(many=True)},
        is_open=True,
    ),
    ("AssistantView", "get"): Operation(
        id="getAssistant",
        tag="assistants",
        summary="One assistant",
        description="For everybody.",
        answers={200: serializers.AssistantSerializer},
        is_open=True,
    ),
    ("ConversationsView", "get"): Operation(
        id="listConversations",
        tag="conversations",
        summary="One's conversations",
        description="By last message, newest first, in pages of 20.",
        answers={200: serializers.ConversationPageSerializer},
        examples=[answered({"next": None, "previous": None, "results": [CONVERSATION]})],
        parameters=[
            query("archived", "Archived ones instead of the others.", bool, default=False),
            query("pinned", "Only pinned ones, or only others.", bool),
            query(
                "assistant",
                "Of one assistant, by its slug; empty: of all.",
                {"type": "string", "pattern": "^[-a-zA-Z0-9_]*$"},
            ),
            query("q", "Words in titles and messages.", {"type": "string", "maxLength": 200}),
            CURSOR,
        ],
        codes=["not_found"],
        has_query=True,
    ),
    ("ConversationsView", "post"): Operation(
        id="beginConversation",
        tag="conversations",
        summary="Begin a conversation",
        description="It stays with the version of the assistant that is current now. A given title is never changed.",
        request=serializers.NewConversationSerializer,
        answers={201: serializers.ConversationSerializer},
        examples=[sent({"assistant": "english-friend"}), answered(CONVERSATION | {"title": ""}, 201)],
        parameters=[KEY_HEADER],
        codes=["too_many_requests", "idempotency_key_reused", "not_found"],
    ),
    ("ConversationView", "get"): Operation(
        id="getConversation",
        tag="conversations",
        summary="One conversation",
        description="`writing` is the id of the reply that is being written, or null.",
        answers={200: serializers.ConversationSerializer},
        examples=[answered(CONVERSATION)],
    ),
    ("ConversationView", "put"): Operation(
        id="replaceConversation",
        tag="conversations",
        summary="Set title, pinned and archived",
        description="All three.",
        request=serializers.ConversationSerializer,
        answers={200: serializers.ConversationSerializer},
        examples=[sent({"title": "보리", "pinned": True, "archived": False}), answered(CONVERSATION)],
    ),
    ("ConversationView", "patch"): Operation(
        id="changeConversation",
        tag="conversations",
        summary="Rename, pin or archive",
        description="Any of the three.",
        request=serializers.ConversationSerializer,
        answers={200: serializers.ConversationSerializer},
        examples=[sent({"archived": True}), answered(CONVERSATION | {"archived": True})],
    ),
    ("ConversationView", "delete"): Operation(
        id="deleteConversation",
        tag="conversations",
        summary="Delete for good",
        description="Stops a reply that is being written. Gives nothing back to the quota.",
        answers={204: None},
    ),
    ("MessagesView", "get"): Operation(
        id="listMessages",
        tag="messages",
        summary="What was said",
        description="Oldest first, or from the newest; pages of 20.",
        answers={200: MESSAGE_PAGE},
        examples=[answered({"next": None, "previous": None, "results": [QUESTION, REPLY]})],
        parameters=[query("order", "Which end comes first.", enum=["oldest", "newest"], default="oldest"), CURSOR],
        has_query=True,
        headers=QUOTA_HEADERS,
    ),
    ("MessagesView", "post"): Operation(
        id="ask",
        tag="messages",
        summary="Ask",
        description="`inputs` of the assistant's form first (8,000 characters in all), `content` otherwise. "
        "JSON waits for the reply, at most 50 s (then 202); `Prefer: respond-async` gets 202 at once; "
        "`Accept: text/event-stream` gets the words as they come, and every failure after `start` as an event.",
        request=serializers.AskSerializer,
        answers=ASK_ANSWERS,
        examples=[
            sent({"inputs": QUESTION["inputs"]}, "Form"),
            sent({"content": "What did you do today?"}, "Words"),
            answered({"message": QUESTION, "reply": REPLY, "quota": QUOTA}, 201),
            answered({"message": QUESTION, "reply": WRITING, "quota": QUOTA}, 202),
        ],
        parameters=ASK_HEADERS,
        codes=ASK_CODES,
        headers=QUOTA_HEADERS | ASYNC_HEADERS,
    ),
    ("ConversationExportView", "get"): Operation(
        id="exportConversation",
        tag="conversations",
        summary="Take a conversation away",
        description="Markdown for people, JSON for programs.",
        answers={
            (200, "text/markdown"): OpenApiResponse({"type": "string"}, description="A file."),
            (200, "application/json"): serializers.ExportSerializer,
        },
        parameters=[query("format", "Which.", enum=["markdown", "json"], default="markdown")],
        has_query=True,
        headers={"Content-Disposition": ("The file's name.", [200])},
    ),
    ("MessageView", "get"): Operation(
        id="getMessage",
        tag="messages",
        summary="One question or one reply",
        description="A reply that is being written has what was kept so far.",
        answers={200: MESSAGE},
        examples=[answered(REPLY)],
    ),
    ("ReplyStreamView", "get"): Operation(
        id="followReply",
        tag="messages",
        summary="Come (back) into a reply",
        description="From the character after `Last-Event-ID` on; without it from `start`. After the last id the last "
        "event is repeated.",
        answers={(200, "text/event-stream"): STREAM_ANSWER},
        parameters=[header("Last-Event-ID", "The id of the last event that arrived.")],
        codes=["too_many_requests"],
    ),
    ("ReplyStopView", "post"): Operation(
        id="stopReply",
        tag="messages",
        summary="Stop",
        description="The call of the model ends, what was written stays and counts if there is any of it. Also for a "
        "reply that has ended. Should its writer not answer within 5 s, `status` is still `writing`.",
        answers={200: serializers.StoppedSerializer},
        examples=[answered({"reply": REPLY | {"status": "stopped", "finish_reason": None}, "quota": QUOTA})],
    ),
    ("ReplyRetryView", "post"): Operation(
        id="retryReply",
        tag="messages",
        summary="Try again",
        description="Another reply to the same question, counted like any; takes and answers the same headers as "
        "asking. Both are listed while the new one is written. When it ends with text the old one is deleted, when "
        "without, the new one is.",
        request=serializers.RetrySerializer,
        answers=ASK_ANSWERS,
        examples=[
            answered({"message": QUESTION, "reply": REPLY, "quota": QUOTA}, 201),
            answered({"message": QUESTION, "reply": WRITING, "quota": QUOTA}, 202),
        ],
        parameters=ASK_HEADERS,
        codes=[*ASK_CODES, "not_last"],
        headers=QUOTA_HEADERS | ASYNC_HEADERS,
    ),
    ("QuotaView", "get"): Operation(
        id="getQuota",
        tag="quota",
        summary="What is left today",
        description="The same figures as in the headers, the streams and the 429.",
        answers={200: serializers.QuotaSerializer},
        examples=[answered(QUOTA)],
        headers=QUOTA_HEADERS,
    ),
}
