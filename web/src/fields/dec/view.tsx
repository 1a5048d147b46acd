import { formatNumber } from "../../base/format.ts";
import { str, type ViewProps } from "../types.ts";

export const View = ({ value, field }: ViewProps) => <span class="tab">{formatNumber(str(value), field.scale)}</span>;
