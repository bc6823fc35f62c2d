"""THE switch: while it is on nobody asks anything new; what is being written goes on to its end."""

from django.utils.translation import get_language

from config.desk.models import Maintenance
from config.problems import Problem

# A condition for a statement that is made anyway, so that the switch costs no query and no request slips by.
IS_ON = "EXISTS (SELECT 1 FROM desk_maintenance WHERE is_on)"


def check() -> None:
    """Problem `maintenance` while the switch is on, in the operator's own words where there are any."""
    if row := Maintenance.objects.filter(is_on=True).first():
        words = row.text_en if get_language() == "en" else row.text_ko
        raise Problem("maintenance", detail=words or None, retry_after=max(1, row.minutes) * 60)
