import { str, type ViewProps } from "../types.ts";

export const View = ({ value }: ViewProps) => <span class="cut tab">{str(value)}</span>;
