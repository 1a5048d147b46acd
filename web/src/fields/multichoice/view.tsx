import { Pill } from "../shared/pill.tsx";
import type { ViewProps } from "../types.ts";

export const View = ({ field, value }: ViewProps) => (
  <span class="pills">{(Array.isArray(value) ? value : []).map((c) => <Pill key={String(c)} field={field} code={c} />)}</span>
);
