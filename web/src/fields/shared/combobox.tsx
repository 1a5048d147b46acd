import { useEffect, useId, useRef, useState } from "preact/hooks";
import { t } from "../../base/i18n/index.ts";
import { announce } from "../../base/announce.ts";
import { Icon } from "../../base/icon.tsx";

export interface Choice { key: string; title: string; subtitle?: string; icon?: string }

interface Props {
  id: string;
  chosen: Choice | null;
  find: (text: string, abort: AbortSignal) => Promise<Choice[]>;
  onChoose: (choice: Choice | null) => void;
  label: string;
  invalid: boolean;
  required: boolean;
  describedBy: string | undefined;
}

/** The combobox of the WAI-ARIA patterns: type, choose from a list, or clear. */
export function Combobox(p: Props) {
  const [text, setText] = useState<string | null>(null);
  const [items, setItems] = useState<Choice[]>([]);
  const [at, setAt] = useState(0);
  const [state, setState] = useState<"closed" | "busy" | "open">("closed");
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const listId = useId();
  const open = state !== "closed";

  useEffect(() => {
    if (!open) return;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      p.find(text ?? "", abort.signal).then((found) => {
        setItems(found);
        setAt(0);
        setState("open");
        announce(found.length === 0 ? t("field.noref") : t("field.options", { n: found.length }));
      }, () => { if (!abort.signal.aborted) { setItems([]); setState("open"); } });
    }, text ? 120 : 0);
    return () => { clearTimeout(timer); abort.abort(); };
  }, [text, open]);

  useEffect(() => {
    const box = list.current;
    if (!open || !box) return;
    const place = (): void => {
      const r = input.current!.getBoundingClientRect();
      const below = innerHeight - r.bottom;
      const height = Math.min(280, Math.max(below, r.top) - 12);
      box.style.setProperty("inset-inline-start", `${r.left}px`);
      box.style.setProperty("width", `${r.width}px`);
      box.style.setProperty("max-height", `${height}px`);
      if (below < 200 && r.top > below) {
        box.style.setProperty("inset-block-start", "auto");
        box.style.setProperty("inset-block-end", `${innerHeight - r.top + 4}px`);
      } else {
        box.style.setProperty("inset-block-end", "auto");
        box.style.setProperty("inset-block-start", `${r.bottom + 4}px`);
      }
    };
    box.showPopover();
    place();
    addEventListener("scroll", place, true);
    addEventListener("resize", place);
    return () => { removeEventListener("scroll", place, true); removeEventListener("resize", place); };
  }, [open]);

  const close = (): void => { setState("closed"); setText(null); };
  const choose = (c: Choice | undefined): void => { if (c) p.onChoose(c); close(); };

  const onKeyDown = (e: KeyboardEvent): void => {
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      if (!open) return setState("busy");
      const n = items.length;
      if (n > 0) setAt((at + (e.key === "ArrowDown" ? 1 : n - 1)) % n);
    } else if (e.key === "Enter" && open && !(e.ctrlKey || e.metaKey)) {
      e.preventDefault();
      e.stopPropagation();
      if (state === "open") choose(items[at]);
    } else if (e.key === "Escape" && open) {
      e.preventDefault();
      e.stopPropagation();
      close();
    } else if (e.key === "Tab" && open && text && state === "open") {
      choose(items[at]);
    }
  };

  return (
    <span class="combo">
      <input ref={input} class="in" dir="auto" type="text" role="combobox" id={p.id} autocomplete="off" spellcheck={false}
        aria-expanded={open} aria-controls={listId} aria-autocomplete="list" placeholder={t("field.choose")}
        aria-activedescendant={open && items[at] ? `${listId}-${at}` : undefined}
        aria-invalid={p.invalid || undefined} aria-required={p.required || undefined} aria-describedby={p.describedBy}
        value={text ?? p.chosen?.title ?? ""}
        onFocus={(e) => e.currentTarget.select()}
        onClick={() => setState((s) => (s === "closed" ? "busy" : s))}
        onInput={(e) => { setText(e.currentTarget.value); setState((s) => (s === "closed" ? "busy" : s)); }}
        onBlur={() => { if (text === "" && p.chosen) p.onChoose(null); close(); }}
        onKeyDown={onKeyDown} />
      {p.chosen && !open
        ? <button type="button" class="in-clear" tabIndex={-1} aria-label={t("field.clear", { label: p.label })}
            onClick={() => { p.onChoose(null); input.current?.focus(); }}><Icon name="x" /></button>
        : <Icon name="chevron-down" class="in-mark" />}
      {open && (
        <div class="menu options" popover="manual" ref={list} id={listId} role="listbox" aria-label={p.label}>
          {items.map((c, i) => (
            <div key={c.key} id={`${listId}-${i}`} role="option" aria-selected={i === at} class="option"
              onPointerDown={(e) => { e.preventDefault(); choose(c); }} onPointerMove={() => setAt(i)}>
              {c.icon && <Icon name={c.icon} />}<span class="cut">{c.title}</span>
              {c.subtitle && <small class="cut">{c.subtitle}</small>}
            </div>
          ))}
          {items.length === 0 && <div class="option quiet" role="option" aria-disabled="true" aria-selected={false}>
            {state === "busy" ? t("list.loading") : t("field.noref")}</div>}
        </div>
      )}
    </span>
  );
}
