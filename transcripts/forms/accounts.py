"""Account forms, most of them django-allauth's, with our labels."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from allauth.account import forms as account_forms
from allauth.account.adapter import get_adapter
from allauth.account.internal.userkit import filter_users_by_username
from allauth.core import context, ratelimit
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.socialaccount.forms import SignupForm
from django import forms
from django.conf import settings
from django.contrib.auth.forms import BaseUserCreationForm, UsernameField
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from transcripts.services.accounts.deferred import run_deferred

OPTIONAL_EMAIL = _("Email (optional)")
EMAIL_IS_KEPT = _(
    "You can sign in with it, too. This site sends no email: messages for you are kept on the server, and its "
    "administrator can pass them on."
)
EMAIL_IS_SENT = _(
    "You can sign in with it, too. It gets a link to verify it, links to choose a new password, notices about your "
    "account, and comments that mention you."
)
# What Django and allauth themselves say in these forms: their own Chinese lacks it, or has words that ours has not.
THEIR_WORDS = (
    ngettext_lazy(
        "This password is too short. It must have at least %d character.",
        "This password is too short. It must have at least %d characters.",
        8,
    ),
    ngettext_lazy(
        "Your password must contain at least %(min_length)d character.",
        "Your password must contain at least %(min_length)d characters.",
        8,
    ),
    _("Your password can’t be a commonly used password."),
    _("Your password can’t be entirely numeric."),
    _("This password is too common."),
    _("This password is entirely numeric."),
    _("The two password fields didn’t match."),
    _("You must type the same password each time."),
    _("A user with that username already exists."),
    _("Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters."),
    _("Incorrect code."),
    _("Enter a valid email address."),
    _("This field is required."),
)


class OurWords:
    """Replaces placeholders by labels; `words` has the labels that differ between forms."""

    words: ClassVar[dict[str, Promise]] = {}
    common: ClassVar[dict[str, Promise]] = {
        "username": _("User name"),
        "email": _("Email"),
        "password": _("Password"),
        "password1": _("Password"),
        "password2": _("Repeat password"),
        "oldpassword": _("Current password"),
        "code": _("Code"),
    }
    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = {**self.common, **self.words}.get(name, field.label)
            field.widget.attrs.pop("placeholder", None)
            if name in {"password", "oldpassword"}:
                field.help_text = ""  # A link, which is below the form.
            if name == "email" and not field.required:
                field.label = OPTIONAL_EMAIL


class NewPasswordWords(OurWords):
    words = {"password1": _("New password"), "password2": _("Repeat new password")}


class CodeWords(OurWords):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs |= {"inputmode": "numeric", "autofocus": True}


class FirstAccountForm(OurWords, BaseUserCreationForm):  # type: ignore[type-arg]  # takes none at run time
    """Name and password for the account that the first link created."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].help_text = self.fields["password2"].help_text = ""


class NameForm(forms.Form):
    """A new user name, by the rules for signing up."""

    username = UsernameField(
        label=_("User name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["username"].initial = user.get_username()

    def clean_username(self) -> str:
        name: str = get_adapter().clean_username(self.cleaned_data["username"], shallow=True)
        if User.objects.exclude(pk=self.user.pk).filter(username__iexact=name).exists():
            raise get_adapter().validation_error("username_taken")
        return name


class CloseForm(forms.Form):
    """To delete their account, people type its name."""

    username = forms.CharField(max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        name = user.get_username()
        self.fields["username"].label = _("Type your user name to confirm: %(name)s") % {"name": name}

    def clean_username(self) -> str:
        name: str = self.cleaned_data["username"]
        if name != self.user.get_username():
            raise forms.ValidationError(_("This is not your user name."))
        return name


class SignInForm(OurWords, account_forms.LoginForm):  # type: ignore[misc]  # allauth has no types
    """With the field names of Django's own form, which other programs send."""

    words = {"login": _("User name or email")}
    cleaned_data: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields = {"username": self.fields.pop("login"), **self.fields}
        self.fields["username"].widget.attrs |= {
            "autocomplete": "username",
            "autocapitalize": "none",
            "autofocus": True,
        }

    def clean_username(self) -> str:
        self.cleaned_data["login"] = self.cleaned_data["username"].strip()
        return str(self.cleaned_data["login"])

    def user_credentials(self) -> dict[str, str]:
        """Names one way, so that a password is hashed once, whether there is such an account or not."""
        login = self.cleaned_data["login"]
        way = "username" if filter_users_by_username(login).exists() else "email"
        return {way: login, "password": self.cleaned_data.get("password", "")}


class EmailUse(OurWords):
    """Says at the field for it what becomes of an address."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "email" in self.fields:
            self.fields["email"].help_text = EMAIL_IS_KEPT if settings.MAIL_IS_KEPT else EMAIL_IS_SENT


class SignUpForm(EmailUse, account_forms.SignupForm):  # type: ignore[misc]
    def clean(self) -> Any:
        """Refusing a name takes as long as storing a password: it is not to be told apart by time."""
        cleaned = super().clean()
        if self.errors:
            make_password(self.data.get("password1", ""))
        return cleaned


class SocialSignUpForm(EmailUse, SignupForm):  # type: ignore[misc]
    pass


class EmailForm(OurWords, account_forms.AddEmailForm):  # type: ignore[misc]
    words = {"email": _("New email address")}


class ChangePasswordForm(NewPasswordWords, account_forms.ChangePasswordForm):  # type: ignore[misc]
    pass


class SetPasswordForm(OurWords, account_forms.SetPasswordForm):  # type: ignore[misc]
    pass


class ResetPasswordForm(OurWords, account_forms.ResetPasswordForm):  # type: ignore[misc]
    """The answer comes before anybody has looked whether there is such an account."""

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"])

    def save(self, request: HttpRequest, **options: Any) -> str:
        run_deferred(partial(self._send_mail, **options), request)
        return str(self.cleaned_data["email"])

    def _send_mail(self, request: HttpRequest, **options: Any) -> None:
        super().clean_email()
        super().save(request, **options)


class NewPasswordForm(NewPasswordWords, account_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    pass


class ConfirmPasswordForm(OurWords, account_forms.ReauthenticateForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].widget.attrs["autofocus"] = True


class FewCodes(CodeWords):
    """Allows fewer attempts than for a password: anyone who has the password could soon guess six digits."""

    user: User

    def clean_code(self) -> str:
        request, limit = context.request, {"action": "code", "key": str(self.user.pk)}
        if not ratelimit.consume(request, **limit):
            raise get_adapter().validation_error("too_many_login_attempts")
        code: str = super().clean_code()  # type: ignore[misc]
        ratelimit.clear(request, **limit)
        return code


class CodeForm(FewCodes, mfa_forms.AuthenticateForm):  # type: ignore[misc]
    pass


class ConfirmCodeForm(FewCodes, mfa_forms.ReauthenticateForm):  # type: ignore[misc]
    pass


class FirstCodeForm(CodeWords, ActivateTOTPForm):  # type: ignore[misc]
    pass
