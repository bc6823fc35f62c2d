"""How staff find members: by what they know of one."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User, normalised_email

HELP = _("The beginning of an e-mail, a part of a nickname, or an id")

# Of so many members at most, the newest, other rows are shown: whoever finds more has to say more of whom they mean.
MEMBERS_MAX = 1000


def ids(words: str) -> list[UUID]:
    """The ids of `found`, to find what is theirs: looked up once, and then by an index."""
    newest = found(User.objects.order_by("-date_joined", "-id"), words)
    return list(newest.values_list("pk", flat=True)[:MEMBERS_MAX])


def found(members: QuerySet[User], words: str) -> QuerySet[User]:
    """Those with this id, or whose address begins with each word or whose nickname holds it.

    An address is searched from its beginning, in its one spelling, which an index answers.
    """
    try:
        return members.filter(pk=UUID(words.strip()))
    except ValueError:
        pass
    for word in words.split():
        address = Q(email__startswith=normalised_email(word))
        members = members.filter(address if "@" in word else address | Q(nickname__icontains=word))
    return members
