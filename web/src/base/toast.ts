/** One line at the foot of the screen after a change, with the way back. */
import { signal } from "@preact/signals";
import { announce } from "./announce.ts";

export interface Toast { id: number; text: string; tone: "plain" | "bad"; action?: { label: string; run: () => void } }

/** Ten seconds: the promise of the interface for an undo. */
const UNDO_MS = 10000;
const PLAIN_MS = 5000;

export const toast = signal<Toast | null>(null);
let timer: ReturnType<typeof setTimeout> | undefined;
let count = 0;

export function showToast(text: string, options: { action?: Toast["action"]; tone?: Toast["tone"] } = {}): void {
  clearTimeout(timer);
  count += 1;
  toast.value = { id: count, text, tone: options.tone ?? "plain", ...(options.action && { action: options.action }) };
  announce(text);
  holdToast(false);
}

export function hideToast(): void {
  clearTimeout(timer);
  toast.value = null;
}

/** It waits while somebody points at it or has the focus in it. */
export function holdToast(hold: boolean): void {
  clearTimeout(timer);
  if (!hold && toast.value)
    timer = setTimeout(hideToast, toast.value.action ? UNDO_MS : PLAIN_MS);
}
