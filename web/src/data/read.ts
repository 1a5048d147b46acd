/** Which members a screen asks for: what it shows and what a step will need. */
import type { Entity } from "./types.ts";
import type { FxNode } from "../base/fx.ts";
import { resolvePath } from "./model.ts";

export function readQuery(entity: Entity, paths: (string | undefined)[]): { fields: string; expand: string } {
  const status = entity.status ? entity.by[entity.status] : undefined;
  const wanted = [
    ...paths, ...(entity.title_fx ? pathsOf(entity.title_fx) : []), entity.title, entity.subtitle, entity.status, entity.owner,
    ...(status?.moves ?? []).flatMap((m) => [...(m.require ?? []), ...(m.ask ?? [])]),
  ].filter((p): p is string => !!p);
  const fields = new Set<string>();
  const expand = new Set<string>();
  for (const path of wanted) {
    const end = resolvePath(entity, path);
    if (!end) continue;
    fields.add(path);
    const root = path.split(".")[0]!;
    fields.add(root);
    if (["ref", "user", "anyref"].includes(entity.by[root]?.type ?? "")) expand.add(root);
  }
  return { fields: [...fields].join(","), expand: [...expand].join(",") };
}

function pathsOf(n: FxNode): string[] {
  return n.op === "path" && n.path ? [n.path.join(".")] : (n.args ?? []).flatMap(pathsOf);
}
