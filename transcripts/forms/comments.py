"""Forms for comments."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from transcripts.forms.fields import TRUTHS
from transcripts.services.comments.comments import clean_body
from transcripts.text.limits import MAX_COMMENT, MAX_COMMENTER_NAME, MAX_TEXT
from transcripts.text.names import make_skeleton

SHORTEST, LONGEST = 1, 240  # minutes of an assignment


class BodyForm(forms.Form):
    """The text of a comment; `name` is that of a guest."""

    body = forms.CharField(
        max_length=MAX_COMMENT,
        error_messages={
            "required": gettext_lazy("Write a comment first."),
            "max_length": gettext_lazy("This comment is too long."),
        },
    )
    name = forms.CharField(max_length=MAX_COMMENTER_NAME, required=False)
    request_key = forms.CharField(max_length=64, required=False)

    def __init__(self, *args: object, needs_name: bool = False, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["name"]
        field.required = needs_name
        field.error_messages["required"] = gettext_lazy("Enter your name first.")

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if self.fields["name"].required and not make_skeleton(name):  # only signs that nobody sees
            raise forms.ValidationError(self.fields["name"].error_messages["required"])
        return name

    def clean_body(self) -> str:
        body = clean_body(self.cleaned_data["body"])
        if not body:
            raise forms.ValidationError(self.fields["body"].error_messages["required"])
        return body


class CommentForm(BodyForm):
    """`start` to `end`, in code points, is the place of the `quote` in the row's text; without it, the whole row."""

    row = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    start = forms.IntegerField(min_value=0, max_value=MAX_TEXT, required=False)
    end = forms.IntegerField(min_value=0, max_value=MAX_TEXT, required=False)
    quote = forms.CharField(max_length=MAX_TEXT, required=False, strip=False)

    def clean_start(self) -> int:
        return self.cleaned_data["start"] or 0

    def clean_end(self) -> int:
        return self.cleaned_data["end"] or 0


class ResolveForm(forms.Form):
    on = forms.TypedChoiceField(choices=TRUTHS, coerce=lambda value: value == "true")
