// Read before anything is drawn, so that the page never shows the wrong colours first.
"use strict";
{
  const chosen = localStorage.getItem("streammem.theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
}
