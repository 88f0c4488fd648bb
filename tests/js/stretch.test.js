import assert from "node:assert/strict";
import test from "node:test";

import { Stretch } from "../../static/js/lib/stretch.js";

/** A player that tells what it does, as browsers do. */
class Sound extends EventTarget {
  paused = true;
  playbackRate = 1;
  #seconds = 0;

  get currentTime() {
    return this.#seconds;
  }

  set currentTime(seconds) {
    this.#seconds = seconds;
    this.dispatchEvent(new Event("seeking"));
  }

  play() {
    this.paused = false;
    this.dispatchEvent(new Event("playing"));
  }

  pause() {
    this.paused = true;
    this.dispatchEvent(new Event("pause"));
  }

  /** @param {number} seconds */
  reach(seconds) {
    this.#seconds = seconds;
    this.dispatchEvent(new Event("timeupdate"));
  }
}

function begin() {
  const [sound, told, end] = [new Sound(), [], new AbortController()];
  const stretch = new Stretch(sound, end.signal, (plays) => told.push(plays));
  sound.currentTime = 1;
  sound.play();
  stretch.hold(1000, 3000);
  return { sound, told, stretch, end };
}

test("a stretch ends where it ends", () => {
  const { sound, told, stretch } = begin();
  sound.reach(2.9);
  assert.deepEqual([sound.paused, told], [false, [true]]);
  sound.reach(3.02);
  assert.deepEqual([sound.paused, sound.currentTime, told], [true, 3, [true, false]]);
  sound.play();
  sound.reach(3.5);
  assert.equal(sound.paused, false);
  stretch.leave();
});

test("who pauses or goes elsewhere is left alone", () => {
  for (const leave of [(sound) => sound.pause(), (sound) => (sound.currentTime = 9)]) {
    const { sound, told } = begin();
    leave(sound);
    assert.deepEqual(told, [true, false]);
    sound.play();
    sound.reach(9);
    assert.equal(sound.paused, false);
  }
});

test("a seek within it goes on, another stretch takes its place", () => {
  const { sound, told, stretch } = begin();
  sound.currentTime = 2;
  assert.deepEqual(told, [true]);
  stretch.hold(2000, 5000);
  sound.reach(3.5);
  assert.deepEqual([sound.paused, told], [false, [true, false, true]]);
  sound.reach(5);
  assert.deepEqual([sound.paused, told], [true, [true, false, true, false]]);
});

test("it ends with the page", () => {
  const { sound, told, end } = begin();
  end.abort();
  sound.reach(3.5);
  assert.deepEqual([sound.paused, told], [false, [true, false]]);
});
