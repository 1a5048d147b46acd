import { t } from "../../base/i18n/index.ts";
import { Icon } from "../../base/icon.tsx";
import type { ViewProps } from "../types.ts";

export const View = ({ value }: ViewProps) => (
  <span class={value ? "yes" : "quiet"}>
    {value ? <Icon name="check" /> : null}{t(value ? "bool.yes" : "bool.no")}
  </span>
);
