"""What one app has to ask or tell another without knowing it."""

from django.dispatch import Signal

# Asked with `ids` of log-ins: a receiver returns the set of those that are over, or whose member may not be here.
logins_over = Signal()
# Told with `member` just before all rows of an account are deleted.
member_leaving = Signal()
