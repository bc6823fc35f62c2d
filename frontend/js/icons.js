// Our own icons, drawn on 24 by 24 with one line; colour and size come from where they stand.

const PATHS = {
  logo: "M3 17h18M6.5 17a5.5 5.5 0 0 1 11 0M12 4.5v3M4.6 8.4l2 2M19.4 8.4l-2 2M9 20.5h6",
  send: "M12 19.5V5M5.5 11.5 12 5l6.5 6.5",
  stop: "M7.5 7.5h9v9h-9z",
  retry: "M19.5 12a7.5 7.5 0 1 1-2.3-5.4M19.5 3.8v4h-4",
  copy: "M9 8.5h9.5v11H9zM5.5 15.5v-11H15",
  check: "m5 12.5 4.5 4.5L19 7.5",
  up: "M7.5 10.5 11 4c1.6 0 2.4 1 2.2 2.6l-.5 3.4h4.9c1.3 0 2.1 1.1 1.8 2.3l-1.4 5.6c-.2.9-1 1.6-2 1.6H7.5M4 10.5h3.5v9H4z",
  down: "M16.5 13.5 13 20c-1.6 0-2.4-1-2.2-2.6l.5-3.4H6.4c-1.3 0-2.1-1.1-1.8-2.3L6 6.1c.2-.9 1-1.6 2-1.6h8.5M20 13.5h-3.5v-9H20z",
  flag: "M6 20.5V4.5c4-2 7.5 2 12.5 0v9c-5 2-8.5-2-12.5 0",
  plus: "M12 5v14M5 12h14",
  close: "m6.5 6.5 11 11M17.5 6.5l-11 11",
  menu: "M4.5 7h15M4.5 12h15M4.5 17h9",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM15.5 15.5l4.5 4.5",
  archive: "M4 5h16v4H4zM5.5 9v10h13V9M10 13h4",
  pin: "M9 4h6l-.8 6 2.8 3.5H7L9.8 10zM12 13.5V20.5",
  pencil: "m5 19 .8-3.8L16 5l3 3L8.8 18.2z",
  trash: "M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7M10.5 10.5v5.5M13.5 10.5v5.5",
  more: "M5.2 12a.7.7 0 1 0 1.4 0 .7.7 0 1 0-1.4 0M11.3 12a.7.7 0 1 0 1.4 0 .7.7 0 1 0-1.4 0M17.4 12a.7.7 0 1 0 1.4 0 .7.7 0 1 0-1.4 0",
  arrow: "M12 5v14M6 13l6 6 6-6",
  next: "M5 12h14M13 6l6 6-6 6",
  warning: "M12 4.5 21 19.5H3zM12 10v4.5M12 17.2v.01",
  info: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM12 11v5.5M12 7.7v.01",
  offline: "M4 4l16 16M8.7 13.9a5 5 0 0 1 6.7.1M5.5 10.7a9.5 9.5 0 0 1 3.6-2.2M12.5 7.7c2.3.1 4.4 1.1 6 2.7M12 18v.01",
  eye: "M2.5 12c2.4-4.3 5.6-6.5 9.5-6.5s7.1 2.2 9.5 6.5c-2.4 4.3-5.6 6.5-9.5 6.5S4.9 16.3 2.5 12ZM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
  sun: "M12 16.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
  moon: "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10Z",
  auto: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM12 3.5v17M12 8l5.5 -1.5M12 12h8.3M12 16l5.5 1.5",
  globe:
    "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM3.5 12h17M12 3.5c3 2.5 4 5.3 4 8.5s-1 6-4 8.5c-3-2.5-4-5.3-4-8.5s1-6 4-8.5Z",
  person: "M12 11.5a3.7 3.7 0 1 0 0-7.4 3.7 3.7 0 0 0 0 7.4ZM4.5 20c.8-3.7 3.6-5.5 7.5-5.5s6.7 1.8 7.5 5.5",
  print: "M7.5 9V4h9v5M7.5 17H4V9h16v8h-3.5M7.5 14h9v6h-9z",
  export: "M12 4v11M7.5 10.5 12 15l4.5-4.5M4.5 15.5v4h15v-4",
  map: "M9 19.5 3.5 17V4.5L9 7l6-2.5L20.5 7v12.5L15 17zM9 7v12.5M15 4.5V17",
  speaker: "M4.5 9.5v5H8l4.5 4v-13L8 9.5zM16 9a4.2 4.2 0 0 1 0 6M18.5 6.5a7.8 7.8 0 0 1 0 11",
  logout: "M13.5 4.5h-8v15h8M10 12h10.5M17 8.5l3.5 3.5-3.5 3.5",
  spark: "M12 3.5c.7 5 3 7.5 8 8.5-5 1-7.3 3.5-8 8.5-.7-5-3-7.5-8-8.5 5-1 7.3-3.5 8-8.5Z",
  clock: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM12 7.5V12l3 2",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  palm: "M12.5 9C11.5 13 11 16.5 11.2 20.5M12.5 9C10.5 6 7.5 5.5 4.5 8M12.5 9C9.5 9 7.5 10.5 7 13.5M12.5 9c.5-3.5 3-5 6-4M12.5 9c3.5-.5 6 1 6.8 4M7 20.5h9",
  mic: "M12 14.5a3 3 0 0 0 3-3v-5a3 3 0 0 0-6 0v5a3 3 0 0 0 3 3ZM5.8 11.5a6.2 6.2 0 0 0 12.4 0M12 17.7v3M9 20.7h6",
  heart:
    "M12 19.5C6.5 15.5 4 12.6 4 9.3 4 6.9 5.8 5 8 5c1.7 0 3.2 1 4 2.6C12.8 6 14.3 5 16 5c2.2 0 4 1.9 4 4.3 0 3.3-2.5 6.2-8 10.2Z",
  pen: "M6.5 3.5h7l4 4v13h-11zM13.5 3.5v4h4M9.5 12h5M9.5 15.5h5",
  cat: "M5 19.5c-1-3-1-6 0-8.5V4.5l4 3a9 9 0 0 1 6 0l4-3V11c1 2.5 1 5.5 0 8.5-2 .9-4.5 1.3-7 1.3s-5-.4-7-1.3ZM9 12.5v.8M15 12.5v.8M12 15.5v1M10.5 17.5c1 .6 2 .6 3 0",
  chat: "M4 5.5h16v11h-8.5L7 20v-3.5H4zM8.5 11h.01M12 11h.01M15.5 11h.01",
};
const SVG = "http://www.w3.org/2000/svg";

/** An icon; hidden from screen readers, since words stand beside it or on its button. An unknown name is a chat. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name] ?? PATHS.chat);
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.append(path);
  return svg;
}

/** Puts the icons where the page's file asks for them by `data-icon`. */
export function placeIcons(root = document) {
  for (const element of root.querySelectorAll("[data-icon]")) element.prepend(icon(element.dataset.icon));
}
