// Runs before the first paint, so that a chosen appearance never flashes in the other one, and nothing moves the text
// when a newcomer is offered a tour (guided-tour.js).
(function () {
  try {
    const theme = localStorage.getItem("flashweb.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
    if (localStorage.getItem("flashweb.tour") === null) document.documentElement.dataset.newcomer = "";
  } catch {
    // No storage: the system's appearance it is.
  }
})();
