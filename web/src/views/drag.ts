/** Dragging by mouse or pen; a finger scrolls, and has the menu of the card. */
interface Hooks {
  onStart: () => void;
  onOver: (target: Element | null) => void;
  onDrop: (target: Element | null) => void;
  onCancel: () => void;
}

const THRESHOLD = 6;
const EDGE = 48;

export function startDrag(down: PointerEvent, hooks: Hooks): void {
  if (down.button !== 0 || down.pointerType === "touch") return;
  const card = down.currentTarget as HTMLElement;
  const rect = card.getBoundingClientRect();
  let ghost: HTMLElement | null = null;
  let last: Element | null = null;

  const begin = (): void => {
    ghost = card.cloneNode(true) as HTMLElement;
    ghost.classList.add("ghost");
    ghost.setAttribute("aria-hidden", "true");
    ghost.style.setProperty("width", `${rect.width}px`);
    document.body.append(ghost);
    document.documentElement.classList.add("dragging");
    getSelection()?.removeAllRanges();
    hooks.onStart();
  };
  const move = (e: PointerEvent): void => {
    if (!ghost) {
      if (Math.hypot(e.clientX - down.clientX, e.clientY - down.clientY) < THRESHOLD) return;
      begin();
    }
    ghost!.style.setProperty("translate", `${rect.left + e.clientX - down.clientX}px ${rect.top + e.clientY - down.clientY}px`);
    const board = card.closest<HTMLElement>(".board");
    if (board) {
      const b = board.getBoundingClientRect();
      if (e.clientX > b.right - EDGE) board.scrollLeft += 12;
      else if (e.clientX < b.left + EDGE) board.scrollLeft -= 12;
    }
    last = document.elementFromPoint(e.clientX, e.clientY);
    hooks.onOver(last);
  };
  const end = (): void => {
    removeEventListener("pointermove", move);
    removeEventListener("pointerup", up);
    removeEventListener("pointercancel", cancel);
    removeEventListener("keydown", key, true);
    ghost?.remove();
    document.documentElement.classList.remove("dragging");
  };
  const up = (): void => {
    const dragged = ghost !== null;
    end();
    if (!dragged) return;
    // The click that follows belongs to the drag.
    const swallow = (e: MouseEvent): void => { e.preventDefault(); e.stopPropagation(); };
    addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => removeEventListener("click", swallow, { capture: true }), 0);
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
  addEventListener("pointermove", move);
  addEventListener("pointerup", up);
  addEventListener("pointercancel", cancel);
  addEventListener("keydown", key, true);
}
