"""The embedded recogniser on real speech, over HTTP. Texts are compared by their error rates, never exactly."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy
import pytest
from rapidfuzz.distance import Levenshtein

from tests.flashserver.clients import AUDIO, ask, body, code
from transcripts.audio.decode import decode
from transcripts.flashserver.model import ModelError, install_model
from transcripts.flashserver.recognizer import RecognizerOptions
from transcripts.flashserver.server import FlashServer, serve
from transcripts.flashserver.whisper import Whisper

pytestmark = pytest.mark.long

JFK = "And so my fellow Americans ask not what your country can do for you ask what you can do for your country"
PERCENT = "富士康在印度工厂出现大规模感染目前工厂产量已下降超50%"
WELCOME = "欢迎大家来体验达摩院推出的语音识别模型"
ALTERNATING = (
    "What's the weather like today 今天天气怎么样 How do I go to that bus stop 请问那个车站怎么走 "
    "Can you tell me where is the library 请问图书馆在哪里"
)
HAN = "[\u4e00-\u9fff]"

# A client of the shape of the official demo: two keys, only the audio and the model named, JSON kept in a file.
DEMO = """
import base64, json, sys, uuid, requests
url, sound, result = sys.argv[1:]
keys = {"X-Api-App-Key": "123456789", "X-Api-Access-Key": "token", "X-Api-Resource-Id": "volc.bigasr.auc_turbo",
        "X-Api-Request-Id": str(uuid.uuid4()), "X-Api-Sequence": "-1"}
