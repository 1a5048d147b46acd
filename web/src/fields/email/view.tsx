import { str, type ViewProps } from "../types.ts";

export const View = ({ value, where }: ViewProps) =>
  where === "card" ? <span class="cut">{str(value)}</span> : <a class="ref" href={`mailto:${encodeURIComponent(str(value)).replace("%40", "@")}`}>{str(value)}</a>;
