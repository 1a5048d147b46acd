import { fromWallTime, wallTime } from "../../base/days.ts";
import { getModel } from "../../data/model.ts";
import { aria, str, type InputProps } from "../types.ts";

/** Typed and shown in the workspace's zone, kept as an instant. */
export const Input = (p: InputProps) => {
  const { tz } = getModel();
  const shown = str(p.value);
  return (
    <input class="in tab" type="datetime-local" {...aria(p)} max="9999-12-31T23:59"
      value={shown && !Number.isNaN(Date.parse(shown)) ? wallTime(shown, tz) : ""}
      onInput={(e) => p.onChange(e.currentTarget.value ? fromWallTime(e.currentTarget.value, tz) : null)} />
  );
};
