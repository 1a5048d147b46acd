import { NumberLine } from "../shared/number.tsx";
import type { InputProps } from "../types.ts";

export const Input = (p: InputProps) => <NumberLine {...p} asNumber />;
