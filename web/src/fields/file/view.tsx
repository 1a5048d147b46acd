import { base } from "../../base/router.ts";
import { formatBytes } from "../../base/format.ts";
import { Icon } from "../../base/icon.tsx";
import type { FileRef } from "../../data/types.ts";
import type { ViewProps } from "../types.ts";

export const View = ({ value, where }: ViewProps) => {
  const file = value as FileRef;
  if (where === "card") return <span class="cut">{file.name}</span>;
  return (
    <a class="ref file" href={`${base}/api/v1/files/${file.id}`} download={file.name}>
      <Icon name="paperclip" /><span class="cut">{file.name}</span><small>{formatBytes(file.size)}</small>
    </a>
  );
};
