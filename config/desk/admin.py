"""Registers the desk's pages; each has a file of its own."""

from config.desk import members_admin, operator_admin, reports_admin

__all__ = ["members_admin", "operator_admin", "reports_admin"]
