import { expandedTitle } from "../../data/records.ts";
import { getModel } from "../../data/model.ts";
import { Avatar, Who } from "../shared/avatar.tsx";
import { str, type ViewProps } from "../types.ts";

export const View = ({ field, value, record, where }: ViewProps) => {
  const me = getModel().user;
  const name = expandedTitle(record, field.name) ?? (value === me.id ? me.name : str(value));
  return where === "card" ? <span title={name}><Avatar name={name} /><span class="unseen">{name}</span></span> : <Who name={name} />;
};
