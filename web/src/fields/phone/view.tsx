import { str, type ViewProps } from "../types.ts";

export const View = ({ value, where }: ViewProps) =>
  where === "card" ? <span class="cut">{str(value)}</span> : <a class="ref tab" href={`tel:${str(value).replace(/[^+\d]/g, "")}`}>{str(value)}</a>;
