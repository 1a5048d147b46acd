import { formatNumber } from "../../base/format.ts";
import { str, type ViewProps } from "../types.ts";

export const View = ({ value }: ViewProps) => <span class="tab">{formatNumber(str(value), 0)}</span>;
