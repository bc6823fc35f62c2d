"""What a member thinks of a reply, and showing it to the moderators."""

from django.db import transaction

from chat.models import Message, Report


def give(reply: Message, *, rating: str, comment: str, report: bool) -> None:
    """Sets the rating (`up` or `down`) in place of an earlier one; a report exists exactly while it is asked for."""
    with transaction.atomic():
        Message.objects.filter(id=reply.id).update(rating=rating, comment=comment)
        if report and reply.question:
            words = {"question": reply.question.prompt or reply.question.content, "reply": reply.content}
            Report.objects.update_or_create(
                reply_id=reply.id, defaults={"conversation_id": reply.conversation_id, "comment": comment, **words}
            )
        else:
            Report.objects.filter(reply_id=reply.id).delete()


def withdraw(reply: Message) -> None:
    """Takes rating, comment and report back."""
    give(reply, rating="", comment="", report=False)
