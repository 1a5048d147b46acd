import { formatPercent } from "../../base/format.ts";
import { str, type ViewProps } from "../types.ts";

export const View = ({ value }: ViewProps) => <span class="tab">{formatPercent(str(value))}</span>;
