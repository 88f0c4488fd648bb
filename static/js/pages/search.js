// @ts-check
/** The page of the library's search: plays a row that was found, from its start to its end. */

const audio = new Audio();
/** @type {HTMLElement | null} */
let playing = null;

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-play]") : null;
  if (!(button instanceof HTMLElement)) return;
  if (button === playing) return stop();
  stop();
  play(button);
});

audio.addEventListener("timeupdate", () => {
  if (playing && audio.currentTime * 1000 >= Number(playing.dataset.end)) stop();
});
for (const name of ["ended", "error"]) audio.addEventListener(name, stop);

/** @param {HTMLElement} button */
function play(button) {
  playing = button;
  button.setAttribute("aria-pressed", "true");
  const address = button.dataset.play ?? "";
  if (audio.getAttribute("src") !== address) audio.src = address;
  audio.currentTime = Number(button.dataset.start) / 1000;
  audio.play().catch(() => {
    // Stopped before it began.
  });
}

function stop() {
  audio.pause();
  playing?.setAttribute("aria-pressed", "false");
  playing = null;
}
