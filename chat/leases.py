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
    """When a process began, in the kernel's ticks; empty if it is gone, or where /proc is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
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
    """Renews the lease; False when it had run out and was taken away: then a new one is made."""
    if Worker.objects.filter(id=worker_id).update(beat_at=Now()):
        return True
    take(worker_id)
    return False


def give_back(worker_id: UUID) -> None:
    Worker.objects.filter(id=worker_id).delete()


def recover(worker_id: UUID) -> int:
    """Settles what dead workers left, and forgets them; called only after one's own lease was renewed in time.

    Dead is whose lease ran out `LEASE_SECONDS` ago, and at once a process of this host that is no more.
    """
    others = Worker.objects.exclude(id=worker_id)
    out_of_time = Q(beat_at__lt=Now() - timedelta(seconds=LEASE_SECONDS))
    here = others.filter(host=this_host()).exclude(out_of_time)
    gone = [worker.id for worker in here if not is_running(worker)]
    dead = others.filter(out_of_time | Q(id__in=gone))
    known = Worker.objects.filter(id=OuterRef("worker_id"))
    forgotten = ~Exists(known) & Q(created_at__lt=Now() - timedelta(seconds=LEASE_SECONDS))
    settled = replies.interrupt(Message.objects.filter(Q(worker_id__in=dead.values("id")) | forgotten))
    dead.delete()
    return settled
