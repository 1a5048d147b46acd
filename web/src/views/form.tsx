import { useEffect, useId, useLayoutEffect, useRef } from "preact/hooks";
import { signal, type Signal } from "@preact/signals";
import { t } from "../base/i18n/index.ts";
import { Icon } from "../base/icon.tsx";
import { fieldType, isEmpty } from "../fields/registry.ts";
import type { Draft } from "../data/draft.ts";
import type { Field, Form, Place, Section } from "../data/types.ts";
import { FieldValue } from "./value.tsx";

/** Which fields of a form are open; null shows values, "*" opens all. */
export type Editing = Signal<string | null>;
export const editing = (open: string | null = null): Editing => signal(open);

export interface FormProps {
  draft: Draft;
  open: Editing;
  onSave: () => void;
  /** Fields that this step needs, whatever the form says. */
  required?: string[];
}

export function FieldBox(p: FormProps & { field: Field; place?: Place | null; autofocus?: boolean }) {
  const { draft, field, place = null } = p;
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const label = place?.label || field.label;
  const value = draft.now.value[field.name];
  const issues = draft.issues.value.get(field.name) ?? [];
  const readonly = draft.isReadonly(field, place);
  const { Input } = fieldType(field);
  const canEdit = !readonly && Input !== null;
  const isOpen = canEdit && (p.open.value === "*" || p.open.value === field.name || issues.length > 0);
  const required = draft.isRequired(field, place) || !!p.required?.includes(field.name);
  const changed = !draft.isNew && field.name in draft.changes.value;
  const isWide = (place?.span ?? 1) > 1 || field.type === "longtext";
  const described = [issues.length > 0 ? `${id}-issue` : "", field.help ? `${id}-help` : ""].filter(Boolean).join(" ");

  // Opening one field puts the cursor into it; opening all leaves it alone.
  // Before the next key arrives, not after the next paint.
  useLayoutEffect(() => {
    if (isOpen && (p.open.value === field.name || p.autofocus)) focusIn(box.current);
  }, [isOpen]);

  const onKeyDown = (e: KeyboardEvent): void => {
    const ctrl = e.ctrlKey || e.metaKey;
    if (e.key === "Escape" && p.open.value === field.name) {
      e.preventDefault();
      e.stopPropagation();
      draft.revert(field.name);
      p.open.value = null;
      queueMicrotask(() => box.current?.querySelector<HTMLElement>(".edit")?.focus());
    } else if (e.key === "Enter" && !ctrl && !e.shiftKey && p.open.value === field.name &&
      (e.target as HTMLElement).tagName !== "TEXTAREA") {
      e.preventDefault();
      p.onSave();
    } else if (e.key === "Tab" && p.open.value === field.name) {
      const next = neighbour(box.current, e.shiftKey ? -1 : 1);
      if (next) {
        e.preventDefault();
        p.open.value = next;
      }
    }
  };

  return (
    <div ref={box} data-field={field.name} data-editable={canEdit || undefined}
      class={`field ${isWide ? "wide" : ""} ${isOpen ? "open" : ""} ${changed ? "changed" : ""} ${canEdit ? "can" : ""}`}
      onKeyDown={isOpen ? onKeyDown : undefined}>
      {isOpen
        ? <label class="k" id={`${id}-label`} for={id}>{label}{required && <span class="must" title={t("field.required")} aria-hidden="true">*</span>}</label>
        : <span class="k" id={`${id}-label`}>{label}</span>}
      {isOpen && Input
        ? <div class="v">
            <Input id={id} field={field} entity={draft.entity} record={draft.now.value} value={value ?? null}
              onChange={(v) => draft.set(field.name, v)} invalid={issues.length > 0} required={required}
              describedBy={described || undefined} />
            {field.help && <p class="help" id={`${id}-help`}>{field.help}</p>}
            {issues.length > 0 && <p class="issue" id={`${id}-issue`}><Icon name="circle-alert" />{issues.join(" ")}</p>}
          </div>
        : <div class="v show" onClick={(e) => {
            if (canEdit && !(e.target as Element).closest("a,button") && !getSelection()?.toString()) p.open.value = field.name;
          }}>
            {isEmpty(value)
              ? <span class="quiet">{canEdit ? t("field.empty") : draft.isNew && field.type === "autonumber" ? t("field.auto") : "–"}</span>
              : <FieldValue field={field} value={value} record={draft.now.value} where="form" />}
            {canEdit && <button type="button" class="edit" aria-label={t("field.edit", { label })}
              onClick={() => { p.open.value = field.name; }}><Icon name="pencil" /></button>}
          </div>}
    </div>
  );
}

