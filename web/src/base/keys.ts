/**
 * Every key of the application, in one registry. The dialog behind `?` lists
 * what is registered at that moment, so it cannot be out of date.
 */
import { useLayoutEffect } from "preact/hooks";
import { signal } from "@preact/signals";

export interface Key {
  /** "ctrl+k", "e", "g d", "?"; ctrl also means the command key of a Mac. */
  keys: string;
  label: string;
  run: (event: KeyboardEvent) => void;
  /** Also while typing in a field. */
  always?: boolean;
}

const layers: Key[][] = [];
export const keyTable = signal<Key[]>([]);

function publish(): void {
  const seen = new Set<string>();
  keyTable.value = [...layers].reverse().flat().filter((k) => !seen.has(k.keys) && !!seen.add(k.keys));
}

/** Keys of a component while it is on the screen; later layers win. */
export function useKeys(keys: Key[], deps: unknown[] = []): void {
  useLayoutEffect(() => {
    layers.push(keys);
    publish();
    return () => {
      layers.splice(layers.indexOf(keys), 1);
      publish();
    };
  }, deps);
}

export function isTyping(target: EventTarget | null): boolean {
  const e = target instanceof HTMLElement ? target : null;
  if (!e) return false;
  return e.isContentEditable || e.tagName === "TEXTAREA" || e.tagName === "SELECT" ||
    (e.tagName === "INPUT" && !["checkbox", "radio", "button"].includes((e as HTMLInputElement).type));
}

export function nameOf(event: KeyboardEvent): string {
  const key = event.key === " " ? "space" : event.key.toLowerCase();
  const named = event.key.length > 1;
  return [
    event.ctrlKey || event.metaKey ? "ctrl" : "",
    event.altKey ? "alt" : "",
    event.shiftKey && named ? "shift" : "",
    key,
  ].filter(Boolean).join("+");
}

let prefix = "";
let prefixUntil = 0;

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const name = nameOf(event);
  const typing = isTyping(event.target);
  const modal = document.querySelector("dialog[open]:modal");
  const full = prefix && Date.now() < prefixUntil ? `${prefix} ${name}` : name;
  prefix = "";
  const find = (wanted: string): Key | undefined => keyTable.value.find((k) => k.keys === wanted);
  const key = find(full) ?? find(name);
  if (key && (!typing || key.always) && (!modal || key.always)) {
    event.preventDefault();
    key.run(event);
  } else if (!typing && !modal && keyTable.value.some((k) => k.keys.startsWith(`${name} `))) {
    prefix = name;
    prefixUntil = Date.now() + 1200;
  }
}

export function listenForKeys(): void {
  document.addEventListener("keydown", onKey);
}
