// Runs before the first paint, so that a chosen appearance never flashes in the other one.
(function () {
  try {
    const theme = localStorage.getItem("flashweb.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // No storage: the system's appearance it is.
  }
})();
