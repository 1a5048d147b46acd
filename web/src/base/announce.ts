/** Tells people who do not see the screen what has just happened on it. */
let region: HTMLElement | null = null;

export function announce(text: string): void {
  if (!region) {
    region = document.createElement("div");
    region.className = "unseen";
    region.setAttribute("role", "status");
    region.setAttribute("aria-live", "polite");
    document.body.append(region);
  }
  // A region that exists already is read when its text changes.
  region.textContent = "";
  const target = region;
  setTimeout(() => { target.textContent = text; }, 30);
}
