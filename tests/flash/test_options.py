"""The one description of what can be asked: defaults, reading, checking, request body, storing."""

from __future__ import annotations

import json

import pytest

from transcripts.flash.options import (
    LANGUAGES,
    OPTION_FIELDS,
    RecognitionOptions,
)
from transcripts.options import Kind, OptionError

DEFAULT_REQUEST = {
    "model_name": "bigmodel",
    "show_utterances": True,
    "enable_punc": True,
    "enable_itn": True,
    "enable_ddc": False,
    "enable_speaker_info": False,
    "enable_channel_split": False,
    "vad_segment": False,
}
FILTER = '{"system_reserved_filter": true, "filter_with_empty": ["嗯"], "filter_with_signed": ["敏感词"]}'
EVERYTHING = {
    "language": "zh-CN",
    "punctuation": False,
    "itn": "off",
    "auto_language": False,
    "smoothing": True,
    "speakers": True,
    "channel_split": True,
    "vad_segment": True,
    "end_window_ms": 800,
    "sensitive_words": FILTER,
    "boosting_table": "车型",
    "correction_table": "replace",
    "hot_words": ["西瓜", "Mega"],
    "dialog_context": ["你好。", "再见。"],
}


def test_defaults_are_sent_explicitly() -> None:
    assert RecognitionOptions().to_body() == {"audio": {}, "request": DEFAULT_REQUEST}


def test_every_option_stands_at_its_documented_place() -> None:
    body = RecognitionOptions.from_mapping(EVERYTHING).to_body()
    context = json.loads(body["request"]["corpus"].pop("context"))  # type: ignore[attr-defined]
    assert body == {
        "audio": {"language": "zh-CN", "channel": 2},
        "request": {
            "model_name": "bigmodel",
            "show_utterances": True,
            "enable_punc": False,
            "enable_itn": False,
            "enable_ddc": True,
            "enable_speaker_info": True,
            "enable_channel_split": True,
            "vad_segment": True,
            "end_window_size": 800,
            "sensitive_words_filter": FILTER,
            "corpus": {"boosting_table_name": "车型", "correct_table_name": "replace"},
        },
    }
    assert context == {
        "hotwords": [{"word": "西瓜"}, {"word": "Mega"}],
        "context_type": "dialog_ctx",
        "context_data": [{"text": "你好。"}, {"text": "再见。"}],
    }


@pytest.mark.parametrize(
    ("values", "sent"),
    [
        ({}, True),
        ({"language": "zh-CN"}, True),
        ({"language": "ar-SA"}, False),
        ({"language": "ar-SA", "itn": "on"}, True),
        ({"auto_language": True}, False),
        ({"auto_language": True, "itn": True}, True),
        ({"itn": "off"}, False),
    ],
)
def test_numbers_are_written_in_digits_where_the_language_bears_it(values: dict[str, object], sent: bool) -> None:
    assert RecognitionOptions.from_mapping(values).to_body()["request"]["enable_itn"] is sent


def test_any_language_is_detected_only_where_it_is_asked_for() -> None:
    assert "enable_auto_lang" not in RecognitionOptions().to_body()["request"]
    assert RecognitionOptions(auto_language=True).to_body()["request"]["enable_auto_lang"] is True


