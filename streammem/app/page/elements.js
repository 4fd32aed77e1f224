// Making elements. Text is always text, never markup.

/** A new element with a class and a text. */
export function make(tag, name = "", text = undefined) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== undefined && text !== null) made.textContent = text;
  return made;
}

/** A button that does something. */
export function button(text, act, name = "") {
  const made = make("button", name, text);
  made.type = "button";
  if (act) made.addEventListener("click", act);
  return made;
}

let labels = 0;

/** A form field under its label, with a hint below it where one is given. */
export function labelled(text, field, hint = "") {
  field.id ||= `field-${++labels}`;
  const label = make("label", "field");
  label.htmlFor = field.id;
  label.append(make("span", "", text), field);
  if (hint) {
    const told = make("small", "", hint);
    told.id = `${field.id}-hint`;
    field.setAttribute("aria-describedby", told.id);
    label.append(told);
  }
  return label;
}

/** A choice: pairs of [value, text]. */
export function choice(entries, name = "") {
  const made = make("select", name);
  for (const [value, text] of entries) {
    const option = make("option", "", text);
    option.value = value;
    made.append(option);
  }
  return made;
}

/** A list of names and values: pairs of [name, value]. Only what changed is written. */
export function pairs(list, entries) {
  const now = [...list.children];
  if (now.length === 2 * entries.length && entries.every(([name], i) => now[2 * i].textContent === name)) {
    entries.forEach(([, value], i) => write(now[2 * i + 1], value));
    return;
  }
  list.replaceChildren(...entries.flatMap(([name, value]) => [make("dt", "", name), make("dd", "time", value)]));
}

/** Write a text only where it is another: nothing is laid out twice, and no screen reader hears it twice. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
