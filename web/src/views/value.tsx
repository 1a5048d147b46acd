import { fieldType, isEmpty } from "../fields/registry.ts";
import { valueAt } from "../data/records.ts";
import { t } from "../base/i18n/index.ts";
import { Icon } from "../base/icon.tsx";
import { getModel, resolvePath } from "../data/model.ts";
import type { Entity, Field, RecordData } from "../data/types.ts";
import type { Where } from "../fields/types.ts";

export function FieldValue(p: { field: Field; value: unknown; record: RecordData; where: Where }) {
  if (isEmpty(p.value)) return null;
  const { View } = fieldType(p.field);
  return <View {...p} />;
}

/** A sum leaves out what has no rate into the workspace's currency: said beside it. */
export function PartOnly({ items, path }: { items: RecordData[]; path: string }) {
  const { currency } = getModel();
  const isMixed = items.some((r) => {
    const v = valueAt(r, path).value as { currency?: string } | null;
    return v?.currency !== undefined && v.currency !== currency;
  });
  if (!isMixed) return null;
  const text = t("list.total.part", { currency });
  return <span class="part" title={text}><Icon name="circle-alert" /><span class="unseen">{text}</span></span>;
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