def test_stored_options_come_back_equal() -> None:
    for options in (RecognitionOptions(), RecognitionOptions.from_mapping(EVERYTHING)):
        stored = json.loads(json.dumps(options.to_json()))
        assert RecognitionOptions.from_mapping(stored) == options
    assert RecognitionOptions.from_mapping(EVERYTHING).to_json() == EVERYTHING


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("language", " EN-us ", {"language": "en-US"}),
        ("punctuation", "off", {"punctuation": False}),
        ("enable_punc", "false", {"punctuation": False}),
        ("enable_itn", "0", {"itn": "off"}),
        ("itn", True, {"itn": "on"}),
        ("itn", " Auto ", {"itn": "auto"}),
        ("enable_auto_lang", "1", {"auto_language": True}),
        ("speakers", "Yes", {"speakers": True}),
        ("end_window_ms", " 300 ", {"end_window_ms": 300}),
        ("end_window_size", 5000, {"end_window_ms": 5000}),
        ("end_window_ms", "", {"end_window_ms": None}),
        ("sensitive_words", "", {"sensitive_words": ""}),
        ("sensitive_words_filter", FILTER, {"sensitive_words": FILTER}),
        ("hot_words", " 西瓜，Mega\r\n\n西瓜、a b ", {"hot_words": ("西瓜", "Mega", "a b")}),
        ("hot_words", ["Smith, John"], {"hot_words": ("Smith, John",)}),
        ("dialog_context", "Yes, I do.\n好，走。\n", {"dialog_context": ("Yes, I do.", "好，走。")}),
        ("boosting_table_name", " t ", {"boosting_table": "t"}),
        ("correct_table_name", "t", {"correction_table": "t"}),
    ],
)
def test_strings_of_forms_and_command_lines_are_read(name: str, value: object, expected: dict[str, object]) -> None:
    assert RecognitionOptions.from_mapping({name: value}) == RecognitionOptions(**expected)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({"emotion": "1"}, "emotion", "This option does not exist."),
        ({"itn": "1", "enable_itn": "1"}, "enable_itn", "This option is given more than once."),
        ({"language": "zh"}, "language", "zh is not a known language code such as en-US."),
        ({"language": 5}, "language", "This must be text."),
        ({"itn": "maybe"}, "itn", "This must be true or false."),
        ({"itn": None}, "itn", "This must be true or false."),
        ({"end_window_ms": 299}, "end_window_ms", "This must be a whole number from 300 to 5000."),
        ({"end_window_ms": "5001"}, "end_window_ms", "This must be a whole number from 300 to 5000."),
        ({"end_window_ms": "800.5"}, "end_window_ms", "This must be a whole number from 300 to 5000."),
        ({"end_window_ms": True}, "end_window_ms", "This must be a whole number from 300 to 5000."),
        ({"end_window_ms": "9" * 5000}, "end_window_ms", "This must be a whole number from 300 to 5000."),
        ({"sensitive_words": "{"}, "sensitive_words", "This is not valid JSON."),
        ({"sensitive_words": "[" * 100_000}, "sensitive_words", "This is not valid JSON."),
        ({"sensitive_words": "[]"}, "sensitive_words", "This must be a JSON object."),
        (
            {"sensitive_words": '{"system_reserved_filter": "yes"}'},
            "sensitive_words",
            "system_reserved_filter must be true or false.",
        ),
        (
            {"sensitive_words": '{"filter_with_signed": "a"}'},
            "sensitive_words",
            "filter_with_signed must be a list of words.",
        ),
        ({"hot_words": [str(i) for i in range(5001)]}, "hot_words", "There are too many (at most 5000)."),
        ({"hot_words": 5}, "hot_words", "This must be a list of texts."),
        ({"hot_words": [None]}, "hot_words", "This must be text."),
        (
            {"hot_words": "a", "language": "ja-JP"},
            "hot_words",
            "This works only with automatic language or Mandarin.",
        ),
        (
            {"dialog_context": ["a"], "language": "en-US"},
            "dialog_context",
            "This works only with automatic language or Mandarin.",
        ),
        (
            {"auto_language": True, "language": "ja-JP"},
            "language",
            "This cannot be combined with detecting any language.",
        ),
        (
            {"auto_language": True, "boosting_table": "a"},
            "boosting_table",
            "This cannot be combined with detecting any language.",
        ),
        ({"dialog_context": "\n".join("abcdefghijklmnopqrstu")}, "dialog_context", "There are too many (at most 20)."),
        ({"dialog_context": ["字" * 801]}, "dialog_context", "This is too long (at most 800 words)."),
        ({"boosting_table": "x" * 201}, "boosting_table", "This is too long (at most 200 characters)."),
        ({"boosting_table": "a\x00"}, "boosting_table", "This contains characters that cannot be sent."),
        ({"hot_words": "\ud800"}, "hot_words", "This contains characters that cannot be sent."),
    ],
)
def test_what_cannot_be_sent_is_refused(values: dict[str, object], field: str, message: str) -> None:
    with pytest.raises(OptionError) as caught:
        RecognitionOptions.from_mapping(values)
    assert (caught.value.field, caught.value.message) == (field, message)
    assert str(caught.value) == f"{field}: {message}"


def test_five_thousand_hot_words_are_sent() -> None:
    words = [f"词{number}" for number in range(5000)]
    corpus = RecognitionOptions.from_mapping({"hot_words": words}).to_body()["request"]["corpus"]
    assert [item["word"] for item in json.loads(corpus["context"])["hotwords"]] == words  # type: ignore[index]


def test_fields_describe_every_option_once() -> None:
    assert [option.name for option in OPTION_FIELDS if option.common] == [
        "language",
        "speakers",
        "voices",
        "smoothing",
        "hot_words",
    ]
    assert {option.name: option.default for option in OPTION_FIELDS} == {
        name: getattr(RecognitionOptions(), name) for name in RecognitionOptions(voices=2).to_json()
    }
    assert all(option.label and option.help for option in OPTION_FIELDS)
    whole = [option for option in OPTION_FIELDS if option.kind is Kind.WHOLE]
    assert [(option.name, option.minimum, option.maximum) for option in whole] == [
        ("voices", 1, 10),
        ("end_window_ms", 300, 5000),
    ]


def test_number_of_voices_stays_here() -> None:
    """The service does not get it, and the version before, which reads the options too, does not know it."""
    options = RecognitionOptions.from_mapping({"voices": "3"})
    assert (options.voices, options.to_json()["voices"]) == (3, 3)
    assert options.to_body() == RecognitionOptions().to_body()
    assert "voices" not in RecognitionOptions().to_json()
    assert RecognitionOptions.from_mapping(options.to_json()) == options


def test_languages_are_those_documented() -> None:
    documented = (
        "en-US ja-JP id-ID es-MX pt-BR de-DE fr-FR ko-KR fil-PH ms-MY th-TH ar-SA zh-CN yue-CN it-IT bn-BD el-GR nl-NL "
        "ru-RU tr-TR vi-VN pl-PL ro-RO uk-UA az-AZ bg-BG cs-CZ da-DK fi-FI hi-IN hu-HU kk-KZ km-KH my-MM no-NO pa-PK "
        "sv-SE sw-KE ur-PK"
    )
    assert set(LANGUAGES) == {"", *documented.split()}
