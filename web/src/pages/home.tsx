import { t } from "../base/i18n/index.ts";
import { href } from "../base/router.ts";
import { tone } from "../base/format.ts";
import { Icon } from "../base/icon.tsx";
import { recents } from "../base/recent.ts";
import { findEntity, getModel } from "../data/model.ts";
import { Blank } from "../views/state.tsx";
import { PageBar } from "./bar.tsx";

export function HomePage() {
  const m = getModel();
  const last = recents().flatMap((r) => {
    const e = findEntity(r.entity);
    return e ? [{ ...r, e }] : [];
  }).slice(0, 8);
  if (m.apps.length === 0) return (
    <>
      <PageBar title={t("home.title")} />
      <Blank icon="package-open" title={t("home.empty")} text={t("home.empty.text")} />
    </>
  );
  return (
    <>
      <PageBar title={t("home.title")} />
      <div class="home">
        {last.length > 0 && (
          <section>
            <h2>{t("home.open")}</h2>
            <ul class="tiles">
              {last.map((r) => <li key={r.id}><a href={href(`/app/${r.e.path}/${r.id}`)}>
                <span class={`ico ${tone(r.e.color)}`}><Icon name={r.e.icon ?? "box"} /></span>
                <span class="tile-text"><b class="cut">{r.title}</b><small>{r.e.label}</small></span></a></li>)}
            </ul>
          </section>
        )}
        {m.apps.map((app) => (
          <section key={app.name}>
            <h2>{app.label}</h2>
            <ul class="tiles">
              {app.items.map((i) => {
                const e = m.entities[i.entity];
                return e && <li key={i.entity + (i.view ?? "")}><a href={href(`/app/${e.path}${i.view ? `/${i.view}` : ""}`)}>
                  <span class={`ico ${tone(e.color)}`}><Icon name={i.icon || e.icon || "box"} /></span>
                  <span class="tile-text"><b class="cut">{i.label}</b>{e.help && <small>{e.help}</small>}</span></a></li>;
              })}
            </ul>
          </section>
        ))}
      </div>
    </>
  );
}
