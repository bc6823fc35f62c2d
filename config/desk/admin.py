"""Registers the desk's pages; each has a file of its own."""

from config.desk import assistants_admin, members_admin, operator_admin, reports_admin, use_admin

__all__ = ["assistants_admin", "members_admin", "operator_admin", "reports_admin", "use_admin"]
