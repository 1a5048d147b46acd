import { fieldType, isEmpty } from "../fields/registry.ts";
import { valueAt } from "../data/records.ts";
import { resolvePath } from "../data/model.ts";
import type { Entity, Field, RecordData } from "../data/types.ts";
import type { Where } from "../fields/types.ts";

export function FieldValue(p: { field: Field; value: unknown; record: RecordData; where: Where }) {
  if (isEmpty(p.value)) return null;
  const { View } = fieldType(p.field);
  return <View {...p} />;
}

/** What stands at "account.name" of a record. */
export function PathValue(p: { entity: Entity; path: string; record: RecordData; where: Where }) {
  const end = resolvePath(p.entity, p.path);
  if (!end) return null;
  const { value: own, holder } = valueAt(p.record, p.path);
  // Of a linked record often only its title came along.
  const value = own ?? (end.owner.title === end.field.name && holder !== p.record ? holder._title : null);
  return <FieldValue field={end.field} value={value} record={holder} where={p.where} />;
}
