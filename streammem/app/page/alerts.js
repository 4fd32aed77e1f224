// Alerts of the live page.

import { make } from "./elements.js";

/** Draw it into `root`. */
export function mount(root, app) {
  root.append(make("h2", "", "Alerts"));
}
