"""The options as a form: each one in and out, what is absent, what is unticked, and what can't be."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.utils import translation

from transcripts.flash.options import OPTION_FIELDS, RecognitionOptions
from transcripts.forms.recordings import OptionsForm, UploadForm
from transcripts.options import Kind

PLAIN = RecognitionOptions()
# Every option at something else than its default.
OTHERS = RecognitionOptions(
    language="zh-CN",
    speakers=True,
    smoothing=True,
    hot_words=("西瓜", "Mega"),
    punctuation=False,
    itn="off",
    channel_split=True,
    vad_segment=True,
    end_window_ms=800,
    sensitive_words='{"system_reserved_filter": true}',
    boosting_table="terms",
    correction_table="names",
    dialog_context=("你好。", "How are you?"),
)

# What a browser sends for each option -> what it means.
GIVEN: list[tuple[str, list[str], object]] = [
    ("language", ["en-US"], "en-US"),
    ("language", [""], ""),
    ("speakers", ["off", "on"], True),
    ("speakers", ["off"], False),
    ("voices", ["3"], 3),
    ("voices", [""], None),
    ("smoothing", ["off", "on"], True),
    ("hot_words", ["西瓜\r\nMega, Lin；西瓜\r\n"], ("西瓜", "Mega", "Lin")),
    ("hot_words", [""], ()),
    ("punctuation", ["off"], False),
    ("itn", ["off"], "off"),
    ("channel_split", ["off", "on"], True),
    ("vad_segment", ["off", "on"], True),
    ("end_window_ms", ["300"], 300),
    ("end_window_ms", [" 5000 "], 5000),
    ("end_window_ms", [""], None),
    ("sensitive_words", ['{"filter_with_empty": ["敏感"]}'], '{"filter_with_empty": ["敏感"]}'),
    ("boosting_table", [" terms "], "terms"),
    ("correction_table", ["names"], "names"),
    ("dialog_context", ["你好。\r\nHow, are you?"], ("你好。", "How, are you?")),
]


def sent(**values: list[str]) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, given in values.items():
        data.setlist(name, given)
    return data


def as_a_page_sends(options: RecognitionOptions) -> QueryDict:
    """What the form that shows these options sends when nobody touches it."""
    data = QueryDict(mutable=True)
    for option in OPTION_FIELDS:
        value = getattr(options, option.name)
        if option.kind == Kind.FLAG:
            data.setlist(option.name, ["off", "on"] if value else ["off"])
        elif isinstance(value, tuple):
            data[option.name] = "\r\n".join(value)
        else:
            data[option.name] = "" if value is None else str(value)
    return data


def refusals(form: OptionsForm) -> dict[str, list[str]]:
    assert not form.is_valid()
    return {name: [str(sentence) for sentence in sentences] for name, sentences in form.errors.items()}


@pytest.mark.parametrize(("name", "given", "expected"), GIVEN)
@pytest.mark.parametrize("defaults", [PLAIN, OTHERS], ids=["plain", "others"])
def test_option_given_is_the_option_meant(
    name: str, given: list[str], expected: object, defaults: RecognitionOptions
) -> None:
    form = OptionsForm(sent(**{name: given}), defaults=RecognitionOptions(language="zh-CN", **_but(defaults, name)))
    if name == "language":
        form = OptionsForm(sent(language=given), defaults=PLAIN)
    assert form.is_valid(), form.errors
    others = {option.name: getattr(form.defaults, option.name) for option in OPTION_FIELDS}
    assert form.options == RecognitionOptions(**{**others, name: expected})


def _but(options: RecognitionOptions, *names: str) -> dict[str, Any]:
    return {
        option.name: getattr(options, option.name)
        for option in OPTION_FIELDS
        if option.name not in {"language", *names}
    }


def test_every_option_is_tried() -> None:
    assert {name for name, *_rest in GIVEN} | {"auto_language"} == {option.name for option in OPTION_FIELDS}


def test_any_language_is_detected_where_nothing_is_set_that_stands_against_it() -> None:
    form = OptionsForm(sent(auto_language=["off", "on"]), defaults=PLAIN)
    assert (form.is_valid(), form.options) == (True, RecognitionOptions(auto_language=True))
    against = OptionsForm(sent(auto_language=["off", "on"]), defaults=OTHERS)
    assert refusals(against) == {"language": ["This cannot be combined with detecting any language."]}


@pytest.mark.parametrize("defaults", [PLAIN, OTHERS], ids=["plain", "others"])
def test_what_is_absent_is_as_in_the_defaults(defaults: RecognitionOptions) -> None:
    """A program that sends a file and nothing else."""
    form = OptionsForm(sent(), defaults=defaults)
    assert (form.is_valid(), form.options) == (True, defaults)


def test_names_of_the_api_are_understood_too() -> None:
    """As on the command line."""
    data = sent(
        enable_speaker_info=["true"], enable_itn=["false"], end_window_size=["800"], context=["x"], language=["en-US"]
    )
    form = OptionsForm(data, defaults=PLAIN)
    assert form.is_valid(), form.errors
    assert form.options == RecognitionOptions(speakers=True, itn="off", end_window_ms=800, language="en-US")
    assert OptionsForm(sent(itn=["on"], enable_itn=["false"]), defaults=PLAIN).is_valid()
    assert refusals(OptionsForm(sent(end_window_size=["1"]), defaults=PLAIN)) == {
        "end_window_ms": ["This must be a whole number from 300 to 5000."]
    }


@pytest.mark.parametrize("shown", [PLAIN, OTHERS], ids=["plain", "others"])
@pytest.mark.parametrize("defaults", [PLAIN, OTHERS], ids=["plain", "others"])
def test_page_that_nobody_touches_sends_what_it_shows(shown: RecognitionOptions, defaults: RecognitionOptions) -> None:
    form = OptionsForm(as_a_page_sends(shown), defaults=defaults)
    assert (form.is_valid(), form.options) == (True, shown)


def test_form_shows_the_defaults() -> None:
    form = OptionsForm(defaults=OTHERS)
    html = {option.name: str(form[option.name]) for option in OPTION_FIELDS}
    assert '<option value="zh-CN" selected>' in html["language"]
    assert [name for name in html if " checked" in html[name]] == [
        "speakers",
        "smoothing",
        "channel_split",
        "vad_segment",
    ]
    assert "西瓜\nMega" in html["hot_words"]
    assert "你好。\nHow are you?" in html["dialog_context"]
    assert all(part in html["end_window_ms"] for part in ('value="800"', 'min="300"', 'max="5000"'))
    assert "{&quot;system_reserved_filter&quot;: true}" in html["sensitive_words"]
    assert ('value="terms"' in html["boosting_table"], 'value="names"' in html["correction_table"]) == (True, True)


def test_form_that_comes_back_shows_what_was_given() -> None:
    """Ticked stays ticked, unticked unticked, and ticking sends the same as before."""
    form = OptionsForm(
        sent(speakers=["off", "on"], punctuation=["off"], end_window_ms=["7"], hot_words=["西瓜"]), defaults=PLAIN
    )
    assert refusals(form) == {"end_window_ms": ["This must be a whole number from 300 to 5000."]}
    boxes = {name: str(form[name]) for name in ("speakers", "punctuation")}
    assert {name: " checked" in html for name, html in boxes.items()} == {"speakers": True, "punctuation": False}
    assert [html.count('value="off"') for html in boxes.values()] == [1, 1]
    assert ('value="7"' in str(form["end_window_ms"]), "西瓜" in str(form["hot_words"])) == (True, True)


def test_common_options_are_five_and_the_rest_is_more() -> None:
    form = OptionsForm(defaults=PLAIN)
    common, more = [field.name for field in form.common], [field.name for field in form.more]
    assert common == ["language", "speakers", "voices", "smoothing", "hot_words"]
    assert common + more == [option.name for option in OPTION_FIELDS]
    assert all(field.help_text for field in (*form.common, *form.more))


BAD = [
    ("language", "xx", "xx is not a known language code such as en-US."),
    ("end_window_ms", "299", "This must be a whole number from 300 to 5000."),
    ("end_window_ms", "soon", "This must be a whole number from 300 to 5000."),
    ("hot_words", "\n".join(f"w{number}" for number in range(5001)), "There are too many (at most 5000)."),
    ("sensitive_words", "{", "This is not valid JSON."),
    ("sensitive_words", "[]", "This must be a JSON object."),
    ("boosting_table", "x" * 201, "This is too long (at most 200 characters)."),
    ("correction_table", "a\x00b", "This contains characters that cannot be sent."),
    ("dialog_context", "\n".join(f"s{number}" for number in range(21)), "There are too many (at most 20)."),
    ("speakers", "perhaps", "This must be true or false."),
]


@pytest.mark.parametrize(("name", "value", "sentence"), BAD)
def test_option_that_cannot_be_is_told_at_its_field(name: str, value: str, sentence: str) -> None:
    assert refusals(OptionsForm(sent(**{name: [value]}), defaults=PLAIN)) == {name: [sentence]}


@pytest.mark.parametrize(("name", "value", "sentence"), BAD)
def test_refusal_is_translated(name: str, value: str, sentence: str) -> None:
    with translation.override("zh-hans"):
        told = refusals(OptionsForm(sent(**{name: [value]}), defaults=PLAIN))
    assert told.keys() == {name}
    assert told[name] != [sentence]


def test_hot_words_do_not_go_with_another_language() -> None:
    form = OptionsForm(sent(language=["en-US"], hot_words=["Mega"]), defaults=PLAIN)
    assert refusals(form) == {"hot_words": ["This works only with automatic language or Mandarin."]}


def clip() -> dict[str, list[SimpleUploadedFile]]:
    return {"file": [SimpleUploadedFile("a.wav", b"sound"), SimpleUploadedFile("b.wav", b"")]}


def test_upload_takes_files_an_address_or_both() -> None:
    both = UploadForm({"url": "https://example.org/a.mp3", "keep_as_default": "on"}, clip(), defaults=OTHERS)
    assert both.is_valid(), both.errors
    assert [file.name for file in both.cleaned_data["file"]] == ["a.wav", "b.wav"]
    assert (both.cleaned_data["url"], both.cleaned_data["keep_as_default"]) == (["https://example.org/a.mp3"], True)
    assert both.options == OTHERS
    assert UploadForm({}, clip(), defaults=PLAIN).is_valid()
    address = UploadForm({"url": "example.org/a.mp3"}, defaults=PLAIN)
    assert (address.is_valid(), address.cleaned_data["url"]) == (True, ["https://example.org/a.mp3"])


def test_upload_of_neither_file_nor_address_is_told() -> None:
    assert refusals(UploadForm({"url": "  "}, defaults=PLAIN)) == {"__all__": ["Choose a file first."]}


@pytest.mark.parametrize(
    "url", ["ftp://example.org/a.mp3", "file:///etc/passwd", "javascript:alert(1)", "http://", "https://a b", "x"]
)
def test_upload_takes_web_addresses_only(url: str) -> None:
    told = refusals(UploadForm({"url": url}, defaults=PLAIN))
    assert told == {"url": ["The web address must start with http:// or https://."]}


def test_upload_takes_many_addresses_one_a_line() -> None:
    lines = (
        "\ufeffhttps://a.org/1.mp3\r\n\n a.org/2.mp3\t\n\u3000\nhttps://a.org/1.mp3\rhttps://a.org/2.mp3\nftp://x\nno"
    )
    form = UploadForm({"url": lines}, defaults=PLAIN)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["url"] == ["https://a.org/1.mp3", "https://a.org/2.mp3"]
    sentence = "The web address must start with http:// or https://."
    assert form.bad_addresses == [f"ftp://x: {sentence}", f"no: {sentence}"]
    assert refusals(UploadForm({"url": "ftp://x\nno"}, defaults=PLAIN)) == {"url": form.bad_addresses}


@pytest.mark.parametrize(("count", "taken"), [(200, 200), (201, 0)])
def test_upload_takes_so_many_addresses_and_no_more(count: int, taken: int) -> None:
    lines = [f"https://a.org/{number}.mp3" for number in range(count)]
    form = UploadForm({"url": "\n".join([*lines, *lines])}, defaults=PLAIN)
    told = {} if form.is_valid() else refusals(form)
    assert len(form.cleaned_data.get("url", [])) == taken
    assert told == ({} if taken else {"url": ["Add at most 200 addresses at once; these are 201."]})


def test_upload_with_a_bad_option_is_not_taken() -> None:
    form = UploadForm({"end_window_ms": "1"}, clip(), defaults=PLAIN)
    assert refusals(form) == {"end_window_ms": ["This must be a whole number from 300 to 5000."]}
