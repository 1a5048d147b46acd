import { expandedTitle } from "../../data/records.ts";
import { findEntity, getModel } from "../../data/model.ts";
import { titleById } from "../../data/titles.ts";
import { Avatar, Who } from "../shared/avatar.tsx";
import { str, type ViewProps } from "../types.ts";

export const View = ({ field, value, record, where }: ViewProps) => {
  const me = getModel().user;
  const people = findEntity("sys:user");
  const name = expandedTitle({ ...record, [field.name]: value }, field.name) ??
    (value === me.id ? me.name : people ? titleById(people, str(value)) : str(value));
  return where === "card" ? <span title={name}><Avatar name={name} /><span class="unseen">{name}</span></span> : <Who name={name} />;
};
