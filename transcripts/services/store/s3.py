"""Files in a bucket of S3, or of a service that speaks as it does.

Every file carries the CRC-32 of its content, which is compared where all of it is read. botocore tries again what
fails; a body that is cut short or changed on its way is fetched again here.

The chunks of an upload are objects of their own, which nobody overwrites. Those of at least 5 MiB are `sealed`: in the
end a multipart upload is made of copies of them. Smaller ones, as the recorder sends, are `loose` until there is enough
of them for a sealed one.
"""

from __future__ import annotations

import base64
import errno
import uuid
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from django.conf import settings

from transcripts.errors import NoRoom, StoreUnavailable
from transcripts.logs import FILE_STORE
from transcripts.services.store.base import READ_BYTES, Chunks, ChunksLost, Store, StoredFile
from transcripts.services.store.scratch import scratch_folder

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_TRIES = 3
_ATTEMPTS = 4  # of botocore, after growing pauses, where the service is silent or overloaded
_SILENT_SECONDS = 30
_LEAST_PART_BYTES = 5 * 1024**2
_PART_BYTES = 16 * 1024**2
_MOST_PARTS = 10_000
_COPIED_BYTES = 5 * 1024**3 - 1  # at once
_SIGNED_SECONDS = 60 * 60
_COPIES_AT_ONCE = 8
_DELETED_AT_ONCE = 1000
_MISSING = {"404", "NoSuchKey", "NotFound"}
_CHANGED_ON_ITS_WAY = {"BadDigest", "InvalidDigest", "XAmzContentChecksumMismatch", "IncompleteBody"}
Result = TypeVar("Result")


