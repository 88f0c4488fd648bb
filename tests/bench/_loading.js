// Clicks a word in every frame until the sound plays from it, and notes when. Times are milliseconds since the start
// of the navigation.
const { row, text, rows, index, from, start } = WANTED;
const times = { text: 0, click: 0 };
window.loading = times;
let done = false;
let node = null;

document.addEventListener("playing", () => { if (done) times.click ||= performance.now(); }, true);

// It looks at few elements in a frame, lest looking take longer in the page that has more of them.
function frame() {
  if (!times.text && document.readyState !== "loading" && document.querySelectorAll(row).length >= rows) {
    times.text = -1;
    requestAnimationFrame(() => { times.text = performance.now(); });
  }
  const audio = document.querySelector("audio");
  node ??= target();
  if (node && audio && !done) click(node, audio);
  if (!done || !times.text) requestAnimationFrame(frame);
}

function target() {
  const found = document.querySelectorAll(row)[index];
  return (found && (text ? found.querySelector(text) : found))?.firstChild;
}

function click(place, audio) {
  const range = document.createRange();
  range.setStart(place, from);
  range.setEnd(place, from + 1);
  const box = range.getBoundingClientRect();
  if (!box.width) return;
  const at = { clientX: box.x + box.width / 2, clientY: box.y + box.height / 2, bubbles: true, cancelable: true };
  place.parentElement.dispatchEvent(new MouseEvent("click", { ...at, button: 0, detail: 1 }));
  if (audio.paused) return;
  done = Math.abs(audio.currentTime * 1000 - start) < 1;
  if (!done) audio.pause();
}

requestAnimationFrame(frame);
