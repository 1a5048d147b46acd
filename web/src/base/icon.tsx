declare const ICONS_URL: string;
import names from "./icons.json";

const known = new Set<string>(names);

/** An icon of the sheet; a name that a package asks for in vain becomes a box. */
export function Icon({ name, class: cls }: { name: string; class?: string }) {
  const id = known.has(name) ? name : "box";
  return (
    <svg class={cls ? `i ${cls}` : "i"} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <use href={`${ICONS_URL}#${id}`} />
    </svg>
  );
}
