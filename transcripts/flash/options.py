"""What can be asked of the service: the one description that forms, commands and request bodies come from.

Names, types and limits follow the official page of the flash API and that of the standard edition, whose
request fields it shares. Left out is what flash no longer takes: language id, emotion, gender, speech rate,
volume, callback.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from transcripts.flash.codes import MAX_HOT_WORDS
from transcripts.flash.languages import LANGUAGES
from transcripts.options import Kind, OptionError, OptionField, declare, describe_fields, parse_flag, parse_option
from transcripts.options import gettext_noop as _

# Where writing numbers in digits damages the text: "اثنا عشر" became "اثنا 10".
ITN_DAMAGES = ("ar-SA",)
ITN_CHOICES = {"auto": _("Default for the language"), "on": _("Always"), "off": _("Never")}

# Hot words and dialog context are used for Chinese and automatic recognition only.
CONTEXT_LANGUAGES = ("", "zh-CN")

MAX_VOICES = 10
MAX_DIALOG_TURNS = 20
MAX_DIALOG_TOKENS = 800


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognitionOption(OptionField):
    """`key` is the option's place in the request body, but for `local` ones, which the service does not get; `common`
    ones are shown without unfolding the rest.
    """

    unknown_choice: ClassVar[str] = _("%(value)s is not a known language code such as en-US.")

    key: str
    common: bool


def _option(default: Any, key: str, *described: Any, common: bool = False, **more: Any) -> Any:
    return declare(default, *described, key=key, common=common, **more)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognitionOptions:
    """The options of one recognition, checked when made; raises `OptionError`.

    Every documented flag is sent, never left to the service: its documented defaults and those seen in answers differ.
    """

    language: str = _option(
        "",
        "audio.language",
        Kind.CHOICE,
        _("Language spoken"),
        _("Leave it on automatic for Chinese, its dialects and English, also mixed."),
        common=True,
        choices=LANGUAGES,
    )
    speakers: bool = _option(
        False,
        "request.enable_speaker_info",
        Kind.FLAG,
        _("Ask the service who speaks"),
        _("Up to ten speakers. The flash service may not offer this; this server can tell them apart, too."),
        common=True,
    )
    voices: int | None = _option(
        None,
        "local.voices",
        Kind.WHOLE,
        _("How many people speak"),
        _("1 to 10, if you know. This server tells them apart where the service does not."),
        common=True,
        minimum=1,
        maximum=MAX_VOICES,
    )
    smoothing: bool = _option(
        False,
        "request.enable_ddc",
        Kind.FLAG,
        _("Remove filler words"),
        _("Also removes repetitions and slips. Turn it off to keep every word as spoken."),
        common=True,
    )
    hot_words: tuple[str, ...] = _option(
        (),
        "request.corpus.context",
        Kind.WORDS,
        _("Hot words"),
        _(
            "Names and terms to listen for, one per line, at most 5,000. Works only with automatic language or "
            "Mandarin."
        ),
        common=True,
        maximum=MAX_HOT_WORDS,
    )
    punctuation: bool = _option(
        True,
        "request.enable_punc",
        Kind.FLAG,
        _("Punctuation"),
        _("Adds commas, full stops and question marks."),
    )
    itn: str = _option(
        "auto",
        "request.enable_itn",
        Kind.CHOICE,
        _("Write numbers as digits"),
        _("Writes numbers, dates and amounts in digits: 1970年, not 一九七零年. Off by default for Arabic."),
        choices=ITN_CHOICES,
    )
    auto_language: bool = _option(
        False,
        "request.enable_auto_lang",
        Kind.FLAG,
        _("Detect any language"),
        _("Detects the language spoken, beyond Chinese and English. Cannot be combined with hot words or word tables."),
    )
    channel_split: bool = _option(
        False,
        "request.enable_channel_split",
        Kind.FLAG,
        _("Recognise channels separately"),
        _("For stereo recordings with one voice per channel, such as phone calls. Takes longer."),
    )
    vad_segment: bool = _option(
        False,
        "request.vad_segment",
        Kind.FLAG,
        _("Split at pauses"),
        _("Ends a row where the speaker pauses, not where the sentence ends."),
    )
    end_window_ms: int | None = _option(
        None,
        "request.end_window_size",
        Kind.WHOLE,
        _("Pause that ends a row (ms)"),
        _("300 to 5000; usually 800 or 1000. If set, rows end at pauses, not at sentence ends."),
        minimum=300,
        maximum=5000,
    )
    sensitive_words: str = _option(
        "",
        "request.sensitive_words_filter",
        Kind.JSON,
        _("Sensitive words"),
        _(
            "A JSON object with system_reserved_filter (true or false), filter_with_empty (words to remove) "
            "and filter_with_signed (words to replace with *)."
        ),
    )
    boosting_table: str = _option(
        "",
        "request.corpus.boosting_table_name",
        Kind.NAME,
        _("Hot word table"),
        _("The name of a hot word table created in the service's console."),
        maximum=200,
    )
    correction_table: str = _option(
        "",
        "request.corpus.correct_table_name",
        Kind.NAME,
        _("Replacement table"),
        _("The name of a replacement table created in the service's console."),
        maximum=200,
    )
    dialog_context: tuple[str, ...] = _option(
        (),
        "request.corpus.context",
        Kind.LINES,
        _("Preceding context"),
        _(
            "Earlier sentences of the conversation, one per line, newest first, at most 20. Works only with "
            "automatic language or Mandarin."
        ),
        maximum=MAX_DIALOG_TURNS,
    )

    def __post_init__(self) -> None:
        for option in OPTION_FIELDS:
            object.__setattr__(self, option.name, _parse(option, getattr(self, option.name)))
        if self.language not in CONTEXT_LANGUAGES:
            for name in ("hot_words", "dialog_context"):
                if getattr(self, name):
                    raise OptionError(name, _("This works only with automatic language or Mandarin."))
        if self.auto_language:
            for name in ("language", "hot_words", "dialog_context", "boosting_table", "correction_table"):
                if getattr(self, name):
                    raise OptionError(name, _("This cannot be combined with detecting any language."))

    @classmethod
    def from_mapping(cls, values: Mapping[str, object]) -> RecognitionOptions:
        """Options from typed values or from strings as forms and command lines give them.

        A name is one of ours or the API's own (`itn` or `enable_itn`). What is absent has its default.
        Raises `OptionError`, with the name as given if it is unknown.
        """
        named: dict[str, Any] = {}
        for given, value in values.items():
            option = _BY_NAME.get(given)
            if option is None:
                raise OptionError(given, _("This option does not exist."))
            if option.name in named:
                raise OptionError(given, _("This option is given more than once."))
            named[option.name] = value
        return cls(**named)

    def to_json(self) -> dict[str, object]:
        """Plain values for storing; `from_mapping` makes equal options of them again.

        Version 1.2 does not know `voices`, which are left out where nobody has said them.
        """
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}
        if self.voices is None:
            del plain["voices"]
        return plain

    @property
    def wants_itn(self) -> bool:
        """By default off where digits damage the language, or may because it is yet to be detected."""
        if self.itn == "auto":
            return self.language not in ITN_DAMAGES and not self.auto_language
        return self.itn == "on"

    def to_body(self) -> dict[str, dict[str, object]]:
        """The `audio` and `request` objects of the request body, still without the audio itself."""
        request: dict[str, object] = {
            "model_name": "bigmodel",
            "show_utterances": True,
            "enable_punc": self.punctuation,
            "enable_itn": self.wants_itn,
            "enable_ddc": self.smoothing,
            "enable_speaker_info": self.speakers,
            "enable_channel_split": self.channel_split,
            "vad_segment": self.vad_segment,
        }
        if self.auto_language:
            request["enable_auto_lang"] = True
        if self.end_window_ms is not None:
            request["end_window_size"] = self.end_window_ms
        if self.sensitive_words:
            request["sensitive_words_filter"] = self.sensitive_words
        if corpus := self._corpus():
            request["corpus"] = corpus
        audio: dict[str, object] = {}
        if self.language:
            audio["language"] = self.language
        if self.channel_split:
            audio["channel"] = 2
        return {"audio": audio, "request": request}

    def _corpus(self) -> dict[str, str]:
        corpus = {}
        if self.boosting_table:
            corpus["boosting_table_name"] = self.boosting_table
        if self.correction_table:
            corpus["correct_table_name"] = self.correction_table
        context: dict[str, object] = {}
        if self.hot_words:
            context["hotwords"] = [{"word": word} for word in self.hot_words]
        if self.dialog_context:
            context["context_type"] = "dialog_ctx"
            context["context_data"] = [{"text": text} for text in self.dialog_context]
        if context:
            corpus["context"] = json.dumps(context, ensure_ascii=False)
        return corpus


OPTION_FIELDS = describe_fields(RecognitionOptions, RecognitionOption)
_BY_NAME = {option.key.rpartition(".")[2]: option for option in OPTION_FIELDS if not option.key.endswith(".context")}
_BY_NAME |= {option.name: option for option in OPTION_FIELDS}


def _parse(option: RecognitionOption, value: object) -> object:
    if option.choices is ITN_CHOICES:
        return _parse_switch(option, value)
    parsed = parse_option(option, value)
    if option.kind is Kind.LINES:
        _check_length(option, parsed)
    elif option.kind is Kind.JSON:
        _check_sensitive_words(option, parsed)
    return parsed


def _parse_switch(option: RecognitionOption, value: object) -> str:
    """auto, on or off; a flag is one of the latter two."""
    if isinstance(value, str) and value.strip().lower() in ("", "auto"):
        return "auto"
    return "on" if parse_flag(option, value) else "off"


def _check_length(option: RecognitionOption, lines: Any) -> None:
    # The service counts tokens of its own; a Han character or a Latin word is about one.
    if len(re.findall(r"[A-Za-z0-9']+|[^\s\x00-\x7f]", " ".join(lines))) > MAX_DIALOG_TOKENS:
        raise OptionError(option.name, _("This is too long (at most %(maximum)s words)."), maximum=MAX_DIALOG_TOKENS)


def _check_sensitive_words(option: RecognitionOption, text: Any) -> None:
    """The filter stays the string it is sent as; it is read only to refuse what can't be read."""
    if not text:
        return
    try:
        rules = json.loads(text)
    except (ValueError, RecursionError):
        raise OptionError(option.name, _("This is not valid JSON.")) from None
    if not isinstance(rules, dict):
        raise OptionError(option.name, _("This must be a JSON object."))
    if not isinstance(rules.get("system_reserved_filter", False), bool):
        raise OptionError(option.name, _("system_reserved_filter must be true or false."))
    for name in ("filter_with_empty", "filter_with_signed"):
        words = rules.get(name, [])
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise OptionError(option.name, _("%(name)s must be a list of words."), name=name)
