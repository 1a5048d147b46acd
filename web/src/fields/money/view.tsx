import { formatMoney, type Money } from "../../base/format.ts";
import type { ViewProps } from "../types.ts";

export const View = ({ value, where }: ViewProps) =>
  <span class="tab">{formatMoney(value as Money, where !== "form")}</span>;
