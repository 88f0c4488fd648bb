"""The languages of `audio.language`: the official list of Volcengine and what its international twin adds."""

from __future__ import annotations

from transcripts.options import gettext_noop as _

# Empty: Mandarin, English, Cantonese, Shanghainese, Minnan, Sichuan and Shaanxi are told apart by the engine.
LANGUAGES: dict[str, str] = {
    "": _("Automatic (Chinese and English)"),
    "zh-CN": _("Chinese (Mandarin)"),
    "en-US": _("English"),
    "yue-CN": _("Cantonese"),
    "ja-JP": _("Japanese"),
    "ko-KR": _("Korean"),
    "ar-SA": _("Arabic"),
    "az-AZ": _("Azerbaijani"),
    "bn-BD": _("Bengali"),
    "bg-BG": _("Bulgarian"),
    "my-MM": _("Burmese"),
    "cs-CZ": _("Czech"),
    "da-DK": _("Danish"),
    "nl-NL": _("Dutch"),
    "fil-PH": _("Filipino"),
    "fi-FI": _("Finnish"),
    "fr-FR": _("French"),
    "de-DE": _("German"),
    "el-GR": _("Greek"),
    "hi-IN": _("Hindi"),
    "hu-HU": _("Hungarian"),
    "id-ID": _("Indonesian"),
    "it-IT": _("Italian"),
    "kk-KZ": _("Kazakh"),
    "km-KH": _("Khmer"),
    "ms-MY": _("Malay"),
    "no-NO": _("Norwegian"),
    "pl-PL": _("Polish"),
    "pt-BR": _("Portuguese"),
    "pa-PK": _("Punjabi"),
    "ro-RO": _("Romanian"),
    "ru-RU": _("Russian"),
    "es-MX": _("Spanish"),
    "sw-KE": _("Swahili"),
    "sv-SE": _("Swedish"),
    "th-TH": _("Thai"),
    "tr-TR": _("Turkish"),
    "uk-UA": _("Ukrainian"),
    "ur-PK": _("Urdu"),
    "vi-VN": _("Vietnamese"),
}
