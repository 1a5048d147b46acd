import { Line } from "../shared/line.tsx";
import type { InputProps } from "../types.ts";

export const Input = (p: InputProps) => <Line {...p} inputMode="url" />;
