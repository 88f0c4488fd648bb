"""The request side of the flash protocol: who may ask, what a body may hold, and which code refuses it.

Facts come from the official page of the flash API and the page of the standard edition, whose request
fields it shares.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from transcripts.flash.codes import (
    BAD_BODY,
    BAD_CONTEXT,
    BAD_FORMAT,
    BAD_PARAMETER,
    EMPTY_AUDIO,
    MAX_AUDIO_BYTES,
    MAX_HOT_WORDS,
    NOT_AUTHENTICATED,
    NOT_GRANTED,
    TOO_LARGE,
)
from transcripts.flash.languages import LANGUAGES

FLASH_PATH = "/api/v3/auc/bigmodel/recognize/flash"
DEFAULT_RESOURCES = (
    "volc.bigasr.auc_turbo",
    "volc.seedasr.auc_turbo",
    "volc.seedasr.auc",
    "volc.bigasr.auc",
)


class Refusal(Exception):
    """A refusal as the service words it. `status` is the HTTP status: business errors come with 200."""

    def __init__(self, code: str, message: str, *, status: int = 200) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status

    def make_body(self, request_id: str) -> dict[str, object]:
        """The gateway's envelope for what it refuses itself (HTTP 4xx), otherwise `{}`."""
        if self.status == 200:
            return {}
        return {"header": {"code": int(self.code), "message": self.message, "reqid": request_id}}


@dataclass(frozen=True, kw_only=True)
class FlashRequest:
    """A checked request. Omitted fields have the defaults that real answers show, not the documented ones."""

    data: bytes = b""
    url: str = ""
    format: str = ""
    rate: int = 16000
    channel: int = 1
    language: str = ""
    show_utterances: bool = True
    enable_punc: bool = True
    enable_itn: bool = True
    enable_speaker_info: bool = False
    enable_auto_lang: bool = False
    enable_channel_split: bool = False
    vad_segment: bool = False
    end_window_size: int | None = None
    hot_words: tuple[str, ...] = ()


def check_access(headers: Mapping[str, str], *, credentials: Collection[str], resource_ids: Collection[str]) -> None:
    """Refuse a request without usable keys (401) or for a resource that is not activated (403).

    One `X-Api-Key`, or `X-Api-App-Key` with `X-Api-Access-Key`. `credentials` names the good keys (of the
    pair, the access key); empty means that any key is good.
    """
    api_key = headers.get("X-Api-Key", "").strip()
    app_key = headers.get("X-Api-App-Key", "").strip()
    access_key = headers.get("X-Api-Access-Key", "").strip()
    secret = api_key or (access_key if app_key else "")
    if not secret:
        message = "The API key or AK/SK in the request is missing or invalid."
        raise Refusal(NOT_AUTHENTICATED, message, status=401)
    if credentials and secret not in credentials:
        message = "Invalid X-Api-Key" if api_key else "request and grant appid mismatch"
        raise Refusal(NOT_AUTHENTICATED, message, status=401)
    resource = headers.get("X-Api-Resource-Id", "").strip()
    if resource not in resource_ids:
        raise Refusal(NOT_GRANTED, f"[resource_id={resource}] requested resource not granted", status=403)


def parse_request(body: bytes, *, any_model: bool = False) -> FlashRequest:
    """Check a request body field by field; unknown fields are ignored. Raises `Refusal`.

    `any_model` accepts any or no `model_name`, as the real service was once seen to do.
    """
    top = _parse_body(body)
    _get_object(top, "user")
    audio = _get_object(top, "audio")
    request = _get_object(top, "request")
    model = _get_text(request, "request.model_name")
    if model != "bigmodel" and not any_model:
        raise _refuse_parameter("request.model_name must be bigmodel")
    window = _get_number(request, "request.end_window_size", None, 300, 5000)
    _get_text(request, "request.sensitive_words_filter")
    for name in ("enable_ddc", "enable_poi_fc", "enable_music_fc"):
        _get_flag(request, f"request.{name}", False)
    return FlashRequest(
        **_parse_audio(audio),
        show_utterances=_get_flag(request, "request.show_utterances", True),
        enable_punc=_get_flag(request, "request.enable_punc", True),
        enable_itn=_get_flag(request, "request.enable_itn", True),
        enable_speaker_info=_get_flag(request, "request.enable_speaker_info", False),
        enable_auto_lang=_get_flag(request, "request.enable_auto_lang", False),
        enable_channel_split=_get_flag(request, "request.enable_channel_split", False),
        vad_segment=_get_flag(request, "request.vad_segment", False),
        end_window_size=window,
        hot_words=_parse_hot_words(_get_object(request, "corpus")),
    )


