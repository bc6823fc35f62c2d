"""What OPTIONS says of a route: its methods, in `Allow`; all else is in the OpenAPI document."""

from typing import Any

from rest_framework.metadata import BaseMetadata
from rest_framework.request import Request


class AllowAlone(BaseMetadata):
    """Looks at no serializer: DRF's own builds one, which fails for views that choose theirs by method."""

    def determine_metadata(self, request: Request, view: Any) -> dict[str, Any]:
        return {}
