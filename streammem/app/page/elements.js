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

/** A form field under its label: `[label, field]`, to be put in a row. */
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

/** A list of names and values: pairs of [name, value, class of the value]. */
export function pairs(list, entries) {
  list.replaceChildren(...entries.flatMap(([name, value, kind]) => [make("dt", "", name), make("dd", kind ?? "time", value)]));
}

/** Write a text only where it is another: nothing is laid out twice, and no screen reader hears it twice. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
