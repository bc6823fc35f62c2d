"""How the OpenAPI document is made from the views; what each route answers is said at its view."""

from drf_spectacular.openapi import AutoSchema


class Schema(AutoSchema):
    """drf-spectacular's inspector."""
