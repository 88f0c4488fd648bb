"""A `Reading` and its options as JSON, to pass from the child that reads to the process that asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from transcripts.imports.rows import (
    Assumed,
    EncodingChoice,
    FilePlace,
    ImportedRow,
    NotRead,
    PlaceKind,
    Reading,
    ReadOptions,
    SpokenRow,
    Why,
)
from transcripts.text.tokens import Word


def dump_reading(reading: Reading) -> dict[str, Any]:
    """Without the raw answer, which is the file itself."""
    return {
        "rows": [
            [
                *(row.start_ms, row.end_ms, row.text, row.speaker, row.channel),
                [[word.text, word.start_ms, word.end_ms] for word in row.words],
                dict(row.additions),
            ]
            for row in reading.rows
        ],
        "not_read": [
            [left.place.where, left.place.number, left.place.name, left.text, left.reason, left.near_ms]
            for left in reading.not_read
        ],
        "assumed": asdict(reading.assumed),
    }


def load_reading(value: Mapping[str, Any]) -> Reading:
    assumed = dict(value["assumed"])
    assumed["encoding_choices"] = tuple(EncodingChoice(**choice) for choice in assumed["encoding_choices"])
    for name in ("names_in_text", "kept_names"):
        assumed[name] = tuple(assumed[name])
    return Reading(
        tuple(
            ImportedRow(start_ms, end_ms, text, speaker, channel, tuple(Word(*word) for word in words), additions)
            for start_ms, end_ms, text, speaker, channel, words, additions in value["rows"]
        ),
        tuple(
            NotRead(FilePlace(PlaceKind(where), number, name), text, Why(reason), near_ms)
            for where, number, name, text, reason, near_ms in value["not_read"]
        ),
        Assumed(**assumed),
    )


def dump_options(options: ReadOptions) -> dict[str, Any]:
    spoken = [
        [row.start_ms, row.end_ms, row.speaker, [[word.text, word.start_ms, word.end_ms] for word in row.words]]
        for row in options.spoken
    ]
    names = ("encoding", "shift_ms", "merge_captions", "names_in_text", "carry_names", "known", "duration_ms")
    return {**{name: getattr(options, name) for name in names}, "spoken": spoken}


def load_options(value: Mapping[str, Any]) -> ReadOptions:
    spoken = tuple(
        SpokenRow(start_ms, end_ms, speaker, [Word(*word) for word in words])
        for start_ms, end_ms, speaker, words in value["spoken"]
    )
    return ReadOptions(**{**value, "known": tuple(value["known"]), "spoken": spoken})
