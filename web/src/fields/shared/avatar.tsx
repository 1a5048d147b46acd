import { initials, toneOf } from "../../base/format.ts";

export function Avatar({ name }: { name: string }) {
  return <span class={`av ${toneOf(name)}`} aria-hidden="true">{initials(name)}</span>;
}

export function Who({ name }: { name: string }) {
  return <span class="who"><Avatar name={name} /><span class="cut">{name}</span></span>;
}
