// Before the first paint: theme and language, so that nothing flashes. A plain script, since modules come later.
(() => {
  const root = document.documentElement;
  const kept = (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null; // storage may be forbidden
    }
  };
  const theme = kept("haru.theme");
  if (theme) root.dataset.theme = theme;
  root.dataset.member = kept("haru.refresh") ? "yes" : "no";
  const language = kept("haru.language") ?? (/^ko\b/i.test(navigator.language) ? "ko" : "en");
  if (language !== root.lang) {
    root.lang = language;
    root.dataset.filling = "";
  }
})();
