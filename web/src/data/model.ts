/** The model as this user may see it, kept with its ETag between visits. */
import { signal } from "@preact/signals";
import { call } from "./api.ts";
import { lang } from "../base/i18n/index.ts";
import type { Column, Entity, Field, Form, Model, View } from "./types.ts";

export const model = signal<Model | null>(null);
const KEY = "perigee.model";

interface Kept { etag: string; lang: string; data: Model }

function kept(): Kept | null {
  try {
    const k = JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Kept | null;
    return k && k.lang === lang.value ? k : null;
  } catch {
    return null;
  }
}

export async function loadModel(): Promise<Model> {
  const old = kept();
  const answer = await call<Model>("model", { etag: old?.etag ?? null });
  const data = answer.status === 304 && old ? old.data : answer.data;
  if (answer.status !== 304 && answer.etag) {
    try {
      sessionStorage.setItem(KEY, JSON.stringify({ etag: answer.etag, lang: lang.value, data }));
    } catch { /* full or forbidden: the next visit fetches again */ }
  }
  model.value = prepare(data);
  return model.value;
}

export function forgetModel(): void {
  sessionStorage.removeItem(KEY);
  model.value = null;
}

/** Look-ups that the screens need; absent members become empty ones. */
export function prepare(data: Model): Model {
  const entities: Record<string, Entity> = {};
  for (const [key, e] of Object.entries(data.entities ?? {})) {
    const fields = e.fields ?? [];
    entities[key] = {
      ...e, key, fields, can: e.can ?? {}, collections: e.collections ?? [],
      path: e.path ?? `${e.package}/${e.name}`,
      by: Object.fromEntries(fields.map((f) => [f.name, f])),
    };
  }
  return {
    ...data, entities,
    apps: data.apps ?? [], forms: data.forms ?? {}, views: data.views ?? {}, packages: data.packages ?? [],
    currency: data.currency ?? "EUR", tz: data.tz || "UTC",
  };
}

export function getModel(): Model {
  if (!model.value) throw new Error("The model is not loaded.");
  return model.value;
}

export const findEntity = (key: string): Entity | undefined => model.value?.entities[key];

export function entityByPath(pkg: string, name: string): Entity | undefined {
  return Object.values(model.value?.entities ?? {}).find((e) => e.path === `${pkg}/${name}`);
}

/** "account.name" as the field it ends at and those on the way. */
export function resolvePath(entity: Entity, path: string): { field: Field; owner: Entity; via: Field[] } | null {
  const names = path.split(".");
  const via: Field[] = [];
  let owner = entity;
  for (const [i, name] of names.entries()) {
    const field = owner.by[name];
    if (!field) return null;
    if (i === names.length - 1) return { field, owner, via };
    const next = field.targets?.[0] ?? (field.type === "user" ? "sys:user" : undefined);
    const target = next ? findEntity(next) : undefined;
    if (!target) return null;
    via.push(field);
    owner = target;
  }
  return null;
}

export function viewsOf(entity: Entity): View[] {
  const found = (entity.views ?? []).map((n) => findView(entity, n)).filter((v): v is View => !!v);
  return found.length > 0 ? found : [plainView(entity)];
}

export function findView(entity: Entity, name: string): View | undefined {
  const views = model.value?.views ?? {};
  return views[`${entity.key}.${name}`] ?? Object.values(views).find((v) => v.entity === entity.key && v.name === name);
}

export function defaultView(entity: Entity): View {
  return (entity.view && findView(entity, entity.view)) || viewsOf(entity)[0]!;
}

/** Where a package wrote no view: the title and the first fields. */
function plainView(entity: Entity): View {
  const title = entity.title && entity.by[entity.title] ? [entity.title] : [];
  const rest = entity.fields
    .filter((f) => !f.hidden && !f.system && !title.includes(f.name) && !["longtext", "file"].includes(f.type))
    .slice(0, 7).map((f) => f.name);
  return {
    entity: entity.key, name: "all", kind: "list", label: entity.plural, icon: "list",
    columns: [...title, ...rest].map((path): Column => ({ path })),
    sort: title.length > 0 ? [{ path: title[0]! }] : [],
  };
}

export function formOf(entity: Entity): Form {
  const forms = model.value?.forms ?? {};
  const found = (entity.form && forms[`${entity.key}.${entity.form}`]) ||
    Object.values(forms).find((f) => f.entity === entity.key);
  return found || {
    entity: entity.key, name: "main", label: entity.label, path: entity.status ?? "",
    tabs: [{
      name: "main", label: entity.label, sections: [{
        name: "main", columns: 2,
        places: entity.fields.filter((f) => !f.hidden && !f.system && f.type !== "status").map((f) => ({
          field: f.name, span: f.type === "longtext" ? 2 : 1,
        })),
      }],
    }],
  };
}
