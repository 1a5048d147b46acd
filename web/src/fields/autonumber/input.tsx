import { t } from "../../base/i18n/index.ts";
import { str, type InputProps } from "../types.ts";

/** The server gives the number; here it can only be read. */
export const Input = (p: InputProps) =>
  <output class="in still" id={p.id}>{str(p.value) || t("field.auto")}</output>;
