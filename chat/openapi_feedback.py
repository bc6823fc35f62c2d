"""What the OpenAPI document says of thumbs and reports."""

from chat import serializers
from config.schema import Operation, answered, sent

GIVEN = {"rating": "down", "comment": "Not a cat.", "report": True}
NOTICE = {"notice": "The moderators can now see this question and this reply."}
LATER = {"state": "closed", "result": "acted", "text": "Thank you, it is mended.", "at": "2026-03-02T09:00:00+09:00"}
AT_FIRST = {"state": "new", "result": None, "text": "", "at": None}

OPERATIONS = {
    ("ReplyFeedbackView", "get"): Operation(
        id="getFeedback",
        tag="messages",
        summary="What one said of a reply, and what came of a report",
        description="`outcome` is null where nothing is reported; its result, text and time come when it is closed.",
        answers={200: serializers.GivenFeedbackSerializer},
        examples=[answered(GIVEN | NOTICE | {"outcome": LATER})],
    ),
    ("ReplyFeedbackView", "put"): Operation(
        id="rateReply",
        tag="messages",
        summary="Rate or report a reply",
        description="Replaces what was said before. `report` shows this question and this reply to the moderators, "
        "and `notice` says so.",
        request=serializers.FeedbackSerializer,
        answers={200: serializers.GivenFeedbackSerializer},
        examples=[sent(GIVEN), answered(GIVEN | NOTICE | {"outcome": AT_FIRST})],
    ),
    ("ReplyFeedbackView", "delete"): Operation(
        id="unrateReply",
        tag="messages",
        summary="Take rating, comment and report back",
        description="Also when there is none.",
        answers={204: None},
    ),
}
