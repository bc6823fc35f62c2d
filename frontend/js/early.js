// Before the first paint: theme and language, so that nothing flashes, and the texts of that language, so that no module
// waits for them. A plain script, since modules come later.
(() => {
  // What a provider or a mail brings is put away first, and the address that held it is left by a real redirect: the
  // browser's history would keep an address that only history.replaceState took away.
  if (/^#(?:social_code|social_error|token)=/.test(location.hash)) {
    try {
      sessionStorage.setItem("haru.brought", location.hash.slice(1));
      location.replace(location.pathname + location.search);
      return;
    } catch {
      // storage may be forbidden: brought() then reads the address itself
    }
  }
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
