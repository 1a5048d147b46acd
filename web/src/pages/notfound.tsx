import { t } from "../base/i18n/index.ts";
import { href } from "../base/router.ts";
import { Blank } from "../views/state.tsx";
import { PageBar } from "./bar.tsx";

export function NotFound() {
  return (
    <>
      <PageBar title={t("error.notfound")} />
      <Blank icon="compass" title={t("error.notfound")} text={t("error.notfound.text")}>
        <a class="btn" href={href("/app")}>{t("error.home")}</a>
      </Blank>
    </>
  );
}
