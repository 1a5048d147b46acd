/**
 * A record while somebody edits it: what was there, what is changed, what is
 * wrong with it, and which fields the conditions show, require or lock.
 */
import { batch, computed, signal } from "@preact/signals";
import { holds, evaluate, toJson, type FxNode, type FxScope } from "../base/fx.ts";
import { parseNumber } from "../base/format.ts";
import { t } from "../base/i18n/index.ts";
import { isEmpty } from "../fields/registry.ts";
import { HALF_TYPED } from "../fields/types.ts";
import { optionLabel } from "../fields/shared/pill.tsx";
import { getModel } from "./model.ts";
import type { Entity, Field, Form, Place, RecordData } from "./types.ts";

export const sameValue = (a: unknown, b: unknown): boolean =>
  (isEmpty(a) && isEmpty(b)) || JSON.stringify(a) === JSON.stringify(b);

/** A default made of other fields waits for them: the server works it out at the save. */
const readsRow = (n: FxNode): boolean =>
  (n.op === "path" && n.root !== "user") || n.op === "agg" || (n.args ?? []).some(readsRow);

/** A value as it is written: a file by its id. */
export const plain = (v: unknown): unknown =>
  v !== null && typeof v === "object" && "size" in v && "id" in v ? (v as { id: string }).id : v;

export class Draft {
  readonly changes = signal<Record<string, unknown>>({});
  readonly issues = signal<Map<string, string[]>>(new Map());
  readonly saving = signal(false);
  readonly record = signal<RecordData>({ id: "", rev: 0 });

  /** What the form shows: the record with the changes over it. */
  readonly now = computed<RecordData>(() => ({
    ...this.record.value, ...this.changes.value,
    _before: this.isNew ? undefined : this.record.value,
  }));
  readonly count = computed(() => Object.keys(this.changes.value).length);

  constructor(readonly entity: Entity, record: RecordData | null, preset: Record<string, unknown> = {}) {
    if (record) this.record.value = record;
    else {
      this.record.value = { ...Object.fromEntries(entity.fields.map((f) => [f.name, null])), id: "", rev: 0 };
      this.changes.value = { ...this.defaults(), ...preset };
    }
  }

  get isNew(): boolean { return this.record.value.id === ""; }

  scope(): FxScope {
    const m = getModel();
    return {
      row: this.now.value, old: this.isNew ? null : this.record.value, isNew: this.isNew,
      user: m.user as unknown as Record<string, unknown>, tz: m.tz, currency: m.currency,
      label: (name, code) => optionLabel(this.entity.by[name] ?? ({ options: [] } as unknown as Field), code),
    };
  }

  private defaults(): Record<string, unknown> {
    const out: Record<string, unknown> = {};
    for (const f of this.entity.fields) {
      if (f.system) continue;
      if (f.type === "status" && f.initial) out[f.name] = f.initial;
      else if (f.default && !readsRow(f.default)) {
        const v = toJson(evaluate(f.default, this.scope()), f.type, f.currency || getModel().currency);
        if (v !== undefined && v !== null) out[f.name] = v;
      }
    }
    return out;
  }

  set(name: string, value: unknown): void {
    const changes = { ...this.changes.value };
    if (!this.isNew && sameValue(value, this.record.value[name])) delete changes[name];
    else changes[name] = value;
    const issues = new Map(this.issues.value);
    issues.delete(name);
    batch(() => { this.changes.value = changes; this.issues.value = issues; });
  }

  revert(name: string): void { this.set(name, this.record.value[name] ?? null); }

  discard(): void {
    batch(() => { this.changes.value = {}; this.issues.value = new Map(); });
  }

  /** A newer record from the server; what is being edited stays. */
  rebase(record: RecordData): void {
    batch(() => {
      const changes = { ...this.changes.value };
      for (const [k, v] of Object.entries(changes)) if (sameValue(v, record[k])) delete changes[k];
      this.record.value = record;
      this.changes.value = changes;
    });
  }

  isVisible(field: Field, place?: Place | null): boolean {
    const s = this.scope();
    return holds(field.visible_when, s, true) && holds(place?.visible_when, s, true);
  }
  isRequired(field: Field, place?: Place | null): boolean {
    const s = this.scope();
    // The server fills in what has a default, also one the browser cannot work out.
    if (this.isNew && field.default && isEmpty(this.now.value[field.name])) return false;
    return !!field.required || holds(field.required_when, s, false) || holds(place?.required_when, s, false);
  }
  isReadonly(field: Field, place?: Place | null): boolean {
    const s = this.scope();
    return !!field.readonly || !!field.system || field.type === "autonumber" || field.type === "id" ||
      !(this.isNew ? this.entity.can.create : this.entity.can.update) ||
      holds(field.readonly_when, s, false) || holds(place?.readonly_when, s, false);
  }
  shows(condition: FxNode | null | undefined): boolean {
    return holds(condition, this.scope(), true);
  }

  /** What the browser already knows to be wrong, all of it at once. */
  check(form: Form, more: string[] = []): boolean {
    const issues = new Map<string, string[]>();
    const look = (field: Field | undefined, place: Place | null, forced: boolean): void => {
      if (!field || !this.isVisible(field, place) || this.isReadonly(field, place)) return;
      const v = this.now.value[field.name];
      if ((forced || this.isRequired(field, place)) && isEmpty(v))
        issues.set(field.name, [t("issue.required", { label: place?.label || field.label })]);
      else if (["int", "dec", "percent"].includes(field.type) && typeof v === "string" && v !== "" && parseNumber(v) === null)
        issues.set(field.name, [t("issue.number", { label: field.label })]);
      else if (v === HALF_TYPED)
        issues.set(field.name, [t("issue.date", { label: place?.label || field.label })]);
    };
    for (const tab of form.tabs ?? [])
      for (const s of tab.sections ?? [])
        if (this.shows(s.visible_when))
          for (const place of s.places ?? []) look(this.entity.by[place.field], place, more.includes(place.field));
    for (const name of more) look(this.entity.by[name], null, true);
    this.issues.value = issues;
    return issues.size === 0;
  }

  body(): Record<string, unknown> {
    return Object.fromEntries(Object.entries(this.changes.value).map(([k, v]) => [k, plain(v ?? null)]));
  }
}
