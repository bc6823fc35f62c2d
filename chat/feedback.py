"""What a member thinks of a reply, showing it to the moderators, and what came of that."""

from typing import Any

from django.db import transaction

from chat.models import Conversation, Message, Report
from config.problems import Problem


def give(reply: Message, *, rating: str, comment: str, report: bool) -> None:
    """Sets the rating (`up` or `down`) in place of an earlier one; a report exists exactly while it is asked for."""
    with transaction.atomic():
        # First, as deleting does: a report waits for its conversation in the end, and would hold the reply meanwhile.
        if not Conversation.objects.select_for_update(no_key=True).filter(id=reply.conversation_id):
            raise Problem("not_found")
        Message.objects.filter(id=reply.id).update(rating=rating, comment=comment)
        if report and reply.question:
            words = {"question": reply.question.prompt or reply.question.content, "reply": reply.content}
            # Who says something new about it wants it looked at again.
            of_reply = Report.objects.filter(reply_id=reply.id)
            of_reply.exclude(comment=comment).update(state=Report.State.NEW, closed_at=None)
            Report.objects.update_or_create(
                reply_id=reply.id, defaults={"conversation_id": reply.conversation_id, "comment": comment, **words}
            )
        else:
            Report.objects.filter(reply_id=reply.id).delete()


def given(reply: Message) -> dict[str, Any]:
    """`{rating, comment, report, outcome}` as they stand; `outcome` is None where nothing is reported."""
    report = Report.objects.filter(reply_id=reply.id).first()
    return {
        "rating": reply.rating or None,
        "comment": reply.comment,
        "report": report is not None,
        "outcome": outcome_of(report) if report else None,
    }


def outcome_of(report: Report) -> dict[str, Any]:
    """`{state, result, text, at}`: what a moderator decided is told when the report is closed, not before."""
    is_closed = report.state == Report.State.CLOSED
    return {
        "state": report.state,
        "result": (report.outcome or None) if is_closed else None,
        "text": report.answer if is_closed else "",
        "at": report.closed_at if is_closed else None,
    }


def withdraw(reply: Message) -> None:
    """Takes rating, comment and report back."""
    give(reply, rating="", comment="", report=False)
