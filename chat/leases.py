"""Which workers live: a lease a process, renewed by the database's clock, and what is done when one runs out."""

import os
import socket
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from chat import replies
from chat.models import Message, Worker

LEASE_SECONDS = 30


def this_host() -> str:
    """Names the space in which a pid means one process: this boot of this kernel, this pid namespace."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}:{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:  # not Linux: a name is the best there is
        return socket.gethostname()[:120]


def birth(pid: int) -> str:
    """When a process began, in the kernel's ticks; empty if it is gone or a zombie, or where /proc is not."""
    try:
        state, *rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if state in "ZX" else rest[18]
    except (OSError, IndexError, ValueError):
        return ""


def is_running(worker: Worker) -> bool:
    """Whether a worker of this host still runs, and is not another process under its old pid."""
    try:
        os.kill(worker.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return birth(worker.pid) == worker.born


def take(worker_id: UUID) -> None:
    """This process's lease."""
    pid = os.getpid()
    Worker.objects.create(id=worker_id, host=this_host(), pid=pid, born=birth(pid))


def renew(worker_id: UUID) -> bool:
    """Renews the lease, or makes a new one where it was taken away; False when it had run out by then."""
    mine = Worker.objects.filter(id=worker_id)
    if mine.exclude(ran_out()).update(beat_at=Now()):
        return True
    if not mine.update(beat_at=Now()):
        take(worker_id)
    return False


def ran_out() -> Q:
    """Whose last beat is longer ago than a lease lasts, by the database's clock."""
    return Q(beat_at__lt=Now() - timedelta(seconds=LEASE_SECONDS))


def give_back(worker_id: UUID) -> None:
    Worker.objects.filter(id=worker_id).delete()


def recover(worker_id: UUID, *, judges_leases: bool) -> int:
    """Settles what dead workers left, and forgets them.

    A process of this host that no longer runs is dead at once. So is a worker whose lease ran out, but only who renewed
    its own in time may judge that (`judges_leases`): after an outage of the database everybody's has run out.
    """
    others = Worker.objects.exclude(id=worker_id)
    here = others.filter(host=this_host()).exclude(ran_out())
    dead = [worker.id for worker in here if not is_running(worker)]
    is_left = Q(worker_id__in=dead)
    if judges_leases:
        dead += others.filter(ran_out()).values_list("id", flat=True)
        known = Worker.objects.filter(id=OuterRef("worker_id"))
        long_ago = Now() - timedelta(seconds=LEASE_SECONDS)
        is_left = Q(worker_id__in=dead) | (~Exists(known) & Q(created_at__lt=long_ago))
    settled = replies.interrupt(Message.objects.filter(is_left))
    Worker.objects.filter(id__in=dead).delete()
    return settled
