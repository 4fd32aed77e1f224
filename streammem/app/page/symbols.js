// Symbols of the timeline and the panels, put beside those of index.html.

const SVG = "http://www.w3.org/2000/svg";
const PATHS = {
  left: "M12 4.5 6.5 10l5.5 5.5",
  right: "M8 4.5 13.5 10 8 15.5",
  plus: "M10 4.5v11M4.5 10h11",
  minus: "M4.5 10h11",
  fit: "M3 5v10M17 5v10M6 10h8M8.3 7.5 5.8 10l2.5 2.5M11.7 7.5l2.5 2.5-2.5 2.5",
  now: "M5 4.5 10.5 10 5 15.5M14.5 4.5v11",
  zoom: "M8.8 3.5a5.3 5.3 0 1 1 0 10.6 5.3 5.3 0 0 1 0-10.6zM12.8 12.8l4 4M8.8 6.5v4.6M6.5 8.8h4.6",
  stop: "M5.5 5.5h9v9h-9z",
  remove: "M4 5.8h12M8 5.5V3.8h4v1.7M5.5 5.8l.8 10.7h7.4l.8-10.7M8.5 8.8v5M11.5 8.8v5",
  eye: "M2.5 10s2.8-5 7.5-5 7.5 5 7.5 5-2.8 5-7.5 5-7.5-5-7.5-5zM10 7.8a2.2 2.2 0 1 1 0 4.4 2.2 2.2 0 0 1 0-4.4z",
};

/** Make them known to the page, once. */
export function addSymbols() {
  const board = document.querySelector("svg.symbols");
  for (const [name, d] of Object.entries(PATHS)) {
    if (document.getElementById(`icon-${name}`)) continue;
    const symbol = document.createElementNS(SVG, "symbol"), path = document.createElementNS(SVG, "path");
    symbol.id = `icon-${name}`;
    symbol.setAttribute("viewBox", "0 0 20 20");
    path.setAttribute("d", d);
    symbol.append(path);
    board.append(symbol);
  }
}
