import { formatWhole } from "../../base/format.ts";
import { str, type ViewProps } from "../types.ts";

export const View = ({ value, field }: ViewProps) => <span class="tab">{formatWhole(str(value), field)}</span>;
