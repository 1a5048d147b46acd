import { RecordLink } from "../shared/link.tsx";
import type { ViewProps } from "../types.ts";

export const View = ({ field, value, record, where }: ViewProps) =>
  <RecordLink field={field} value={value} record={record} icon plain={where === "card"} />;
