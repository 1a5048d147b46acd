/** What a field type brings: how it is shown and how it is typed. */
import type { ComponentType } from "preact";
import type { Entity, Field, RecordData, Value } from "../data/types.ts";

export type { Value };

export type Where = "cell" | "form" | "card" | "fact";

export interface ViewProps {
  field: Field;
  value: Value;
  /** The record that holds the value, for what was expanded beside it. */
  record: RecordData;
  where: Where;
}

export interface InputProps {
  id: string;
  field: Field;
  entity: Entity;
  value: Value;
  /** The draft, as far as it is known. */
  record: RecordData;
  onChange: (value: Value) => void;
  invalid: boolean;
  required: boolean;
  describedBy: string | undefined;
}

export interface FieldType {
  View: ComponentType<ViewProps>;
  Input: ComponentType<InputProps> | null;
  /** Numbers stand at the end of their column. */
  align?: "end";
  /** Text for a title, a menu, a screen reader. */
  text: (value: Value, field: Field, record?: RecordData) => string;
}

/** ARIA of every input, from the one place that knows. */
export const aria = (p: InputProps) => ({
  id: p.id,
  "aria-invalid": p.invalid || undefined,
  "aria-required": p.required || undefined,
  "aria-describedby": p.describedBy,
});

/** In a draft: the input holds something that is no value yet. */
export const HALF_TYPED = "\u2026";

export const str = (value: Value): string => (value === null || value === undefined ? "" : String(value));
