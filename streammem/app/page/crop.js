// Pictures to ask with: cut from what is on screen, or taken from a file, never larger than the server needs.

import { make } from "./elements.js";

const LONGEST = 1280, SMALLEST_PX = 16, PNG_BELOW_PX = 160 * 160, QUALITY = 0.95;

const encoded = (canvas, type) => new Promise((resolve, reject) => {
  canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the browser could not write this picture"))), type, QUALITY);
});

function drawn(source, [x, y, width, height], [wide, high]) {
  const canvas = make("canvas");
  canvas.width = wide;
  canvas.height = high;
  const context = canvas.getContext("2d", { alpha: false });
  context.imageSmoothingQuality = "high";
  context.drawImage(source, x, y, width, height, 0, 0, wide, high);
  return canvas;
}

/** The pixels of a box: [x, y, width, height], at least one pixel each way. */
export function pixels([left, top, right, bottom], width, height) {
  const x = Math.floor(left * width), y = Math.floor(top * height);
  return [x, y, Math.max(Math.min(Math.ceil(right * width), width) - x, 1), Math.max(Math.min(Math.ceil(bottom * height), height) - y, 1)];
}

/** The part of a canvas or image within a box, as it is: small ones as PNG, so that nothing of them is lost. */
export async function cut(source, box) {
  const part = pixels(box, source.naturalWidth || source.width, source.naturalHeight || source.height);
  if (Math.min(part[2], part[3]) < SMALLEST_PX) throw new Error(`that box is only ${part[2]} × ${part[3]} pixels: draw a larger one`);
  const canvas = drawn(source, part, part.slice(2));
  return encoded(canvas, part[2] * part[3] < PNG_BELOW_PX ? "image/png" : "image/jpeg");
}

/** A picture from a file, upright, no longer than 1280 pixels, as JPEG. */
export async function shrunk(file) {
  const picture = await opened(file);
  const width = picture.naturalWidth || picture.width, height = picture.naturalHeight || picture.height;
  const scale = Math.min(1, LONGEST / Math.max(width, height));
  const canvas = drawn(picture, [0, 0, width, height], [width, height].map((side) => Math.max(Math.round(side * scale), 1)));
  picture.close?.();
  return encoded(canvas, "image/jpeg");
}

/** A file or an answer as something that can be drawn. */
export async function opened(file) {
  const wrong = new Error(`${file.name || "this"} is no picture that this browser can read: use a JPEG, PNG or WebP file`);
  if (typeof createImageBitmap === "function") return createImageBitmap(file).catch(() => { throw wrong; });
  const picture = make("img"), place = URL.createObjectURL(file);
  picture.src = place;
  await picture.decode().catch(() => { throw wrong; }).finally(() => URL.revokeObjectURL(place));
  return picture;
}

/** A small picture as text, to be kept over a reload. */
export function asText(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(reader.result));
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(blob);
  });
}

/** The picture that `asText` wrote. */
export function fromText(text) {
  const [, type, data] = /^data:(image\/[a-z]+);base64,(.*)$/.exec(text) ?? [];
  if (!data) return null;
  return new Blob([Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0))], { type });
}
