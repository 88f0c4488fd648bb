"""Real speech with its true text, made harder to understand by noise and by a telephone's band."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from transcripts.audio.decode import decode
from transcripts.flashserver.recognizer import RATE_HZ, Samples

AUDIO = Path(__file__).parents[1] / "data" / "audio"
BAND_HZ = (300, 3400)


@dataclass(frozen=True)
class Clip:
    """`terms` are those of its words that people might teach. It ends after `seconds`."""

    file: str
    text: str
    terms: tuple[str, ...]
    seconds: float | None = None


CLIPS = (
    Clip(
        "en_jfk.flac",
        "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country.",
        ("Americans",),
    ),
    Clip("zh_welcome.wav", "欢迎大家来体验达摩院推出的语音识别模型", ("达摩院", "语音识别")),
    Clip(
        "zh_percent.mp3", "富士康在印度工厂出现大规模感染，目前工厂产量已下降超百分之五十", ("富士康", "印度", "产量")
    ),
    Clip(
        "en_sorrow.m4a",
        "It was the first great sorrow of his life. It was not so much the loss of the cotton itself, but the fantasy,"
        " the hopes, the dreams built around it.",
        ("sorrow", "cotton", "fantasy"),
    ),
    Clip(
        "en_phone_garage_stereo.ogg",
        "Thank you for calling Platinum Motors, the Northwest home for high-end autos. I'm Michelle, how can I help you"
        " today? Hi Michelle, my name is Jack. I'm calling in today because about two weeks ago I got a car from your"
        " dealership, and the service light came on already. And I know you guys handle a lot of your fixing, your"
        " mechanics are all in-house and in-shop, and I'm just a little baffled about how and why the light came on so"
        " soon, so I wanted to give you guys a call.",
        ("Platinum Motors", "Northwest", "Michelle", "Jack", "dealership", "mechanics"),
        43.6,
    ),
    Clip(
        "zh_autumn.ogg",
        "秋天总是那么富有诗意。树叶渐渐变红，街道旁的银杏树也开始落叶。人们穿上厚重的外套，享受着凉爽的秋风。黄昏时分，"
        "夕阳洒在街道上，给忙碌的一天增添了一抹温暖。无论是散步还是小憩，这个季节总能带来宁静和满足。清晨，薄雾笼罩大地，"
        "空气中弥漫着一丝清新的凉意。中午阳光明媚，照在身上暖洋洋的，仿佛是一场心灵的抚慰。傍晚时分，天空被染成了金黄和"
        "橙红，街上的行人脚步也不由得慢了下来，享受这份静谧和美好。你最喜欢哪个季节？",
        ("诗意", "银杏树", "夕阳", "一抹", "小憩", "薄雾", "抚慰", "橙红", "静谧"),
    ),
)


def read_clip(clip: Clip) -> Samples:
    sound: Samples = decode(AUDIO / clip.file).mean(axis=0)
    return sound[: round(clip.seconds * RATE_HZ)] if clip.seconds else sound


def make_harder(sound: Samples, chance: np.random.Generator, snr_db: float | None, is_phone: bool) -> Samples:
    if snr_db is not None:
        noise = chance.standard_normal(len(sound))
        loudness = np.sqrt(np.mean(sound**2)) / 10 ** (snr_db / 20)
        sound = (sound + noise * loudness).astype(np.float32)
    if is_phone:
        spectrum = np.fft.rfft(sound)
        hz = np.fft.rfftfreq(len(sound), 1 / RATE_HZ)
        spectrum[(hz < BAND_HZ[0]) | (hz > BAND_HZ[1])] = 0
        sound = np.fft.irfft(spectrum, len(sound)).astype(np.float32)
    return sound.clip(-1, 1)
