import { str, type ViewProps } from "../types.ts";

export const View = ({ value, where }: ViewProps) =>
  where === "form" ? <span class="prose">{str(value)}</span> : <span class="cut">{str(value).split("\n")[0]}</span>;
