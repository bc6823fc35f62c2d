"""Conversations and their messages, each its owner's alone."""

from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID, uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.utils import timezone

from chat.models.assistants import Assistant, AssistantVersion, known_version

TITLE_MAX_CHARS = 100
COMMENT_MAX_CHARS = 1000
# At most one: `one_reply_in_writing`. In SQL, since every list asks it, and the ORM takes long to say it.
WRITING = "SELECT id FROM chat_message WHERE conversation_id = chat_conversation.id AND status = 'writing'"


class Values(models.Func):
    """The values of a JSON object as text, a line each; NULL where there is no object."""

    output_field = models.TextField()
    template = "(SELECT string_agg(value #>> '{}', chr(10)) FROM jsonb_path_query(%(expressions)s, '$.*') AS value)"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "(SELECT group_concat(value, char(10)) FROM json_each(%(expressions)s))"
        return self.as_sql(compiler, connection, template=template, **context)


class ConversationQuerySet(models.QuerySet["Conversation"]):
    """The only way to list or fetch conversations: it takes the member."""

    def owned_by(self, member: Any) -> "ConversationQuerySet":
        """A member's own, with the id of the reply that is being written (`writing`)."""
        writing = RawSQL(WRITING, (), output_field=models.UUIDField())  # noqa: S611  # a constant of ours
        return self.filter(owner=member).annotate(writing=writing)  # type: ignore[no-redef]  # declared by the class

    def begin(self, member: Any, assistant: Assistant, *, title: str) -> "Conversation":
        """A new, empty conversation with the newest version; a title that is given is never changed by us."""
        assert assistant.current is not None  # noqa: S101  # offered() has only those with a version
        return self.create(owner=member, version=assistant.current, title=title, title_is_given=bool(title))

    def containing(self, words: str) -> "ConversationQuerySet":
        """Those whose title or messages, forms among them, hold the words, whatever their case."""
        messages = Message.objects.annotate(form=Values("inputs"), line=Values("summary"))
        has_them = Q(content__icontains=words) | Q(form__icontains=words) | Q(line__icontains=words)
        said = messages.filter(has_them, conversation=models.OuterRef("pk"))
        return self.filter(Q(title__icontains=words) | models.Exists(said))

    def narrowed(
        self, *, archived: bool, pinned: bool | None = None, assistant: str = "", q: str = ""
    ) -> "ConversationQuerySet":
        """Archived ones or the others; of one assistant; pinned or not; with words in them."""
        found = self.filter(archived=archived)
        if pinned is not None:
            found = found.filter(pinned=pinned)
        if assistant:
            found = found.filter(version__assistant__slug=assistant)
        return found.containing(q) if q else found


class Conversation(models.Model):
    """A member's talk with one version of an assistant."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="conversations")
    version = models.ForeignKey(AssistantVersion, models.PROTECT)
    title = models.CharField(max_length=TITLE_MAX_CHARS, blank=True)
    title_is_given = models.BooleanField(default=False)
    pinned = models.BooleanField(default=False)
    archived = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    last_message_at = models.DateTimeField(default=timezone.now)
    # The position of the newest message ever; accepting compares and sets it, so nobody asks twice at once.
    last_position = models.PositiveIntegerField(default=0)

    writing: UUID | None = None  # annotated by owned_by()
    is_doubtful = True  # whether to look closer before a question is taken; annotated where it was asked for
    objects = ConversationQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["owner", "archived", "-last_message_at", "-id"], name="conversation_by_owner")
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def begun_with(self) -> AssistantVersion:
        """The version that it began with, and its assistant; of the latter only the name holds for ever."""
        return known_version(self.version_id)

    @property
    def kept_until(self) -> datetime | None:
        """When the nightly work removes it if nothing more is said; None where conversations are kept."""
        days = settings.CONVERSATION_RETENTION_DAYS
        return self.last_message_at + timedelta(days=days) if days else None


class MessageQuerySet(models.QuerySet["Message"]):
    def owned_by(self, member: Any) -> "MessageQuerySet":
        return self.filter(conversation__owner=member)

    def replies_to(self, member: Any) -> "MessageQuerySet":
        """A member's replies, each with its question and owner."""
        mine = self.owned_by(member).filter(role=Message.Role.ASSISTANT)
        return mine.select_related("question", "conversation__owner")

    def writing(self) -> "MessageQuerySet":
        return self.filter(status=Message.Status.WRITING)


class Message(models.Model):
    """A question (role `user`) or a reply to one (role `assistant`)."""

    class Role(models.TextChoices):
        USER = "user"
        ASSISTANT = "assistant"

    class Status(models.TextChoices):
        WRITING = "writing"
        COMPLETE = "complete"
        STOPPED = "stopped"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="messages")
    role = models.CharField(max_length=9, choices=Role)
    position = models.PositiveIntegerField()
    content = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    # Of a question: a form as given, its one-line reading, and what the model gets of it.
    inputs = models.JSONField(null=True)
    summary = models.JSONField(null=True)
    prompt = models.TextField(blank=True)
    language = models.CharField(max_length=2, blank=True)
    # Of a reply.
    question = models.ForeignKey("self", models.CASCADE, null=True, related_name="replies")
    status = models.CharField(max_length=8, choices=Status, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    finish_reason = models.CharField(max_length=40, blank=True)
    transcript_trimmed = models.BooleanField(default=False)
    model = models.CharField(max_length=100, blank=True)
    tokens_input = models.PositiveIntegerField(null=True)
    tokens_output = models.PositiveIntegerField(null=True)
    replaces_id = models.UUIDField(null=True)  # the reply that was tried again; no foreign key, either may go first
    rating = models.CharField(max_length=4, blank=True)
    comment = models.CharField(max_length=COMMENT_MAX_CHARS, blank=True)
    finished_at = models.DateTimeField(null=True)
    # Who writes it, and whether its member wants it ended.
    worker_id = models.UUIDField(null=True)
    stop_requested = models.BooleanField(default=False)

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conversation", "position"], name="message_position"),
            models.UniqueConstraint(
                fields=["conversation"], condition=Q(status="writing"), name="one_reply_in_writing"
            ),
        ]
        indexes: ClassVar = [
            # Only for queries that name a worker. Without that condition PostgreSQL took it for lists as well, and read
            # all replies in writing for each row.
            models.Index(
                fields=["worker_id"], condition=Q(status="writing", worker_id__isnull=False), name="written_by_worker"
            )
        ]

    def __str__(self) -> str:
        return str(self.id)
