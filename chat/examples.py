"""What the OpenAPI document shows as examples: one conversation with a cat, and its stream."""

ID = "f5b8a3f2-8f0f-4a56-8d6f-1f6f7f2f9a10"
QUOTA = {"limit": 5, "used": 1, "remaining": 4, "resets_at": "2026-03-02T00:00:00+09:00"}
QUESTION = {
    "id": "0c0d6c1e-7f0b-4a57-9d53-5f8f4cfa6a01",
    "role": "user",
    "content": "",
    "inputs": {"friend": "bori"},
    "summary": {"ko": "고양이 보리 (Bori) 친구와 이야기하기", "en": "A chat with: Bori the cat"},
    "created_at": "2026-03-01T09:00:00+09:00",
}
REPLY = {
    "id": "1d1e7d2f-8a1c-4b68-8e64-6a9a5d0b7b12",
    "role": "assistant",
    "question": QUESTION["id"],
    "content": "Hi, meow.",
    "status": "complete",
    "error_code": None,
    "finish_reason": "stop",
    "transcript_trimmed": False,
    "model": "gpt-4o-mini",
    "tokens": {"input": 410, "output": 5},
    "rating": None,
    "created_at": "2026-03-01T09:00:00+09:00",
    "finished_at": "2026-03-01T09:00:02+09:00",
}
WRITING = REPLY | {"content": "", "status": "writing", "finish_reason": None, "finished_at": None}
CONVERSATION = {
    "id": ID,
    "assistant": "english-friend",
    "title": "고양이 보리 (Bori)",
    "pinned": False,
    "archived": False,
    "writing": None,
    "created_at": "2026-03-01T09:00:00+09:00",
    "last_message_at": "2026-03-01T09:00:00+09:00",
    "kept_until": None,
}
STREAM = """event: start
id: 0
data: {"message":{…},"reply":{…,"status":"writing"},"quota":{"limit":5,"used":1,"remaining":4,"resets_at":"…"}}

event: delta
id: 4
data: {"text":"Hi, "}

event: delta
id: 9
data: {"text":"meow."}

event: done
id: 10
data: {"reply":{…,"content":"Hi, meow.","status":"complete"},"quota":{…}}

"""
FAILED = """event: error
id: 1
data: {"code":"assistant_unavailable","detail":"…","reply":{…,"status":"failed"},"quota":{…,"remaining":5}}

"""
