import { Moment } from "../shared/moment.tsx";
import { str, type InputProps } from "../types.ts";

export const Input = (p: InputProps) => <Moment {...p} type="date" max="9999-12-31" shown={str(p.value)} read={(typed) => typed} />;
