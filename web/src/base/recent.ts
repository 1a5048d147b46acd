/** What somebody opened lately, kept in this browser. */
export interface Recent { entity: string; id: string; title: string }
const KEY = "perigee.recent";
const MAX = 12;

export function recents(): Recent[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(list) ? list.filter((r) => typeof r?.id === "string") : [];
  } catch {
    return [];
  }
}

export function remember(entry: Recent): void {
  const rest = recents().filter((r) => r.id !== entry.id);
  localStorage.setItem(KEY, JSON.stringify([entry, ...rest].slice(0, MAX)));
}

export const forgetRecents = (): void => localStorage.removeItem(KEY);
