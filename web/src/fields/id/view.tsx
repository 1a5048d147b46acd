import { str, type ViewProps } from "../types.ts";

export const View = ({ value }: ViewProps) => <code class="id">{str(value)}</code>;
