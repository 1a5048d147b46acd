import { Pill } from "../shared/pill.tsx";
import type { ViewProps } from "../types.ts";

export const View = ({ field, value }: ViewProps) => <Pill field={field} code={value} />;
