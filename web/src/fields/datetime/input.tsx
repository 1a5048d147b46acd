import { fromWallTime, wallTime } from "../../base/days.ts";
import { getModel } from "../../data/model.ts";
import { Moment } from "../shared/moment.tsx";
import { str, type InputProps } from "../types.ts";

/** Typed and shown in the workspace's zone, kept as an instant. */
export const Input = (p: InputProps) => {
  const { tz } = getModel();
  const text = str(p.value);
  return <Moment {...p} type="datetime-local" max="9999-12-31T23:59" read={(typed) => fromWallTime(typed, tz)}
    shown={text && !Number.isNaN(Date.parse(text)) ? wallTime(text, tz) : ""} />;
};
