import { base } from "../../base/router.ts";
import { formatBytes } from "../../base/format.ts";
import { Icon } from "../../base/icon.tsx";
import { t } from "../../base/i18n/index.ts";
import type { Field, FileRef, RecordData, Value } from "../../data/types.ts";
import type { ViewProps } from "../types.ts";

/** History names a file by its id alone. */
export function fileOf(value: Value, field: Field, record?: RecordData): FileRef {
  const now = record?.[field.name] as FileRef | null | undefined;
  if (typeof value !== "string") return value as FileRef;
  return now?.id === value ? now : { id: value, name: t("field.file"), size: 0, type: "" };
}

export const View = ({ value, where, field, record }: ViewProps) => {
  const file = fileOf(value, field, record);
  if (where === "card") return <span class="cut">{file.name}</span>;
  return (
    <a class="ref file" href={`${base}/api/v1/files/${file.id}`} download={file.name}>
      <Icon name="paperclip" /><span class="cut">{file.name}</span>{file.size > 0 && <small>{formatBytes(file.size)}</small>}
    </a>
  );
};
