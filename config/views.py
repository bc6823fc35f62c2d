"""The one page of the project itself."""

from django.views.generic import RedirectView


class HomeView(RedirectView):
    """Until the page is built, `/` leads to the documentation of the API."""

    pattern_name = "docs"
