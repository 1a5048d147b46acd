import { useEffect, useRef, useState } from "preact/hooks";
import { editNumber, parseNumber } from "../../base/format.ts";
import { aria, type InputProps } from "../types.ts";

/**
 * A number as people type it. What cannot be read stays in the box and goes to
 * the server as it is, which says at the field what is wrong with it.
 */
export function NumberLine(p: InputProps & { asNumber?: boolean; suffix?: string }) {
  const [text, setText] = useState(() => (p.value === null || p.value === undefined ? "" : editNumber(String(p.value))));
  const sent = useRef<unknown>(p.value);
  useEffect(() => {
    if (p.value === sent.current) return;
    sent.current = p.value;
    setText(p.value === null || p.value === undefined ? "" : editNumber(String(p.value)));
  }, [p.value]);
  const change = (typed: string): void => {
    setText(typed);
    const n = parseNumber(typed);
    const value = typed.trim() === "" ? null : n === null ? typed : p.asNumber && /^-?\d{1,15}$/.test(n) ? Number(n) : n;
    sent.current = value;
    p.onChange(value);
  };
  return (
    <span class="in-group">
      <input class="in num" type="text" inputMode="decimal" autocomplete="off" {...aria(p)} value={text}
        onInput={(e) => change(e.currentTarget.value)} />
      {p.suffix && <span class="in-suffix" aria-hidden="true">{p.suffix}</span>}
    </span>
  );
}
