import { useState } from "preact/hooks";
import { t } from "../../base/i18n/index.ts";
import { Icon } from "../../base/icon.tsx";
import { formatBytes } from "../../base/format.ts";
import { call, reasonOf } from "../../data/api.ts";
import type { FileRef } from "../../data/types.ts";
import { aria, type InputProps } from "../types.ts";

/** The bytes go up at once; the record then names them by their id. */
export function Input(p: InputProps) {
  const [busy, setBusy] = useState("");
  const [problem, setProblem] = useState("");
  const file = p.value as FileRef | null;
  const upload = async (chosen: File | undefined): Promise<void> => {
    if (!chosen) return;
    setBusy(chosen.name);
    setProblem("");
    try {
      const a = await call<FileRef>("files", { method: "POST", query: { name: chosen.name, type: chosen.type }, bytes: chosen });
      p.onChange(a.data);
    } catch (error) {
      setProblem(reasonOf(error));
    }
    setBusy("");
  };
  return (
    <span class="in-file">
      {file && <span class="chip"><Icon name="paperclip" /><span class="cut">{file.name}</span><small>{formatBytes(file.size)}</small>
        <button type="button" class="chip-x" aria-label={t("field.file.remove")} onClick={() => p.onChange(null)}><Icon name="x" /></button></span>}
      <input type="file" class="in" {...aria(p)} accept={p.field.accept?.trim().split(/\s+/).join(",") || undefined}
        onChange={(e) => void upload(e.currentTarget.files?.[0])} />
      {busy && <span role="status" class="quiet">{t("field.file.uploading", { name: busy })}</span>}
      {problem && <span role="alert" class="issue">{problem}</span>}
    </span>
  );
}
