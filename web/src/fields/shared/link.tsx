import { href } from "../../base/router.ts";
import { Icon } from "../../base/icon.tsx";
import { expandedTitle, targetOf } from "../../data/records.ts";
import { titleById } from "../../data/titles.ts";
import type { Field, RecordData, Ref, Value } from "../../data/types.ts";

/** A link to another record, by the title that came with it. */
export function RecordLink({ field, value, record, icon, plain }:
  { field: Field; value: Value; record: RecordData; icon?: boolean; plain?: boolean }) {
  const entity = targetOf(field, value);
  const id = typeof value === "object" && value !== null ? (value as Ref).id : String(value);
  const title = expandedTitle({ ...record, [field.name]: value }, field.name) || (entity ? titleById(entity, id) : id);
  if (!entity || plain) return <span>{title}</span>;
  return (
    <a class="ref" href={href(`/app/${entity.path}/${id}`)}>
      {icon && <Icon name={entity.icon ?? "box"} />}{title}
    </a>
  );
}
