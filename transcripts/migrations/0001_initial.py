# The schema of 0.9.0.

import django.core.serializers.json
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import transcripts.enums
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ImportedPerson',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='imported_person', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('name', models.CharField(max_length=150, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name='Slot',
            fields=[
                ('number', models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ('holder', models.UUIDField(editable=False, null=True)),
                ('lease_until', models.DateTimeField(editable=False, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=transcripts.enums.Role.list_choices, max_length=10)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Preferences',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='preferences', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('keys', models.JSONField(blank=True, default=dict, help_text='Command to key combinations, of the commands whose keys were changed')),
                ('step_back_ms', models.PositiveSmallIntegerField(default=500, help_text='How far to go back before going on after a pause', validators=[django.core.validators.MaxValueValidator(5000)])),
                ('pause_typing', models.BooleanField(default=False, help_text='Whether the sound waits while its owner types')),
                ('typing_wait_ms', models.PositiveSmallIntegerField(default=1500, help_text='From the last key until the sound goes on', validators=[django.core.validators.MinValueValidator(500), django.core.validators.MaxValueValidator(10000)])),
                ('speed', models.PositiveSmallIntegerField(default=100, help_text='Per cent', validators=[django.core.validators.MinValueValidator(50), django.core.validators.MaxValueValidator(300)])),
                ('tab_plays', models.BooleanField(default=False, help_text='Whether Tab plays and pauses in the row being edited')),
                ('space_plays', models.BooleanField(default=False, help_text='Whether Space plays and pauses outside of text fields')),
            ],
            options={
                'verbose_name_plural': 'preferences',
                'constraints': [models.CheckConstraint(condition=models.Q(('step_back_ms__lte', 5000)), name='preferences_step_back_short'), models.CheckConstraint(condition=models.Q(('typing_wait_ms__range', (500, 10000))), name='preferences_typing_wait_bounded'), models.CheckConstraint(condition=models.Q(('speed__range', (50, 300))), name='preferences_speed_bounded')],
            },
        ),
        migrations.CreateModel(
            name='Project',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('options', models.JSONField(blank=True, default=dict, help_text='RecognitionOptions.to_json() for new recordings')),
                ('second_reader', models.BooleanField(default=False, help_text='Whether a row must be verified by somebody else than who edited it last')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('members', models.ManyToManyField(related_name='projects', through='transcripts.Membership', to=settings.AUTH_USER_MODEL)),
                ('personal_of', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='personal_project', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddField(
            model_name='membership',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='transcripts.project'),
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('expires_at', models.DateTimeField()),
                ('role', models.CharField(choices=transcripts.enums.Role.list_choices, max_length=10)),
                ('once', models.BooleanField(default=True, help_text='Whether it is for one person, or for all who have the link')),
                ('uses', models.PositiveIntegerField(default=0, help_text='How many people became members by it')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='invitations', to=settings.AUTH_USER_MODEL)),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='invitations', to='transcripts.project')),
            ],
            options={
                'ordering': ['-created_at', 'id'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Recording',
            fields=[
                ('attempt', models.PositiveIntegerField(default=0, editable=False)),
                ('lease_until', models.DateTimeField(blank=True, editable=False, null=True)),
                ('not_before', models.DateTimeField(blank=True, editable=False, help_text='the time of the next try', null=True)),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True, db_index=True)),
                ('title', models.CharField(max_length=300, verbose_name='title')),
                ('file_name', models.CharField(blank=True, max_length=300)),
                ('source_url', models.URLField(blank=True, help_text='the address given instead of a file', max_length=2000)),
                ('size_bytes', models.PositiveBigIntegerField(default=0)),
                ('container', models.CharField(blank=True, max_length=40)),
                ('codec', models.CharField(blank=True, max_length=40)),
                ('channels', models.PositiveSmallIntegerField(default=0)),
                ('rate_hz', models.PositiveIntegerField(default=0)),
                ('api_format', models.CharField(blank=True, help_text='wav, mp3 or ogg where the service takes the bytes as they are', max_length=8)),
                ('duration_ms', models.PositiveIntegerField(blank=True, null=True)),
                ('state', models.CharField(choices=transcripts.enums.PreparationState.list_choices, default='queued', max_length=12)),
                ('error', models.CharField(blank=True, help_text='why there is nothing to play', max_length=40)),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='recordings', to='transcripts.project')),
                ('uploaded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='recordings', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-created_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Transcript',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('version', models.PositiveIntegerField(default=0)),
                ('annotation_version', models.PositiveIntegerField(default=0, help_text='grows by one with every change of comments and assignments')),
                ('recording', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='transcripts', to='transcripts.recording')),
            ],
        ),
        migrations.CreateModel(
            name='Speaker',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('label', models.CharField(max_length=40)),
                ('name', models.CharField(blank=True, max_length=200)),
                ('transcript', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='speakers', to='transcripts.transcript')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='ShareLink',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('expires_at', models.DateTimeField()),
                ('role', models.CharField(choices=transcripts.enums.LinkRole.list_choices, max_length=10)),
                ('label', models.CharField(blank=True, help_text="whom it was made for, in its maker's words", max_length=100)),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='share_links', to=settings.AUTH_USER_MODEL)),
                ('transcript', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='share_links', to='transcripts.transcript')),
            ],
            options={
                'ordering': ['-created_at', 'id'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Presence',
            fields=[
                ('page', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('row', models.PositiveBigIntegerField(null=True)),
                ('process', models.UUIDField()),
                ('seen_at', models.DateTimeField()),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='presences', to=settings.AUTH_USER_MODEL)),
                ('transcript', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='presences', to='transcripts.transcript')),
            ],
        ),
        migrations.CreateModel(
            name='Change',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(help_text="the transcript's version after this change")),
                ('kind', models.CharField(choices=transcripts.enums.ChangeKind.list_choices, max_length=20)),
                ('at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('details', models.JSONField(default=dict)),
                ('request_key', models.CharField(blank=True, max_length=64)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='changes', to=settings.AUTH_USER_MODEL)),
                ('undoes', models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='undone_by', to='transcripts.change')),
                ('transcript', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='transcripts.transcript')),
            ],
            options={
                'ordering': ['version'],
            },
        ),
        migrations.CreateModel(
            name='Assignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('start_ms', models.PositiveIntegerField()),
                ('end_ms', models.PositiveIntegerField()),
                ('lease_until', models.DateTimeField(null=True)),
                ('claimed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='assignments', to=settings.AUTH_USER_MODEL)),
                ('transcript', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='assignments', to='transcripts.transcript')),
            ],
            options={
                'ordering': ['start_ms'],
            },
        ),
        migrations.CreateModel(
            name='Transcription',
            fields=[
                ('attempt', models.PositiveIntegerField(default=0, editable=False)),
                ('lease_until', models.DateTimeField(blank=True, editable=False, null=True)),
                ('not_before', models.DateTimeField(blank=True, editable=False, help_text='the time of the next try', null=True)),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('options', models.JSONField(default=dict, help_text='RecognitionOptions.to_json()')),
                ('state', models.CharField(choices=transcripts.enums.TranscriptionState.list_choices, default='queued', max_length=12)),
                ('sent_bytes', models.PositiveBigIntegerField(default=0)),
                ('total_bytes', models.PositiveBigIntegerField(default=0)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('error', models.CharField(blank=True, max_length=40)),
                ('status_code', models.CharField(blank=True, max_length=20)),
                ('message', models.TextField(blank=True)),
                ('logid', models.CharField(blank=True, max_length=100)),
                ('request_id', models.CharField(blank=True, max_length=100)),
                ('raw_answer', models.JSONField(blank=True, null=True)),
                ('tries', models.JSONField(default=list, editable=False)),
                ('attempts_before', models.PositiveIntegerField(default=0, editable=False, help_text='the attempt number when a person last asked for another try')),
                ('recording', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='transcriptions', to='transcripts.recording')),
                ('requested_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='transcriptions', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-created_at', 'id'],
            },
        ),
        migrations.AddField(
            model_name='transcript',
            name='transcription',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='transcript', to='transcripts.transcription'),
        ),
        migrations.CreateModel(
            name='AnswerPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('start_ms', models.PositiveIntegerField()),
                ('end_ms', models.PositiveIntegerField()),
                ('status_code', models.CharField(max_length=20)),
                ('message', models.TextField(blank=True)),
                ('logid', models.CharField(blank=True, max_length=100)),
                ('request_id', models.CharField(blank=True, max_length=100)),
                ('raw_answer', models.JSONField()),
                ('transcription', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='transcripts.transcription')),
            ],
            options={
                'ordering': ['number'],
            },
        ),
        migrations.CreateModel(
            name='Upload',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('file_name', models.CharField(max_length=300)),
                ('size_bytes', models.PositiveBigIntegerField()),
                ('modified_ms', models.BigIntegerField(help_text="when the person's file was changed last, in ms since 1970")),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='uploads', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Utterance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(blank=True, max_length=8)),
                ('start_ms', models.PositiveIntegerField()),
                ('end_ms', models.PositiveIntegerField()),
                ('text', models.TextField(blank=True)),
                ('search_text', models.TextField(blank=True, editable=False, help_text='finding.fold_for_search(text)')),
                ('words', models.JSONField(default=list)),
                ('engine_text', models.TextField(blank=True, editable=False)),
                ('engine_words', models.JSONField(default=list, editable=False)),
                ('additions', models.JSONField(default=dict, editable=False)),
                ('removed', models.BooleanField(default=False)),
                ('verified_at', models.DateTimeField(blank=True, null=True)),
                ('flagged', models.BooleanField(default=False, help_text='somebody asks for another look at it')),
                ('dismissed', models.JSONField(blank=True, default=list, help_text="the checks' warnings that people waved through")),
                ('changed_at', models.DateTimeField(editable=False, help_text='none: as it was recognised', null=True)),
                ('open_comments', models.PositiveIntegerField(default=0, editable=False, help_text='threads; no part of the history')),
                ('version', models.PositiveIntegerField(default=1)),
                ('speaker', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='utterances', to='transcripts.speaker')),
                ('transcript', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='utterances', to='transcripts.transcript')),
                ('verified_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='verified_utterances', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['start_ms', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Revision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField()),
                ('before', models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('after', models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('change', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='revisions', to='transcripts.change')),
                ('utterance', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='revisions', to='transcripts.utterance')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Comment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('start', models.PositiveIntegerField(default=0)),
                ('end', models.PositiveIntegerField(default=0)),
                ('text', models.TextField(blank=True)),
                ('at_ms', models.PositiveIntegerField(default=0)),
                ('name', models.CharField(blank=True, help_text='of an author without an account', max_length=100)),
                ('guest', models.CharField(blank=True, help_text='by which such an author is known again', max_length=64)),
                ('body', models.TextField(blank=True, help_text='empty once it is deleted', max_length=4000)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('edited_at', models.DateTimeField(null=True)),
                ('deleted_at', models.DateTimeField(null=True)),
                ('resolved_at', models.DateTimeField(null=True)),
                ('resolved_by', models.CharField(blank=True, max_length=150)),
                ('annotation_version', models.PositiveIntegerField(default=0)),
                ('request_key', models.CharField(blank=True, max_length=64)),
                ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='comments', to=settings.AUTH_USER_MODEL)),
                ('thread', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='replies', to='transcripts.comment')),
                ('transcript', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='comments', to='transcripts.transcript')),
                ('utterance', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='comments', to='transcripts.utterance')),
            ],
            options={
                'ordering': ['created_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_mention', models.BooleanField()),
                ('seen_at', models.DateTimeField(null=True)),
                ('comment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='transcripts.comment')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notices', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('comment', 'user'), name='notice_once')],
            },
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.UniqueConstraint(fields=('project', 'user'), name='membership_once'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['owner', 'editor', 'viewer'])), name='membership_role_known'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['owner', 'editor', 'viewer'])), name='invitation_role_known'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(('once', False), ('uses__lte', 1), _connector='OR'), name='invitation_used_once'),
        ),
        migrations.AddConstraint(
            model_name='recording',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['queued', 'running', 'done', 'failed'])), name='recording_state_known'),
        ),
        migrations.AddConstraint(
            model_name='speaker',
            constraint=models.UniqueConstraint(fields=('transcript', 'label'), name='speaker_label_once'),
        ),
        migrations.AddConstraint(
            model_name='sharelink',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['reader', 'commenter'])), name='share_link_role_known'),
        ),
        migrations.AddConstraint(
            model_name='change',
            constraint=models.UniqueConstraint(fields=('transcript', 'version'), name='change_version_once'),
        ),
        migrations.AddConstraint(
            model_name='change',
            constraint=models.UniqueConstraint(condition=models.Q(('request_key', ''), _negated=True), fields=('transcript', 'request_key'), name='change_request_once'),
        ),
        migrations.AddConstraint(
            model_name='change',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['recognised', 'imported', 'edited', 'replaced', 'split', 'merged', 'deleted', 'inserted', 'moved', 'assigned', 'renamed', 'verified', 'flagged', 'dismissed', 'undone', 'redone', 'restored'])), name='change_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='assignment',
            constraint=models.CheckConstraint(condition=models.Q(('end_ms__gt', models.F('start_ms'))), name='assignment_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='assignment',
            constraint=models.UniqueConstraint(fields=('transcript', 'start_ms'), name='assignment_start_once'),
        ),
        migrations.AddConstraint(
            model_name='transcription',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['queued', 'converting', 'sending', 'waiting', 'done', 'failed', 'cancelled'])), name='transcription_state_known'),
        ),
        migrations.AddConstraint(
            model_name='transcription',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['queued', 'converting', 'sending', 'waiting'])), fields=('recording',), name='transcription_one_unfinished'),
        ),
        migrations.AddConstraint(
            model_name='answerpart',
            constraint=models.UniqueConstraint(fields=('transcription', 'number'), name='part_once'),
        ),
        migrations.AddConstraint(
            model_name='answerpart',
            constraint=models.CheckConstraint(condition=models.Q(('end_ms__gt', models.F('start_ms'))), name='part_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='upload',
            constraint=models.UniqueConstraint(fields=('by', 'file_name', 'size_bytes', 'modified_ms'), name='upload_once'),
        ),
        migrations.AddIndex(
            model_name='utterance',
            index=models.Index(fields=['transcript', 'start_ms', 'id'], name='utterance_in_order'),
        ),
        migrations.AddConstraint(
            model_name='utterance',
            constraint=models.CheckConstraint(condition=models.Q(('end_ms__gt', models.F('start_ms'))), name='utterance_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='revision',
            constraint=models.UniqueConstraint(fields=('utterance', 'version'), name='revision_version_once'),
        ),
        migrations.AddIndex(
            model_name='comment',
            index=models.Index(fields=['transcript', 'annotation_version'], name='comment_news'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.CheckConstraint(condition=models.Q(('utterance', None), ('thread', None), _connector='XOR'), name='comment_of_row_or_thread'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.CheckConstraint(condition=models.Q(('end__gte', models.F('start'))), name='comment_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.UniqueConstraint(condition=models.Q(('request_key', ''), _negated=True), fields=('transcript', 'request_key'), name='comment_request_once'),
        ),
    ]
