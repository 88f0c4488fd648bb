"""Run inside an installation that is to burn down: fills it with something of everything, and twenty people's rows."""

from __future__ import annotations

PEOPLE = [f"person{number}" for number in range(20)]
SECRET = "JBSWY3DPEHPK3PXP"


def fill() -> None:
    from allauth.mfa.models import Authenticator
    from django.contrib.auth.models import User

    from tests import quick
    from tests.releases import filled
    from tests.releases.stored import PASSWORD
    from transcripts.enums import Role
    from transcripts.models import Membership, Project
    from transcripts.services.accounts.secrets import encrypt_secret
    from transcripts.services.recordings.delete import bin_recording
    from transcripts.services.recordings.retention import delete_audio, set_hold

    filled.fill()
    lin, bo = (User.objects.get(username=name) for name in ("lin", "bo"))
    Authenticator.objects.create(user=bo, type=Authenticator.Type.TOTP, data={"secret": encrypt_secret(SECRET)})
    project = Project.objects.get(name="Radio")
    for name in PEOPLE:
        Membership.objects.create(
            project=project, user=User.objects.create_user(name, password=PASSWORD), role=Role.EDITOR
        )
    heard = [
        {"start_time": number * 100, "end_time": number * 100 + 90, "text": "好", "words": []}
        for number in range(len(PEOPLE))
    ]
    answer = {"audio_info": {"duration": 5550}, "result": {"text": "好" * len(heard), "utterances": heard}}
    everybodys, silent, binned = (quick.create_recording(lin) for _number in range(3))
    for recording in (everybodys, silent, binned):
        recording.project = project
        recording.save(update_fields=["project"])
        quick.recognised(recording, answer)
    everybodys.title = "Everybody's"
    everybodys.save(update_fields=["title"])
    set_hold(recording=everybodys, on=True, by=lin)
    delete_audio(recording=silent, by=lin)
    bin_recording(recording=binned, by=lin)


def tell_secret() -> None:
    from allauth.mfa.models import Authenticator

    from transcripts.services.accounts.secrets import decrypt_secret

    print(decrypt_secret(Authenticator.objects.get().data["secret"]))
