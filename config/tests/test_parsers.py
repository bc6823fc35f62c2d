"""Bodies: what is read, and what is refused before any rule of ours sees it."""

import io
from typing import Any

import httpx
import pytest
from rest_framework.exceptions import ParseError

from config.parsers import DEPTH_MAX, StrictJSONParser, refuse_unstorable

JSON = {"Content-Type": "application/json"}
LOGIN = b'{"email": "unknown@example.com", "password": "x"}'


def post(
    nobody: httpx.Client, body: Any, content_type: str = "application/json", language: str = "en"
) -> httpx.Response:
    headers = {"Content-Type": content_type, "Accept-Language": language}
    return nobody.post("accounts/login/", content=body, headers=headers)


def code(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["Content-Type"] == "application/problem+json"
    return response.status_code, response.json()["code"]


BAD_BODIES = {
    "cut off": b'{"email": ',
    "1,000 nested lists": b"[" * 1000,
    "1,000 nested lists, closed": b"[" * 1000 + b"]" * 1000,
    "1,000 nested objects": b'{"a":' * 1000 + b"1" + b"}" * 1000,
    "30,000 nested lists": b"[" * 30_000,
    "NUL": b'{"email": "a\\u0000@example.com", "password": "x"}',
    "NUL in a key": b'{"a\\u0000": 1}',
    "NUL, deep inside": b'{"a": [[{"b": ["\\u0000"]}]]}',
    "a raw NUL": b'{"email": "\x00"}',
    "a lone high surrogate": b'{"email": "\\ud83d", "password": "x"}',
    "a lone low surrogate": b'{"email": "\\ude00", "password": "x"}',
    "surrogates the wrong way round": b'{"email": "\\ude00\\ud83d", "password": "x"}',
    "a surrogate in UTF-8": b'{"email": "\xed\xa0\x80"}',
    "NaN": b'{"email": NaN}',
    "Infinity": b'{"email": -Infinity}',
    "a number of 5,000 digits": b'{"email": ' + b"9" * 5000 + b"}",
    "nothing but such a number": b"9" * 5000,
    "no UTF-8": b'{"email": "\xff"}',
    "UTF-16": '{"email": "a"}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "two objects": b"{}{}",
    "single quotes": b"{'email': 'a'}",
    "white space": b"   ",
    "a form": b"email=a&password=b",
}


def test_what_is_no_storable_json_is_400(nobody: httpx.Client) -> None:
    for name, body in BAD_BODIES.items():
        assert code(post(nobody, body)) == (400, "parse_error"), name


def test_what_is_wrong_with_json_is_said_in_ones_language(nobody: httpx.Client) -> None:
    details = {language: post(nobody, b"{", language=language).json()["detail"] for language in ("en", "ko")}
    assert details == {"en": "The body is not valid JSON.", "ko": details["ko"]}
    assert details["ko"] != details["en"]


def test_a_member_is_asked_who_they_are_before_their_body_is_read(nobody: httpx.Client) -> None:
    response = nobody.patch("accounts/me/", content=b"[" * 1000, headers=JSON)
    assert code(response) == (401, "not_authenticated")


@pytest.mark.parametrize("body", [b"[]", b"null", b'"x"', b"5", b"1e999", b"false"])
def test_json_that_is_no_object_is_400(nobody: httpx.Client, body: bytes) -> None:
    response = post(nobody, body)
    assert code(response) == (400, "invalid")
    assert response.json()["errors"] == {"non_field_errors": ["This must be a JSON object."]}


@pytest.mark.parametrize("text", ['"\\ud83d\\ude00"', '"😀"', '"한글"', '"\\u0001"'])
def test_every_storable_character_is_taken(alice: Any, text: str) -> None:
    response = alice.patch("accounts/me/", content=f'{{"nickname": {text}}}'.encode(), headers=JSON)
    assert response.status_code == 200, response.text


def test_a_body_is_utf_8_whatever_charset_is_named(alice: Any) -> None:
    for charset in ("utf-8", "UTF-8", "zlib", "bz2", "utf-16", "latin-1", "rot13", "nonsense", ""):
        headers = {"Content-Type": f"application/json; charset={charset}"}
        response = alice.patch("accounts/me/", content=f'{{"nickname": "é {charset}"}}'.encode(), headers=headers)
        assert response.json()["nickname"] == f"é {charset}".strip()


MEDIA_TYPES = (
    "text/plain,application/x-www-form-urlencoded,multipart/form-data; boundary=x,multipart/form-data,garbage,text/json"
)


@pytest.mark.parametrize("content_type", MEDIA_TYPES.split(","))
def test_another_type_than_json_is_415(nobody: httpx.Client, content_type: str) -> None:
    assert code(post(nobody, LOGIN, content_type)) == (415, "unsupported_media_type")


def test_a_body_without_a_type_is_415(nobody: httpx.Client) -> None:
    assert code(nobody.post("accounts/login/", content=LOGIN)) == (415, "unsupported_media_type")


def test_the_types_case_does_not_matter(nobody: httpx.Client) -> None:
    assert code(post(nobody, LOGIN, "Application/JSON")) == (401, "wrong_credentials")


@pytest.mark.parametrize(("length", "expected"), [(64 * 1024, 400), (64 * 1024 + 1, 413), (5_000_000, 413)])
def test_a_body_above_64_kilobytes_is_413(nobody: httpx.Client, length: int, expected: int) -> None:
    assert post(nobody, b"[" * length).status_code == expected


def test_a_large_body_is_413_on_routes_for_members_too(alice: Any) -> None:
    response = alice.patch("accounts/me/", content=b'{"nickname": "' + b"x" * 70_000 + b'"}', headers=JSON)
    assert code(response) == (413, "payload_too_large")


def test_a_body_without_a_length_is_read_like_any_other(nobody: httpx.Client) -> None:
    assert code(post(nobody, iter([LOGIN[:10], LOGIN[10:]]))) == (401, "wrong_credentials")
    assert code(post(nobody, iter([b"[" * 40_000] * 2))) == (413, "payload_too_large")


def nested(depth: int, inner: Any) -> Any:
    for _ in range(depth):
        inner = [inner]
    return inner


def test_what_is_nested_deeper_than_ours_is_refused_whatever_python_reads() -> None:
    refuse_unstorable(nested(DEPTH_MAX, "text"))
    for depth in (DEPTH_MAX + 1, 100_000):
        with pytest.raises(ParseError):
            refuse_unstorable(nested(depth, "text"))


def test_the_parser_says_no_by_its_own_error() -> None:
    with pytest.raises(ParseError):
        StrictJSONParser().parse(io.BytesIO(b'["\\ud800"]'))
    assert StrictJSONParser().parse(io.BytesIO(b'["\\ud83d\\ude00"]')) == ["😀"]
