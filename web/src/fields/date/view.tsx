import { formatDate } from "../../base/format.ts";
import { str, type ViewProps } from "../types.ts";

export const View = ({ value, where }: ViewProps) =>
  <time class="tab" dateTime={str(value)}>{formatDate(str(value), where === "card" ? "short" : "medium")}</time>;
