import { t } from "../base/i18n/index.ts";
import { Icon } from "../base/icon.tsx";
import type { Field, RecordData } from "../data/types.ts";
import type { Step } from "./move.tsx";

/** Where the record stands, and the steps from there as buttons. */
export function StatusPath({ field, record, steps, onStep }:
  { field: Field; record: RecordData; steps: Step[]; onStep: (step: Step) => void }) {
  const options = (field.options ?? []).filter((o) => !o.hidden || o.code === record[field.name]);
  const at = options.findIndex((o) => o.code === record[field.name]);
  const isEnd = ["done", "lost"].includes(options[at]?.kind ?? "");
  return (
    <ol class="path" aria-label={field.label}>
      {options.map((o, i) => {
        const step = steps.find((s) => s.to === o.code);
        const cls = i === at ? `now ${o.kind ?? ""}` : i < at && !(isEnd && ["done", "lost"].includes(o.kind ?? "")) ? "done" : "";
        const can = step && !step.refused;
        return (
          <li key={o.code} class={`${cls} ${can ? "can" : ""}`} aria-current={i === at ? "step" : undefined}>
            {can
              ? <button type="button" title={t("record.move", { label: o.label })} aria-label={t("record.move", { label: o.label })}
                  onClick={() => onStep(step)}>{o.label}</button>
              : <span title={i === at ? undefined : step?.refused}>{cls === "done" && <Icon name="check" />}{o.label}</span>}
          </li>
        );
      })}
    </ol>
  );
}
