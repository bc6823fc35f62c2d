"""The operator is told, once a local day, when the service comes near its cap of calls; nothing else is done then."""

import logging
from datetime import datetime

from django.conf import settings
from django.db import transaction

from chat.models import ServiceUsage
from chat.quota import local_day
from config.signals import service_cap_near

logger = logging.getLogger("haru.quota")
NEAR_PERCENT = 80  # late enough to mean something, early enough to raise the cap before anyone is refused


def tell_if_near(now: datetime) -> bool:
    """Tells it unless any process has told it today. Each worker's beat asks, so that no question waits for it."""
    near = settings.SERVICE_DAILY_LIMIT * NEAR_PERCENT
    today = ServiceUsage.objects.filter(day=local_day(now), is_told=False, calls__gte=-(-near // 100))
    with transaction.atomic():
        if not settings.SERVICE_DAILY_LIMIT or not today.update(is_told=True):
            return False
        service_cap_near.send(None, percent=NEAR_PERCENT, limit=settings.SERVICE_DAILY_LIMIT)
    logger.warning("The service comes near its cap of today.", extra={"limit": settings.SERVICE_DAILY_LIMIT})
    return True
