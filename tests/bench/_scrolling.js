window.scrolled = false;
window.scrollTo(0, 0);
const step = () => {
  const end = document.documentElement.scrollHeight - innerHeight;
  if (scrollY >= end - 1) window.scrolled = true;
  else {
    window.scrollBy({ top: innerHeight * 0.8, behavior: "instant" });
    requestAnimationFrame(step);
  }
};
requestAnimationFrame(step);
