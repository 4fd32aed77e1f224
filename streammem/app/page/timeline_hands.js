// Hands on the timeline: drag, fling, pinch, wheel. What they mean is the caller's.

const DRAG_PX = 5, SLOWEST = 0.02, FRICTION = 0.994;  // px/ms, and what is left of a fling's speed after a millisecond
const REST_MS = 300;  // without a touch, and the next one looks anew where the element is

/** Watch `element`: `pan(pixels)` towards later, `zoom(times, x)` around a place, `still()` when the hands are off. */
export function hands(element, { pan, zoom, still }) {
  const down = new Map();  // pointer id -> {x, t}
  let dragging = false, from = 0, speed = 0, fling = 0, left = 0, touched_ms = -Infinity;

  /** Where on the element; while a hand is on it that is not asked of the browser, which would lay out the page for it. */
  function inside(pointer) {
    if (pointer.timeStamp - touched_ms > REST_MS) ({ left } = element.getBoundingClientRect());
    touched_ms = pointer.timeStamp;
    return pointer.clientX - left;
  }

  function stop() {
    cancelAnimationFrame(fling);
    fling = 0;
  }

  function glide() {
    if (Math.abs(speed) < SLOWEST || matchMedia("(prefers-reduced-motion: reduce)").matches) return still();
    let before = performance.now();
    const step = (time) => {
      const passed = Math.min(Math.max(time - before, 0), 64);
      before = time;
      pan(-speed * passed);
      speed *= FRICTION ** passed;
      if (Math.abs(speed) < SLOWEST) return still();
      fling = requestAnimationFrame(step);
    };
    fling = requestAnimationFrame(step);
  }

  element.addEventListener("pointerdown", (pointer) => {
    if (pointer.button !== 0 || down.size >= 2) return;
    stop();
    down.set(pointer.pointerId, { x: inside(pointer), t: pointer.timeStamp });
    from = inside(pointer);
    speed = 0;
    if (down.size === 1) dragging = false;
  });

  element.addEventListener("pointermove", (pointer) => {
    const held = down.get(pointer.pointerId);
    if (!held) return;
    const x = inside(pointer), [a, b] = [...down.values()];
    if (!dragging && down.size === 1 && Math.abs(x - from) < DRAG_PX) return;
    if (!dragging) {
      dragging = true;
      for (const id of down.keys()) element.setPointerCapture(id);
      element.classList.add("dragging");
    }
    if (down.size === 2) {
      const before = Math.max(Math.abs(a.x - b.x), 12), middle = (a.x + b.x) / 2;
      held.x = x;
      pan(middle - (a.x + b.x) / 2);
      zoom(Math.max(Math.abs(a.x - b.x), 12) / before, (a.x + b.x) / 2);
      speed = 0;
    } else {
      const passed = Math.max(pointer.timeStamp - held.t, 1);
      pan(held.x - x);
      speed = 0.6 * ((x - held.x) / passed) + 0.4 * speed;
    }
    Object.assign(held, { x, t: pointer.timeStamp });
  });

  const up = (pointer) => {
    const held = down.get(pointer.pointerId);
    if (!held) return;
    down.delete(pointer.pointerId);
    if (down.size || !dragging) return;
    element.classList.remove("dragging");
    if (pointer.timeStamp - held.t > 60) speed = 0;  // it was held still before it was let go
    glide();
  };
  element.addEventListener("pointerup", up);
  element.addEventListener("pointercancel", up);

  element.addEventListener("click", (click) => {  // the end of a drag is no click on what happens to lie under it
    if (!dragging) return;
    dragging = false;
    click.stopPropagation();
    click.preventDefault();
  }, true);

  element.addEventListener("wheel", (wheel) => {
    const unit = wheel.deltaMode === WheelEvent.DOM_DELTA_LINE ? 20 : wheel.deltaMode === WheelEvent.DOM_DELTA_PAGE ? 400 : 1;
    const sideways = wheel.shiftKey && !wheel.deltaX ? wheel.deltaY : wheel.deltaX;
    if (wheel.ctrlKey || wheel.metaKey || wheel.altKey) {
      wheel.preventDefault();
      zoom(Math.exp(-unit * Math.max(Math.min(wheel.deltaY, 120), -120) * (wheel.ctrlKey && Math.abs(wheel.deltaY) < 40 ? 0.01 : 0.003)), inside(wheel));
    } else if (Math.abs(sideways) > Math.abs(wheel.shiftKey ? 0 : wheel.deltaY)) {
      wheel.preventDefault();
      pan(unit * sideways);
    } else return;
    stop();
    still();
  }, { passive: false });
}