class S3Store(Store):
    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._bucket = parts.hostname or ""
        self._prefix = f"{parts.path.strip('/')}/".lstrip("/")
        self._options = dict(parse_qsl(parts.query))
        self.url = f"s3://{self._bucket}/{self._prefix}?endpoint={self._options.get('endpoint', '')}"  # without keys
        self._keys = (unquote(parts.username or "") or None, unquote(parts.password or "") or None)

    @cached_property
    def _client(self) -> S3Client:
        import boto3  # only where it is used, for its memory
        from botocore.config import Config

        style: Any = self._options.get("style", "path" if "endpoint" in self._options else "auto")
        return boto3.session.Session().client(
            "s3",
            endpoint_url=self._options.get("endpoint"),
            region_name=self._options.get("region"),
            aws_access_key_id=self._keys[0],
            aws_secret_access_key=self._keys[1],
            config=Config(
                signature_version="s3v4",
                connect_timeout=5,
                read_timeout=_SILENT_SECONDS,
                retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
                max_pool_connections=50,
                s3={"addressing_style": style},
            ),
        )

    def put(self, file: Path, key: str) -> None:
        size = file.stat().st_size
        with file.open("rb") as content:
            crc = 0
            while chunk := content.read(READ_BYTES):
                crc = zlib.crc32(chunk, crc)
            if size <= _PART_BYTES:
                content.seek(0)
                self._put_bytes(key, content.read(), crc)
                return
            length = max(_PART_BYTES, -(-size // _MOST_PARTS))

            def send_part(number: int, asked: Any) -> str:
                content.seek((number - 1) * length)
                return self._send_part(content.read(length), asked)

            self._put_parts(key, crc, -(-size // length), send_part, at_once=1)
        self._check_size(key, size)

    def copy(self, key: str, to: str) -> None:
        head = self._head(key)
        size, source = head["ContentLength"], self._name_object(key)
        if size <= _COPIED_BYTES:
            self._try(key, lambda: self._client.copy_object(**self._name_object(to), CopySource=source))
            return

        def copy_part(number: int, asked: Any) -> str:
            start = (number - 1) * _COPIED_BYTES
            span = f"bytes={start}-{min(start + _COPIED_BYTES, size) - 1}"
            return self._client.upload_part_copy(**asked, CopySource=source, CopySourceRange=span)["CopyPartResult"][
                "ETag"
            ]

        crc = int(head["Metadata"].get("crc32", "0"), 16)
        self._put_parts(to, crc, -(-size // _COPIED_BYTES), copy_part)

    def find(self, key: str) -> StoredFile:
        head = self._head(key)
        return StoredFile(key, head["ContentLength"], head["LastModified"])

    def read(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        return self._iterate(self._get(key, start, end), key, start, end)

    def fetch(self, key: str, target: Path) -> None:
        def receive() -> None:
            answer = self._get(key, 0, None)
            crc = 0
            with target.open("wb") as file:
                for chunk in self._iterate(answer, key, 0, None):
                    crc = zlib.crc32(chunk, crc)
                    file.write(chunk)
            if answer["Metadata"].get("crc32", _write_sum(crc)) != _write_sum(crc):
                raise _Changed(key)

        self._try(key, receive)

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        with scratch_folder(self.find(key).size_bytes) as folder:
            path = folder / key.rpartition("/")[2]
            self.fetch(key, path)
            yield path

    def sign(self, key: str, *, media_type: str) -> str:
        asked = {**self._name_object(key), "ResponseContentType": media_type}
        return self._client.generate_presigned_url("get_object", Params=asked, ExpiresIn=_SIGNED_SECONDS)

    def delete(self, key: str) -> None:
        self._try(key, lambda: self._client.delete_object(**self._name_object(key)))

    def list(self, prefix: str) -> Iterator[StoredFile]:
        more: dict[str, Any] = {"Bucket": self._bucket, "Prefix": f"{self._prefix}{prefix}"}
        while True:
            page = self._try(prefix, lambda: self._client.list_objects_v2(**more))
            for entry in page.get("Contents", []):
                key, etag = entry["Key"].removeprefix(self._prefix), entry["ETag"].strip('"')
                yield StoredFile(key, entry["Size"], entry["LastModified"], etag)
            if not page.get("IsTruncated"):
                return
            more["ContinuationToken"] = page["NextContinuationToken"]

    def list_folders(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        last: tuple[str, datetime] | None = None
        for file in self.list(prefix):  # in the order of their keys
            name = file.key.removeprefix(prefix).partition("/")[0]
            if last and last[0] == name:
                last = name, max(last[1], file.modified_at)
                continue
            if last:
                yield last
            last = name, file.modified_at
        if last:
            yield last

    def delete_all(self, prefix: str) -> None:
        self._delete_many(file.key for file in self.list(prefix))

    def move_all(self, prefix: str, to: str) -> None:
        for file in self.list(prefix):
            self.copy(file.key, f"{to}{file.key.removeprefix(prefix)}")
            self.delete(file.key)

    def clean_up(self, before: datetime) -> None:
        asked: Any = {"Bucket": self._bucket, "Prefix": self._prefix}
        while True:
            page = self._try("", lambda: self._client.list_multipart_uploads(**asked))
            for begun in page.get("Uploads", []):
                if begun["Initiated"] < before:
                    self._abort({"Bucket": self._bucket, "Key": begun["Key"], "UploadId": begun["UploadId"]})
            if not page.get("IsTruncated"):
                return
            asked.update(KeyMarker=page["NextKeyMarker"], UploadIdMarker=page["NextUploadIdMarker"])

    def check_room(self, wanted_bytes: int, *, reserved_bytes: int) -> None:
        """A bucket takes everything; what is too large for a local copy would be of no use there."""
        if wanted_bytes > settings.SCRATCH_BYTES:
            raise NoRoom

    def append(self, key: str, chunks: Chunks, offset: int, parts: Sequence[bytes]) -> Chunks:
        data = b"".join(parts)
        crc = zlib.crc32(data, chunks.get("crc", 0))
        sealed, loose = list(chunks.get("sealed", [])), list(chunks.get("loose", []))
        if sum(size for _key, size in loose) + len(data) >= _LEAST_PART_BYTES:
            data, kind = self._read_loose(chunks) + data, sealed
            loose.clear()
        else:
            kind = loose
        if data:
            kind.append([f"{key}/{uuid.uuid4().hex}", len(data)])
            self._put_bytes(kind[-1][0], data, zlib.crc32(data))
        return {"store": self.url, "sealed": sealed, "loose": loose, "crc": crc}

    def settle(self, kept: Chunks, dropped: Chunks) -> None:
        self._delete_many(_list_chunks(dropped) - _list_chunks(kept))

    def finish(self, key: str, chunks: Chunks, size: int) -> None:
        crc, sealed = chunks.get("crc", 0), chunks.get("sealed", [])
        if self._is_there(key, size, crc):
            return
        rest = self._read_loose(chunks)
        if not sealed:
            self._put_bytes(key, rest, crc)
            return

        def join(number: int, asked: Any) -> str:
            if number > len(sealed):
                return self._send_part(rest, asked)
            source: Any = self._name_object(sealed[number - 1][0])
            return self._client.upload_part_copy(**asked, CopySource=source)["CopyPartResult"]["ETag"]

        try:
            self._put_parts(key, crc, len(sealed) + bool(rest), join)
        except FileNotFoundError:
            raise self._find_lost(chunks) from None
        self._check_size(key, size)

    def discard(self, key: str) -> None:
        self.delete(key)
        self.delete_all(f"{key}/")

    def _delete_many(self, keys: Iterable[str]) -> None:
        left = iter(keys)
        while some := [{"Key": f"{self._prefix}{key}"} for key in islice(left, _DELETED_AT_ONCE)]:
            asked: Any = {"Bucket": self._bucket, "Delete": {"Objects": some, "Quiet": True}}
            answer = self._try(some[0]["Key"], lambda: self._client.delete_objects(**asked))  # noqa: B023
            if errors := answer.get("Errors"):
                raise StoreUnavailable(f"{errors[0].get('Key')}: {errors[0].get('Message')}")

    def _read_loose(self, chunks: Chunks) -> bytes:
        try:
            return b"".join(chunk for key, _size in chunks.get("loose", []) for chunk in self.read(key))
        except FileNotFoundError:
            raise self._find_lost(chunks) from None

    def _find_lost(self, chunks: Chunks) -> ChunksLost:
        """What is there up to the first chunk that is not."""
        left: dict[str, Any] = {"store": self.url, "sealed": [], "loose": [], "crc": 0}
        offset = 0
        for kind in ("sealed", "loose"):
            for key, size in chunks.get(kind, []):
                try:
                    for chunk in self.read(key):
                        left["crc"] = zlib.crc32(chunk, left["crc"])
                except FileNotFoundError:
                    return ChunksLost(offset, left)
                left[kind].append([key, size])
                offset += size
        return ChunksLost(offset, left)

    def _put_bytes(self, key: str, data: bytes, crc: int) -> None:
        about = {"crc32": _write_sum(crc)}

        def send() -> None:
            _check_sum(key, data, self._client.put_object(**self._name_object(key), Body=data, Metadata=about))

        self._try(key, send)
        self._check_size(key, len(data))

    def _send_part(self, data: bytes, asked: Any) -> str:
        answer = self._client.upload_part(**asked, Body=data)
        _check_sum(asked["Key"], data, answer)
        return answer["ETag"]

    def _put_parts(
        self, key: str, crc: int, count: int, send: Callable[[int, Any], str], *, at_once: int = _COPIES_AT_ONCE
    ) -> None:
        """A multipart upload, of which `send` sends each part by its number from 1, and returns the ETag."""
        about = {"crc32": _write_sum(crc)}
        asked: Any = self._name_object(key)
        upload = self._try(key, lambda: self._client.create_multipart_upload(**asked, Metadata=about))["UploadId"]
        asked["UploadId"] = upload

        def send_part(number: int) -> Any:
            etag = self._try(key, lambda: send(number, {**asked, "PartNumber": number}))
            return {"PartNumber": number, "ETag": etag}

        try:
            with ThreadPoolExecutor(at_once) as pool:
                parts = list(pool.map(send_part, range(1, count + 1)))
            self._try(key, lambda: self._client.complete_multipart_upload(**asked, MultipartUpload={"Parts": parts}))
        except BaseException:
            self._abort(asked)
            raise

    def _abort(self, asked: Any) -> None:
        """An error here is no news: what is left is aborted a day later."""
        with suppress(StoreUnavailable):
            self._try(asked["Key"], lambda: self._client.abort_multipart_upload(**asked))

    def _is_there(self, key: str, size: int, crc: int) -> bool:
        try:
            head = self._head(key)
        except FileNotFoundError:
            return False
        return (head["ContentLength"], head["Metadata"].get("crc32")) == (size, _write_sum(crc))

    def _check_size(self, key: str, size: int) -> None:
        if (there := self.find(key).size_bytes) != size:
            raise StoreUnavailable(f"{key}: {there} of {size} bytes were stored")

    def _head(self, key: str) -> Any:
        return self._try(key, lambda: self._client.head_object(**self._name_object(key)))

    def _get(self, key: str, start: int, end: int | None) -> Any:
        span: Any = {"Range": f"bytes={start}-{'' if end is None else end - 1}"} if start or end is not None else {}
        return self._try(key, lambda: self._client.get_object(**self._name_object(key), **span))

    def _iterate(self, answer: Any, key: str, start: int, end: int | None) -> Iterator[bytes]:
        """What has come of a body that is cut short stays, and the rest is asked for, of the same version."""
        from botocore.exceptions import BotoCoreError, FlexibleChecksumError

        tries, etag = 1, answer["ETag"]
        while True:
            try:
                with closing(answer["Body"]) as body:
                    while chunk := body.read(READ_BYTES):
                        yield chunk
                        start, tries = start + len(chunk), 1
                return
            except FlexibleChecksumError:
                raise _Changed(key) from None
            except BotoCoreError as error:
                if tries == _TRIES:
                    raise StoreUnavailable(f"{key}: {error}") from error
                tries += 1
            answer = self._get(key, start, end)
            if answer["ETag"] != etag:
                raise StoreUnavailable(f"{key}: it was replaced while it was read")

    def _name_object(self, key: str) -> Any:
        return {"Bucket": self._bucket, "Key": f"{self._prefix}{key}"}

    def _try(self, key: str, action: Callable[[], Result]) -> Result:
        """Raises FileNotFoundError and StoreUnavailable. A bucket that goes and comes back is told of once."""
        try:
            done = self._try_again(key, action)
        except StoreUnavailable as error:
            FILE_STORE.failed(error.__cause__ or error)
            raise
        FILE_STORE.worked()
        return done

    def _try_again(self, key: str, action: Callable[[], Result]) -> Result:
        """What was changed on its way. Raises FileNotFoundError and StoreUnavailable."""
        from botocore.exceptions import BotoCoreError, ClientError

        for left in reversed(range(_TRIES)):
            try:
                return action()
            except _Changed:
                if not left:
                    raise
            except ClientError as error:
                code = error.response.get("Error", {}).get("Code", "")
                if code in _MISSING:
                    raise FileNotFoundError(errno.ENOENT, "not in the store", key) from None
                if code not in _CHANGED_ON_ITS_WAY or not left:
                    raise StoreUnavailable(f"{key}: {error}") from error
            except BotoCoreError as error:
                raise StoreUnavailable(f"{key}: {error}") from error
        raise AssertionError


class _Changed(StoreUnavailable):
    """What came is not what was stored."""


def _write_sum(crc: int) -> str:
    return f"{crc:08x}"


def _check_sum(key: str, sent: bytes, answer: Any) -> None:
    """What the service says it has stored, if it says so."""
    expected = base64.b64encode(zlib.crc32(sent).to_bytes(4)).decode()
    if answer.get("ChecksumCRC32", expected) != expected:
        raise _Changed(key)


def _list_chunks(chunks: Chunks) -> set[str]:
    return {key for kind in ("sealed", "loose") for key, _size in chunks.get(kind, [])}
