import { str, type InputProps } from "../types.ts";

export const Input = (p: InputProps) => <output class="in still" id={p.id}>{str(p.value)}</output>;
