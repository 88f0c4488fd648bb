// In every frame: the word that ought to be marked at the audio's time, and the one that is. How late a word is marked
// is how far the audio had gone beyond its start in the first frame that showed it, in real time. A word that was never
// shown counts to the frame in which the next one was due.
const audio = document.querySelector("audio");
const rows = document.querySelectorAll("[data-utterance]");
const late = [];
window.played = null;
let shown = -1;

function due(ms) {
  let low = 0;
  let high = WANTED.words.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (WANTED.words[middle][3] <= ms) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function marked(index) {
  const [range] = CSS.highlights.get("current-word") ?? [];
  const [row, from, to] = WANTED.words[index] ?? [];
  if (!range || row === undefined) return false;
  return range.startOffset === from && range.endOffset === to && rows[row].contains(range.startContainer);
}

let begun = 0;
let word = -1;
function frame(now) {
  const ms = audio.currentTime * 1000;
  const index = due(ms);
  if (word < 0) word = index;
  else if (index !== word) {
    // The word before was over without having been seen.
    if (shown !== word && index > word) late.push((ms - WANTED.words[word][3]) / WANTED.rate);
    word = index;
  }
  if (word >= 0 && shown !== word && marked(word)) {
    late.push((ms - WANTED.words[word][3]) / WANTED.rate);
    shown = word;
  }
  if (now - begun < WANTED.seconds * 1000) requestAnimationFrame(frame);
  else {
    audio.pause();
    window.played = late.slice(1);
  }
}

audio.currentTime = WANTED.at / 1000;
audio.playbackRate = WANTED.rate;
audio.addEventListener("playing", () => requestAnimationFrame((now) => { begun = now; frame(now); }), { once: true });
audio.play();
