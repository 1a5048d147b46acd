/**
 * Dragging a card: by mouse and pen as soon as they move, by a finger after a
 * long press, because a finger that moves at once scrolls. Everything is also
 * in the menu of the card and on the keyboard.
 */
interface Hooks {
  onStart: () => void;
  onOver: (target: Element | null) => void;
  onDrop: (target: Element | null) => void;
  onCancel: () => void;
}

const THRESHOLD = 6;
/** A finger trembles. */
const TREMBLE = 10;
const LONG_PRESS_MS = 350;
const EDGE = 48;
const STEP = 12;

let active = false;
let pressed = false;

/**
 * A browser decides at the touch whether it scrolls by itself, so the board
 * listens before there is a drag; and a long press must not open the menu of
 * the link underneath.
 */
export function holdTouch(board: HTMLElement): () => void {
  const hold = (e: TouchEvent): void => { if (active && e.cancelable) e.preventDefault(); };
  const quiet = (e: Event): void => { if (active || pressed) e.preventDefault(); };
  board.addEventListener("touchmove", hold, { passive: false });
  board.addEventListener("contextmenu", quiet);
  return () => {
    board.removeEventListener("touchmove", hold);
    board.removeEventListener("contextmenu", quiet);
  };
}

export function startDrag(down: PointerEvent, hooks: Hooks): void {
  if (down.button !== 0 || !down.isPrimary || active || pressed) return;
  const isTouch = down.pointerType === "touch";
  const card = down.currentTarget as HTMLElement;
  const board = card.closest<HTMLElement>(".board");
  let rect = card.getBoundingClientRect();
  let ghost: HTMLElement | null = null;
  let last: Element | null = null;
  let x = down.clientX;
  let y = down.clientY;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let frame = 0;

  const begin = (): void => {
    active = true;
    rect = card.getBoundingClientRect();
    ghost = card.cloneNode(true) as HTMLElement;
    ghost.classList.add("ghost");
    ghost.inert = true;
    ghost.style.setProperty("width", `${rect.width}px`);
    document.body.append(ghost);
    document.documentElement.classList.add("dragging");
    getSelection()?.removeAllRanges();
    if (isTouch) navigator.vibrate?.(12);
    hooks.onStart();
    follow();
    frame = requestAnimationFrame(scroll);
  };
  const follow = (): void => {
    ghost!.style.setProperty("translate", `${rect.left + x - down.clientX}px ${rect.top + y - down.clientY}px`);
    last = document.elementFromPoint(x, y);
    hooks.onOver(last);
  };
  /** A pointer that rests at the edge goes on to the next column. */
  const scroll = (): void => {
    if (!ghost) return;
    const b = board?.getBoundingClientRect();
    const step = !b ? 0 : x > b.right - EDGE ? STEP : x < b.left + EDGE ? -STEP : 0;
    if (step !== 0) {
      board!.scrollLeft += step;
      follow();
    }
    frame = requestAnimationFrame(scroll);
  };
  const move = (e: PointerEvent): void => {
    if (e.pointerId !== down.pointerId) return;
    x = e.clientX;
    y = e.clientY;
    if (ghost) return follow();
    const far = Math.hypot(x - down.clientX, y - down.clientY);
    if (isTouch ? far > TREMBLE : far >= THRESHOLD) {
      if (isTouch) return end();
      begin();
    }
  };
  const end = (): void => {
    clearTimeout(timer);
    cancelAnimationFrame(frame);
    removeEventListener("pointermove", move);
    removeEventListener("pointerup", up);
    removeEventListener("pointercancel", cancel);
    removeEventListener("keydown", key, true);
    ghost?.remove();
    ghost = null;
    active = false;
    pressed = false;
    document.documentElement.classList.remove("dragging");
  };
  const up = (e: PointerEvent): void => {
    if (e.pointerId !== down.pointerId) return;
    const dragged = ghost !== null;
    end();
    if (!dragged) return;
    // The click that follows belongs to the drag.
    const swallow = (click: MouseEvent): void => { click.preventDefault(); click.stopPropagation(); };
    addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => removeEventListener("click", swallow, { capture: true }), 50);
    hooks.onDrop(last);
  };
  const cancel = (): void => {
    const dragged = ghost !== null;
    end();
    if (dragged) hooks.onCancel();
  };
  const key = (e: KeyboardEvent): void => {
    if (e.key === "Escape") { e.preventDefault(); e.stopPropagation(); cancel(); }
  };
  pressed = isTouch;
  if (isTouch) timer = setTimeout(begin, LONG_PRESS_MS);
  addEventListener("pointermove", move);
  addEventListener("pointerup", up);
  addEventListener("pointercancel", cancel);
  addEventListener("keydown", key, true);
}
