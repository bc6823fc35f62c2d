"""Whether the quota's book is right: single requests, daily sums and replies checked against each other."""

from collections.abc import Iterator
from itertools import chain

from django.db.models import Count, Exists, OuterRef, Q

from chat.models import DailyUsage, Message, Reservation, ServiceUsage

State, Status = Reservation.State, Message.Status
ROWS_AT_ONCE = 2000

# What the request of a reply must be, by how the reply stands.
HELD = Q(status=Status.WRITING)
CHARGED = Q(status=Status.COMPLETE) | (Q(status=Status.STOPPED) & ~Q(content=""))
RELEASED = Q(status=Status.FAILED) | Q(status=Status.STOPPED, content="")


def differences() -> Iterator[str]:
    """A sentence for each thing that does not agree, by ids and days; call it in one transaction."""
    return chain(of_sums(), of_service(), of_replies(), of_requests())


def of_sums() -> Iterator[str]:
    """Each member's day must be the sum of its requests."""
    taken = Count("reply_id", filter=~Q(state=State.RELEASED))
    sums = Reservation.objects.values("member_id", "day").annotate(taken=taken, all=Count("reply_id"))
    counted = {(row["member_id"], row["day"]): (row["taken"], row["all"]) for row in sums.iterator(ROWS_AT_ONCE)}
    for usage in DailyUsage.objects.iterator(ROWS_AT_ONCE):
        used, attempts = counted.pop((usage.member_id, usage.day), (0, 0))
        if (usage.used, usage.attempts) != (used, attempts):
            said = f"says {usage.used} used of {usage.attempts} attempts"
            yield f"Day {usage.day} of member {usage.member_id} {said}; its requests are {used} of {attempts}."
    for member, day in counted:
        yield f"Day {day} of member {member} is missing, but has requests."


def of_service() -> Iterator[str]:
    """The service's day may count more than there are requests, since accounts are deleted; never fewer."""
    calls = dict(ServiceUsage.objects.values_list("day", "calls"))
    for day, count in Reservation.objects.values_list("day").annotate(Count("reply_id")).order_by("day"):
        if calls.get(day, 0) < count:
            yield f"Day {day} of the service says {calls.get(day, 0)} calls; there are {count} requests."


def of_replies() -> Iterator[str]:
    """Each reply's request must be held, charged or given back, as the reply stands."""
    replies = Message.objects.filter(role=Message.Role.ASSISTANT)
    for state, expected in ((State.HELD, HELD), (State.CHARGED, CHARGED), (State.RELEASED, RELEASED)):
        agreeing = Reservation.objects.filter(reply_id=OuterRef("id"), state=state)
        for reply in replies.filter(~Exists(agreeing), expected).iterator(ROWS_AT_ONCE):
            yield f"Reply {reply.id} is {reply.status}; its request is not {state.value}."


def of_requests() -> Iterator[str]:
    """A held request belongs to a reply that is being written; what is settled has a time of it."""
    writing = Message.objects.writing().filter(id=OuterRef("reply_id"))
    for request in Reservation.objects.filter(~Exists(writing), state=State.HELD).iterator(ROWS_AT_ONCE):
        yield f"Request {request.reply_id} is held; no such reply is being written."
    for request in Reservation.objects.filter(Q(state=State.HELD) ^ Q(settled_at=None)).iterator(ROWS_AT_ONCE):
        yield f"Request {request.reply_id} is {request.state}; its time of settling says otherwise."


# What there is to check, in words for who waits.
PARTS = {"daily sums": of_sums, "the service's days": of_service, "replies": of_replies, "requests": of_requests}
