"""The addresses below `/api/v1/` that are not accounts'."""

from django.urls import path

from chat import views

urlpatterns = [
    path("chat/assistants/", views.AssistantsView.as_view(), name="assistants"),
    path("chat/assistants/<slug:slug>/", views.AssistantView.as_view(), name="assistant"),
    path("chat/conversations/", views.ConversationsView.as_view(), name="conversations"),
    path("chat/conversations/<uuid:id>/", views.ConversationView.as_view(), name="conversation"),
    path("chat/conversations/<uuid:id>/messages/", views.MessagesView.as_view(), name="messages"),
    path(
        "chat/conversations/<uuid:id>/export/",
        views.ConversationExportView.as_view(),
        name="conversation-export",
    ),
    path("chat/messages/<uuid:id>/", views.MessageView.as_view(), name="message"),
    path("chat/messages/<uuid:id>/stream/", views.ReplyStreamView.as_view(), name="reply-stream"),
    path("chat/messages/<uuid:id>/stop/", views.ReplyStopView.as_view(), name="reply-stop"),
    path("chat/messages/<uuid:id>/retry/", views.ReplyRetryView.as_view(), name="reply-retry"),
    path("chat/messages/<uuid:id>/feedback/", views.ReplyFeedbackView.as_view(), name="reply-feedback"),
    path("chat/quota/", views.QuotaView.as_view(), name="quota"),
]
