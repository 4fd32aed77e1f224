// The moment that is shown beside the timeline: written over by accident of names, its owner puts it back.

export function makeMoment() {
  throw new Error("moment.js was overwritten by the module now called phrases.js: put it back");
}