def _parse_body(body: bytes) -> dict[str, Any]:
    try:
        top = json.loads(body)
    except (ValueError, RecursionError):
        # The service's JSON reader says this whatever is wrong with the body.
        raise Refusal(BAD_BODY, "unexpected end of JSON input", status=400) from None
    if not isinstance(top, dict):
        raise _refuse_parameter("request body must be an object")
    return top


def _parse_audio(audio: dict[str, Any]) -> dict[str, Any]:
    data, url = _get_text(audio, "audio.data"), _get_text(audio, "audio.url")
    if data and url:
        raise _refuse_parameter("audio.url and audio.data exclude each other")
    if not url and audio.get("data") is None:
        raise _refuse_parameter("audio.url or audio.data is required")
    language = _get_text(audio, "audio.language")
    if language and language not in LANGUAGES:
        raise _refuse_parameter("audio.language is not supported")
    _get_text(audio, "audio.codec")
    _get_number(audio, "audio.bits", 16, 16, 16)
    return {
        "data": b"" if url else _decode_audio(data),
        "url": url,
        "format": _get_text(audio, "audio.format").lower(),
        "rate": _get_number(audio, "audio.rate", 16000, 4000, 192000),
        "channel": _get_number(audio, "audio.channel", 1, 1, 2),
        "language": language,
    }


def _decode_audio(data: str) -> bytes:
    if not data:
        raise Refusal(EMPTY_AUDIO, "empty audio")
    try:
        raw = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise Refusal(BAD_FORMAT, "audio.data is not base64") from None
    if len(raw) > MAX_AUDIO_BYTES:
        raise Refusal(TOO_LARGE, f"audio file too large: {len(raw)} bytes")
    return raw


def _parse_hot_words(corpus: dict[str, Any]) -> tuple[str, ...]:
    """`corpus.context` is JSON in a string; a malformed one was seen to give 55000001 without a reason."""
    context = corpus.get("context")
    if context in (None, ""):
        return ()
    try:
        words = json.loads(context).get("hotwords", [])
        hot_words = tuple(item["word"].strip() for item in words)
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError):
        raise Refusal(BAD_CONTEXT, "internal error") from None
    if len(hot_words) > MAX_HOT_WORDS:
        raise Refusal(BAD_CONTEXT, "internal error")
    return tuple(word for word in hot_words if word)


def _refuse_parameter(message: str) -> Refusal:
    return Refusal(BAD_PARAMETER, f"invalid parameter: {message}")


def _get_object(parent: dict[str, Any], name: str) -> dict[str, Any]:
    value = parent.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _refuse_parameter(f"{name} must be an object")
    return value


def _get_text(parent: dict[str, Any], path: str) -> str:
    value = parent.get(path.rpartition(".")[2])
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _refuse_parameter(f"{path} must be a string")
    return value


def _get_flag(parent: dict[str, Any], path: str, default: bool) -> bool:
    value = parent.get(path.rpartition(".")[2])
    if value is None:
        return default
    if not isinstance(value, bool):
        raise _refuse_parameter(f"{path} must be a boolean")
    return value


def _get_number(parent: dict[str, Any], path: str, default: int | None, lowest: int, highest: int) -> Any:
    value = parent.get(path.rpartition(".")[2])
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool):
        raise _refuse_parameter(f"{path} must be an integer")
    if not lowest <= value <= highest:
        raise _refuse_parameter(f"{path} must be between {lowest} and {highest}")
    return value
