import { t } from "../../base/i18n/index.ts";
import type { Money } from "../../base/format.ts";
import { getModel } from "../../data/model.ts";
import { NumberLine } from "../shared/number.tsx";
import type { InputProps } from "../types.ts";

const supported = (): string[] => (Intl as unknown as { supportedValuesOf?: (k: string) => string[] })
  .supportedValuesOf?.("currency") ?? ["CHF", "EUR", "GBP", "JPY", "USD"];

export function Input(p: InputProps) {
  const value = p.value as Money | null;
  const own = p.field.currency || getModel().currency;
  const currency = value?.currency ?? own;
  const first = [...new Set([own, getModel().currency, currency])];
  return (
    <span class="in-group">
      <NumberLine {...p} value={value?.amount ?? null}
        onChange={(amount) => p.onChange(amount === null ? null : { amount: String(amount), currency })} />
      <select class="in-currency" aria-label={t("field.currency")} value={currency} tabIndex={value ? 0 : -1}
        onChange={(e) => { if (value) p.onChange({ amount: value.amount, currency: e.currentTarget.value }); }}>
        {first.map((c) => <option key={c} value={c}>{c}</option>)}
        <hr />
        {supported().filter((c) => !first.includes(c)).map((c) => <option key={c} value={c}>{c}</option>)}
      </select>
    </span>
  );
}
