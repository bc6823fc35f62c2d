// Before the first paint: theme and language, so that nothing flashes, and the texts of that language, so that no module
// waits for them. A plain script, since modules come later.
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
  const isForeign = language !== root.lang;
  if (isForeign) {
    root.lang = language;
    root.dataset.filling = "";
  }
  for (const part of ["", "-pages", ...(isForeign ? ["-prose"] : [])]) {
    const link = document.createElement("link");
    link.rel = "modulepreload";
    link.href = `js/texts/${language}${part}.js`;
    document.head.append(link);
  }
})();
