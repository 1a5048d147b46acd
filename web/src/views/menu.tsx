import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Icon } from "../base/icon.tsx";

export interface Item {
  key: string;
  label: string;
  icon?: string;
  tone?: string;
  disabled?: string | undefined;
  checked?: boolean;
  danger?: boolean;
  /** The key that does the same. */
  hint?: string;
  /** A line above it. */
  heading?: string;
  run: () => void;
}

interface Props {
  label: string;
  items: Item[];
  class?: string;
  children: ComponentChildren;
  onOpen?: () => void;
  buttonRef?: (button: HTMLButtonElement | null) => void;
  tabIndex?: number;
  /** The words on the button are its name; the label only explains. */
  named?: boolean;
}

/** A button with a menu: arrows walk, Escape goes back, letters jump. */
export function Menu(p: Props) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();

  useEffect(() => {
    const box = list.current;
    if (!open || !box) return;
    box.showPopover();
    const r = button.current!.getBoundingClientRect();
    const size = box.getBoundingClientRect();
    const left = Math.max(8, Math.min(r.left, innerWidth - size.width - 8));
    const below = r.bottom + 4 + size.height <= innerHeight;
    box.style.setProperty("left", `${left}px`);
    box.style.setProperty("top", `${below ? r.bottom + 4 : Math.max(8, r.top - size.height - 4)}px`);
    (box.querySelector<HTMLElement>("[aria-checked=true]") ?? box.querySelector<HTMLElement>("[role^=menuitem]"))?.focus();
    const away = (e: PointerEvent): void => {
      if (!box.contains(e.target as Node) && !button.current!.contains(e.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", away, true);
    return () => document.removeEventListener("pointerdown", away, true);
  }, [open]);

  const close = (): void => { setOpen(false); button.current?.focus(); };
  const onKeyDown = (e: KeyboardEvent): void => {
    const all = [...list.current!.querySelectorAll<HTMLElement>("[role^=menuitem]")];
    const at = all.indexOf(document.activeElement as HTMLElement);
    const step = e.key === "ArrowDown" ? 1 : e.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) all[(at + step + all.length) % all.length]?.focus();
    else if (e.key === "Home") all[0]?.focus();
    else if (e.key === "End") all[all.length - 1]?.focus();
    else if (e.key === "Escape") close();
    else if (e.key === "Tab") { setOpen(false); return; }
    else if (e.key.length === 1 && /\S/.test(e.key) && !e.ctrlKey && !e.metaKey)
      [...all.slice(at + 1), ...all].find((x) => x.textContent!.trim().toLowerCase().startsWith(e.key.toLowerCase()))?.focus();
    else return;
    e.preventDefault();
    e.stopPropagation();
  };

  const checks = p.items.some((i) => i.checked !== undefined);
  return (
    <>
      <button type="button" class={p.class ?? "btn"} aria-haspopup="menu" aria-expanded={open} aria-controls={open ? id : undefined}
        aria-label={p.named ? undefined : p.label} title={p.label} tabIndex={p.tabIndex}
        ref={(b) => { button.current = b; p.buttonRef?.(b); }}
        onClick={(e) => { e.stopPropagation(); if (!open) p.onOpen?.(); setOpen(!open); }}>
        {p.children}
      </button>
      {open && (
        <div class="menu" popover="manual" role="menu" id={id} aria-label={p.label} ref={list} onKeyDown={onKeyDown}
          onClick={(e) => e.stopPropagation()}>
          {p.items.map((i) => (
            <div key={i.key} role="none">
              {i.heading && <div class="menu-heading" role="presentation">{i.heading}</div>}
              <button type="button" tabIndex={-1} class={`menu-item ${i.danger ? "danger" : ""}`}
                role={checks && i.checked !== undefined ? "menuitemradio" : "menuitem"}
                aria-checked={i.checked} aria-disabled={i.disabled ? true : undefined} title={i.disabled}
                onClick={() => { if (!i.disabled) { close(); i.run(); } }}>
                {i.tone ? <span class={`dot ${i.tone}`} /> : i.icon ? <Icon name={i.icon} /> : null}
                <span class="cut">{i.label}</span>
                {i.hint && <kbd class="end hide-s" aria-hidden="true">{i.hint}</kbd>}
                {i.checked && <Icon name="check" class="end" />}
              </button>
            </div>
          ))}
        </div>
      )}
    </>
  );
}
