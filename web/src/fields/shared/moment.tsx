import { useEffect, useRef } from "preact/hooks";
import { aria, HALF_TYPED, type InputProps, type Value } from "../types.ts";

interface Props extends InputProps {
  type: "date" | "datetime-local";
  max: string;
  /** The value as the browser's input has it. */
  shown: string;
  read: (typed: string) => Value;
}

/**
 * A day or a day and time in the browser's own input. What is only half typed
 * has no value there, and would be lost without a word: it is HALF_TYPED in
 * the draft, which a save refuses at the field.
 */
export function Moment(p: Props) {
  const isHalf = p.value === HALF_TYPED;
  const input = useRef<HTMLInputElement>(null);
  // Discarded while half typed: the draft is empty again, so is the input.
  useEffect(() => {
    const e = input.current;
    if (!isHalf && e?.validity.badInput) e.value = p.shown;
  }, [isHalf]);
  const look = (e: HTMLInputElement): void => {
    if (e.validity.badInput) { if (!isHalf) p.onChange(HALF_TYPED); }
    else if (isHalf || e.value !== p.shown) p.onChange(e.value ? p.read(e.value) : null);
  };
  return (
    <input ref={input} class="in tab" type={p.type} {...aria(p)} max={p.max} value={isHalf ? undefined : p.shown}
      onInput={(e) => look(e.currentTarget)} onKeyUp={(e) => look(e.currentTarget)} onBlur={(e) => look(e.currentTarget)} />
  );
}