data = base64.b64encode(open(sound, "rb").read()).decode("utf-8")
asked = {"user": {"uid": "123456789"}, "audio": {"data": data}, "request": {"model_name": "bigmodel"}}
answer = requests.post(url, json=asked, headers=keys)
print(answer.headers["X-Api-Status-Code"], answer.headers["X-Api-Message"], answer.headers["X-Tt-Logid"])
json.dump(answer.json(), open(result, "w", encoding="utf-8"), ensure_ascii=False)
"""


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def server(cache: Path) -> Iterator[FlashServer]:
    with serve(recognizer=Whisper(cache=cache)) as running:
        yield running


def as_wav(name: str) -> bytes:
    samples = decode(AUDIO / name)
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(len(samples))
        writer.setsampwidth(2)
        writer.setframerate(16000)
        writer.writeframes((samples.T * 32767).astype("<i2").tobytes())
    return file.getvalue()


def words(text: str) -> list[str]:
    """Latin words without case and Han characters, both without punctuation."""
    return re.findall(rf"{HAN}|[a-z0-9']+", text.lower())


def error_rate(said: str, heard: str) -> float:
    return Levenshtein.distance(words(said), words(heard)) / len(words(said))


def check_rules(answer: dict[str, Any]) -> None:
    end = 0
    for utterance in answer["result"].get("utterances", []):
        timed = [word for word in utterance["words"] if word["start_time"] >= 0]
        assert (utterance["start_time"], utterance["end_time"]) == (timed[0]["start_time"], timed[-1]["end_time"])
        for word in timed:
            assert end <= word["start_time"] < word["end_time"]
            assert word["start_time"] % 40 == word["end_time"] % 40 == 0
            assert word["confidence"] == 0
            end = word["end_time"]
            assert re.fullmatch(rf"{HAN}|[^{HAN[1:-1]}，。？！\s]+", word["text"])
        joined = "".join(word["text"] for word in utterance["words"])
        assert joined == re.sub("[，。？！,.?!]", "", utterance["text"])
    assert end <= answer["audio_info"]["duration"]


@pytest.mark.drill
def test_english_is_recognised(server: FlashServer) -> None:
    answer = ask(server, body(as_wav("en_jfk.flac"), {"language": "en-US"}, enable_speaker_info=True)).json()
    check_rules(answer)
    assert error_rate(JFK, answer["result"]["text"]) <= 0.15
    assert answer["result"]["text"].endswith(".")
    assert {found["additions"]["speaker"] for found in answer["result"]["utterances"]} == {"1"}
    starts = {word["text"]: word["start_time"] for word in answer["result"]["utterances"][0]["words"]}
    assert starts["And"] >= 200  # the word does not begin in the silence before it
    assert starts["ask"] >= 7400


def test_a_demo_client_gets_chinese_in_simplified_characters(server: FlashServer, tmp_path: Path) -> None:
    result = tmp_path / "result.json"
    demo = [sys.executable, "-c", DEMO, server.url, str(AUDIO / "zh_welcome.wav"), str(result)]
    done = subprocess.run(demo, capture_output=True, text=True, timeout=100, check=True)
    assert re.fullmatch(r"20000000 OK \d{14}[0-9A-F]{20}\n", done.stdout)
    answer = json.loads(result.read_text(encoding="utf-8"))
    check_rules(answer)
    assert error_rate(WELCOME, answer["result"]["text"]) <= 0.25
    assert answer["result"]["text"].endswith("。")


@pytest.mark.drill
def test_english_and_chinese_by_turns_are_both_recognised(server: FlashServer) -> None:
    answer = ask(server, body((AUDIO / "zh_en_alternating.wav").read_bytes(), enable_punc=False)).json()
    check_rules(answer)
    assert error_rate(ALTERNATING, answer["result"]["text"]) <= 0.25
    assert len(answer["result"]["utterances"]) == 6
    assert not re.search("[，。？,.?]", answer["result"]["text"])


@pytest.mark.drill
def test_two_channels_are_recognised_apart(server: FlashServer) -> None:
    sound = as_wav("odd/stereo_48k_two_voices.flac")
    answer = ask(server, body(sound, {"channel": 2}, enable_channel_split=True)).json()
    heard = {"1": "", "2": ""}
    for utterance in answer["result"]["utterances"]:
        heard[utterance["additions"]["channel_id"]] += " " + utterance["text"]
    assert error_rate("It was the first great sorrow of his life. It was", heard["1"]) <= 0.25
    assert error_rate(WELCOME, heard["2"]) <= 0.25


def test_hot_words_steer_the_recogniser(server: FlashServer) -> None:
    context = json.dumps({"hotwords": [{"word": "达摩院"}, {"word": "FunASR"}]})
    answer = ask(server, body((AUDIO / "odd/mp3_named.wav").read_bytes(), corpus={"context": context}))
    assert (code(answer), "达摩院" in answer.json()["result"]["text"]) == ("20000000", True)


@pytest.mark.drill
def test_many_hot_words_make_no_text_repeat_itself(cache: Path) -> None:
    names = "Kubernetes 图灵 Flashweb 章北海 林薇 OpenCC Zenith Wang 银杏树 Volcengine"
    recogniser = Whisper(cache=cache)
    for clip, text in (("zh_welcome.wav", WELCOME), ("zh_percent.mp3", PERCENT)):
        rows = recogniser.recognise(
            decode(AUDIO / clip)[0], RecognizerOptions(hot_words=tuple(names.split())), lambda: False
        )
        assert error_rate(text, "".join(row.text for row in rows)) <= 0.25


@pytest.mark.parametrize("level", [0.0, 0.05])
def test_silence_and_noise_are_silence(server: FlashServer, level: float) -> None:
    noise = numpy.random.default_rng(1).normal(size=32000) * level * 32767
    answer = ask(server, body(noise.astype("<i2").tobytes(), {"format": "raw"}))
    assert (code(answer), answer.json()["result"]) == ("20000003", {"additions": {"duration": "2000"}, "text": ""})


def test_a_recogniser_stops_once_the_client_has_left(cache: Path) -> None:
    samples = decode(AUDIO / "zh_welcome.wav")[0]
    assert Whisper(cache=cache).recognise(samples, RecognizerOptions(), lambda: True) == []


def test_a_folder_without_a_model_is_told_at_once(cache: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be loaded"):
        Whisper(cache=cache, folder=tmp_path).recognise(
            numpy.zeros(16000, numpy.float32), RecognizerOptions(), lambda: False
        )


def test_the_embedded_model_is_joined_once_and_by_any_number_at_once(tmp_path: Path) -> None:
    script = "import pathlib, sys; from transcripts.flashserver import model; "
    script += "print(model.install_model(pathlib.Path(sys.argv[1])))"
    command = [sys.executable, "-c", script, str(tmp_path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    folders = {process.communicate(timeout=60)[0].strip() for process in running}
    folder = install_model(tmp_path)
    assert folders == {str(folder)}
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]
    assert {path.name for path in folder.iterdir()} == {"config.json", "tokenizer.json", "vocabulary.txt", "model.bin"}


def test_a_cache_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ModelError, match="cannot be stored"):
        install_model(tmp_path / "file" / "models")
