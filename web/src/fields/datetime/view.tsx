import { formatAgo, formatDateTime } from "../../base/format.ts";
import { getModel } from "../../data/model.ts";
import { str, type ViewProps } from "../types.ts";

export const View = ({ value, where }: ViewProps) => {
  const { tz } = getModel();
  const exact = formatDateTime(str(value), tz);
  return <time class="tab" dateTime={str(value)} title={exact}>{where === "card" ? formatAgo(str(value), tz) : exact}</time>;
};