export function focusIn(box: Element | null | undefined): void {
  const input = box?.querySelector<HTMLElement>("input:not([tabindex='-1']),select,textarea");
  input?.focus();
  if (input instanceof HTMLInputElement && /^(text|tel|search)$/.test(input.type)) input.select();
}

/** The field before or after, in the order of the form. */
function neighbour(box: HTMLElement | null, step: number): string | null {
  const all = [...(box?.closest("form,main,dialog")?.querySelectorAll<HTMLElement>("[data-field][data-editable]") ?? [])];
  return all[all.indexOf(box!) + step]?.dataset["field"] ?? null;
}

export function SectionBox(p: FormProps & { section: Section; first?: boolean }) {
  const { draft, section } = p;
  if (!draft.shows(section.visible_when)) return null;
  const places = (section.places ?? []).filter((pl) => {
    const f = draft.entity.by[pl.field];
    return f && draft.isVisible(f, pl) && !(draft.isNew && draft.isReadonly(f, pl) && f.type !== "autonumber");
  });
  if (places.length === 0) return null;
  return (
    <section class="box">
      {section.label && <h3>{section.label}</h3>}
      <div class={`fields c${Math.min(section.columns ?? 2, 3)}`}>
        {places.map((pl, i) => {
          const f = draft.entity.by[pl.field]!;
          const first = draft.isNew && (pl.autofocus || (p.first && i === 0));
          return <FieldBox key={pl.field} {...p} field={f} place={pl} autofocus={!!first} />;
        })}
      </div>
    </section>
  );
}

/** All that is wrong, above the form; each line leads to its field. */
export function IssueSummary({ draft, form }: { draft: Draft; form: Form }) {
  const box = useRef<HTMLDivElement>(null);
  const all = [...draft.issues.value];
  const had = useRef(0);
  useEffect(() => {
    if (all.length > 0 && had.current === 0) box.current?.focus();
    had.current = all.length;
  }, [all.length]);
  if (all.length === 0) return null;
  const labelOf = (name: string): string => placeOf(form, name)?.label || draft.entity.by[name]?.label || name;
  const goTo = (name: string): void => {
    const field = document.querySelector(`[data-field="${CSS.escape(name)}"]`);
    field?.scrollIntoView({ block: "center" });
    focusIn(field);
  };
  return (
    <div class="issues" role="alert" tabIndex={-1} ref={box}>
      <Icon name="circle-alert" />
      <div>
        <b>{t("issue.summary", { n: all.reduce((n, [, m]) => n + m.length, 0) })}</b>
        <ul>
          {all.map(([name, messages]) => messages.map((m) => (
            <li key={name + m}>{name && draft.entity.by[name]
              ? <button type="button" class="textlink" onClick={() => goTo(name)}>{labelOf(name)}</button> : null}
              <span>{name && draft.entity.by[name] ? `: ${m}` : m}</span></li>
          )))}
        </ul>
      </div>
    </div>
  );
}

export function placeOf(form: Form, name: string): Place | undefined {
  return form.tabs?.flatMap((tab) => tab.sections ?? []).flatMap((s) => s.places ?? []).find((p) => p.field === name);
}
