// Sets the theme that was chosen before anything is painted, so that nothing flashes. It is a
// classic script for that reason: modules run after the first paint. appearance.js does the rest.
try {
  const theme = localStorage.getItem("scrivener.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage that is turned off means: as the system has it.
}
