/** A screen of a phone: lists become cards, the menu a bar at the foot. */
import { signal } from "@preact/signals";

const query = globalThis.matchMedia?.("(max-width: 720px)");
export const narrow = signal(query?.matches ?? false);
query?.addEventListener("change", (e) => { narrow.value = e.matches; });
