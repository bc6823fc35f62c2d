"""What one app has to ask or tell another without knowing it."""

from django.dispatch import Signal

# Asked with `ids` of log-ins: a receiver returns the set of those that are over, or whose member may not be here.
logins_over = Signal()
# Told with `member`, inside the transaction that deletes the account, before the first row goes.
member_leaving = Signal()
# Asked with `member`: a receiver returns an iterable of (file name, its text or what it holds as JSON).
member_exporting = Signal()
# Told with `percent` and `limit`, inside a transaction, once a local day: so much of the service's calls are used.
service_cap_near = Signal()
# Told with `now` once a local day: a receiver removes what has had its time and returns {what: how many}. With
# `is_rehearsal` all of it is undone at the end, so nobody must wait long for a row: what takes long is counted only.
night_falls = Signal()
