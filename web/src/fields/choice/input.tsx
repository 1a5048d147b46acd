import { useId } from "preact/hooks";
import { t } from "../../base/i18n/index.ts";
import { aria, str, type InputProps } from "../types.ts";

export function Input(p: InputProps) {
  const list = useId();
  const options = (p.field.options ?? []).filter((o) => !o.hidden || o.code === p.value);
  if (p.field.open) return (
    <>
      <input class="in" dir="auto" type="text" list={list} autocomplete="off" {...aria(p)} value={str(p.value)}
        onInput={(e) => p.onChange(e.currentTarget.value || null)} />
      <datalist id={list}>{options.map((o) => <option key={o.code} value={o.code}>{o.label}</option>)}</datalist>
    </>
  );
  const isUnknown = p.value && !options.some((o) => o.code === p.value);
  return (
    <select class="in" {...aria(p)} value={str(p.value)} onChange={(e) => p.onChange(e.currentTarget.value || null)}>
      <option value="">{t("field.none")}</option>
      {isUnknown ? <option value={str(p.value)}>{str(p.value)}</option> : null}
      {options.map((o) => <option key={o.code} value={o.code}>{o.label}</option>)}
    </select>
  );
}
