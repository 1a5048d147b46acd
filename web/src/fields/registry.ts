/** Field types by their XML name: one folder each. */
import { t } from "../base/i18n/index.ts";
import { formatDate, formatDateTime, formatMoney, formatNumber, formatPercent, formatWhole, type Money } from "../base/format.ts";
import { getModel } from "../data/model.ts";
import { expandedTitle } from "../data/records.ts";
import type { Field, RecordData, Ref, Value } from "../data/types.ts";
import { optionLabel } from "./shared/pill.tsx";
import { str, type FieldType } from "./types.ts";
import { View as TextView } from "./text/view.tsx";
import { Input as TextInput } from "./text/input.tsx";
import { View as LongtextView } from "./longtext/view.tsx";
import { Input as LongtextInput } from "./longtext/input.tsx";
import { View as EmailView } from "./email/view.tsx";
import { Input as EmailInput } from "./email/input.tsx";
import { View as PhoneView } from "./phone/view.tsx";
import { Input as PhoneInput } from "./phone/input.tsx";
import { View as UrlView } from "./url/view.tsx";
import { Input as UrlInput } from "./url/input.tsx";
import { View as IntView } from "./int/view.tsx";
import { Input as IntInput } from "./int/input.tsx";
import { View as DecView } from "./dec/view.tsx";
import { Input as DecInput } from "./dec/input.tsx";
import { View as PercentView } from "./percent/view.tsx";
import { Input as PercentInput } from "./percent/input.tsx";
import { View as MoneyView } from "./money/view.tsx";
import { Input as MoneyInput } from "./money/input.tsx";
import { View as BoolView } from "./bool/view.tsx";
import { Input as BoolInput } from "./bool/input.tsx";
import { View as DateView } from "./date/view.tsx";
import { Input as DateInput } from "./date/input.tsx";
import { View as DatetimeView } from "./datetime/view.tsx";
import { Input as DatetimeInput } from "./datetime/input.tsx";
import { View as ChoiceView } from "./choice/view.tsx";
import { Input as ChoiceInput } from "./choice/input.tsx";
import { View as MultichoiceView } from "./multichoice/view.tsx";
import { Input as MultichoiceInput } from "./multichoice/input.tsx";
import { View as StatusView } from "./status/view.tsx";
import { Input as StatusInput } from "./status/input.tsx";
import { View as RefView } from "./ref/view.tsx";
import { Input as RefInput } from "./ref/input.tsx";
import { View as AnyrefView } from "./anyref/view.tsx";
import { Input as AnyrefInput } from "./anyref/input.tsx";
import { View as UserView } from "./user/view.tsx";
import { Input as UserInput } from "./user/input.tsx";
import { View as AutonumberView } from "./autonumber/view.tsx";
import { Input as AutonumberInput } from "./autonumber/input.tsx";
import { fileOf, View as FileView } from "./file/view.tsx";
import { Input as FileInput } from "./file/input.tsx";
import { View as IdView } from "./id/view.tsx";
import { Input as IdInput } from "./id/input.tsx";

const title = (value: Value, field: Field, record?: RecordData): string =>
  (record && expandedTitle(record, field.name)) ?? (typeof value === "object" ? str((value as Ref | null)?.id) : str(value));
const day = (value: Value): string => formatDate(str(value));

const TYPES: Record<string, FieldType> = {
  text: { View: TextView, Input: TextInput, text: str },
  longtext: { View: LongtextView, Input: LongtextInput, text: str },
  email: { View: EmailView, Input: EmailInput, text: str },
  phone: { View: PhoneView, Input: PhoneInput, text: str },
  url: { View: UrlView, Input: UrlInput, text: str },
  int: { View: IntView, Input: IntInput, align: "end", text: (v, f) => formatWhole(str(v), f) },
  dec: { View: DecView, Input: DecInput, align: "end", text: (v, f) => formatNumber(str(v), f.scale) },
  percent: { View: PercentView, Input: PercentInput, align: "end", text: (v) => formatPercent(str(v)) },
  money: { View: MoneyView, Input: MoneyInput, align: "end", text: (v) => formatMoney(v as Money) },
  bool: { View: BoolView, Input: BoolInput, text: (v) => t(v ? "bool.yes" : "bool.no") },
  date: { View: DateView, Input: DateInput, text: day },
  datetime: { View: DatetimeView, Input: DatetimeInput, text: (v) => formatDateTime(str(v), getModel().tz) },
  choice: { View: ChoiceView, Input: ChoiceInput, text: (v, f) => optionLabel(f, v) },
  multichoice: { View: MultichoiceView, Input: MultichoiceInput, text: (v, f) => (Array.isArray(v) ? v : []).map((c) => optionLabel(f, c)).join(", ") },
  status: { View: StatusView, Input: StatusInput, text: (v, f) => optionLabel(f, v) },
  ref: { View: RefView, Input: RefInput, text: title },
  anyref: { View: AnyrefView, Input: AnyrefInput, text: title },
  user: { View: UserView, Input: UserInput, text: title },
  autonumber: { View: AutonumberView, Input: AutonumberInput, text: str },
  file: { View: FileView, Input: FileInput, text: (v, f, r) => fileOf(v, f, r).name },
  id: { View: IdView, Input: IdInput, text: str },
};

/** A type that this version does not know yet is shown as text and not edited. */
const OTHER: FieldType = {
  View: TextView, Input: null, text: (v) => (typeof v === "object" ? JSON.stringify(v) : str(v)),
};

export const fieldType = (field: Field): FieldType => TYPES[field.type] ?? OTHER;
export const isEmpty = (value: Value): boolean =>
  value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);

export function valueText(field: Field, value: Value, record?: RecordData): string {
  return isEmpty(value) ? "" : fieldType(field).text(value, field, record);
}
