"""Which nights' work was done."""

from typing import ClassVar

from django.db import models


class Night(models.Model):
    """The nightly work of one local day; who makes its row, or takes it over from a dead process, does the work."""

    day = models.DateField(primary_key=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-day"]

    def __str__(self) -> str:
        return str(self.day)
