import { str, type ViewProps } from "../types.ts";

export const View = ({ value, where }: ViewProps) => <span class={where === "form" ? "prose" : "cut"}>{str(value)}</span>;
