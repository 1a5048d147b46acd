import { useEffect, useId, useRef, useState } from "preact/hooks";
import { t, type Word } from "../base/i18n/index.ts";
import { formatDate, formatMoney, formatNumber } from "../base/format.ts";
import { Icon } from "../base/icon.tsx";
import { needsValue, operatorsOf, PERIODS, type Chip } from "../data/filter.ts";
import { findEntity, getModel } from "../data/model.ts";
import { titleById } from "../data/titles.ts";
import { optionLabel } from "../fields/shared/pill.tsx";
import { fieldType } from "../fields/registry.ts";
import type { Entity, Field } from "../data/types.ts";
import { focusIn } from "./form.tsx";
import { Menu } from "./menu.tsx";

const DATES = new Set(["date", "datetime"]);

export function opLabel(op: string, field: Field): string {
  const key: Record<string, Word> = DATES.has(field.type)
    ? { "=": "op.eq", ne: "op.ne", lt: "op.before", le: "op.until", gt: "op.after", ge: "op.from" }
    : { "=": "op.eq", ne: "op.ne", lt: "op.lt", le: "op.le", gt: "op.gt", ge: "op.ge" };
  return t(key[op] ?? (`op.${op}` as Word));
}

/** What a chip says about its value; a linked record by its title. */
function valueWords(field: Field, chip: Chip): string {
  if (chip.op === "period") return t(`period.${chip.value}` as Word);
  switch (field.type) {
    case "choice": case "status": case "multichoice": return chip.value.split(",").map((c) => optionLabel(field, c)).join(", ");
    case "bool": return t(chip.value === "true" ? "bool.yes" : "bool.no");
    case "date": case "datetime": return chip.value ? formatDate(chip.value) : "";
    case "money": return chip.value ? formatMoney({ amount: chip.value, currency: getModel().currency }, true) : "";
    case "int": case "dec": case "percent": return chip.value ? formatNumber(chip.value) : "";
    case "ref": case "user": {
      const target = findEntity(field.type === "user" ? "sys:user" : field.targets?.[0] ?? "");
      return chip.value === getModel().user.id ? getModel().user.name : target && chip.value ? titleById(target, chip.value) : chip.value;
    }
    default: return chip.value;
  }
}

export function ChipView({ entity, chip, onChange, onRemove }:
  { entity: Entity; chip: Chip; onChange: (c: Chip) => void; onRemove: () => void }) {
  const field = entity.by[chip.field]!;
  const [open, setOpen] = useState(needsValue(chip.op) && chip.value === "");
  const button = useRef<HTMLButtonElement>(null);
  const text = valueWords(field, chip);
  return (
    <span class="chip set">
      <button type="button" ref={button} class="chip-main" aria-haspopup="dialog" aria-expanded={open}
        title={t("list.filter.edit", { name: field.label })} onClick={() => setOpen(!open)}>
        <b>{field.label}</b> {opLabel(chip.op, field)} {needsValue(chip.op) && <span class="cut">{text || "…"}</span>}</button>
      <button type="button" class="chip-x" aria-label={t("list.filter.remove", { name: field.label })} onClick={onRemove}><Icon name="x" /></button>
      {open && <Editor anchor={button.current} entity={entity} field={field} chip={chip}
        onDone={(c) => { setOpen(false); if (c) onChange(c); else if (needsValue(chip.op) && chip.value === "") onRemove(); button.current?.focus(); }} />}
    </span>
  );
}

export function AddFilter({ fields, onAdd }: { entity: Entity; fields: Field[]; onAdd: (c: Chip) => void }) {
  return (
    <Menu label={t("list.filter.add")} class="chip add" named items={fields.map((f) => ({
      key: f.name, label: f.label, run: () => onAdd({ field: f.name, op: operatorsOf(f)[0]!, value: "" }),
    }))}><Icon name="plus" />{t("list.filter")}</Menu>
  );
}

/** Operator and value of one chip, beside it. */
function Editor({ anchor, entity, field, chip, onDone }:
  { anchor: HTMLElement | null; entity: Entity; field: Field; chip: Chip; onDone: (c: Chip | null) => void }) {
  const [op, setOp] = useState(chip.op);
  const [value, setValue] = useState<unknown>(fromText(field, chip.value));
  const box = useRef<HTMLDivElement>(null);
  const id = useId();

  useEffect(() => {
    const e = box.current!;
    e.showPopover();
    const r = (anchor ?? e.parentElement!).getBoundingClientRect();
    e.style.setProperty("left", `${Math.max(8, Math.min(r.left, innerWidth - e.offsetWidth - 8))}px`);
    e.style.setProperty("top", `${r.bottom + 6}px`);
    focusIn(e);
    const away = (ev: PointerEvent): void => {
      const target = ev.target as Element;
      if (!e.contains(target) && !target.closest?.("[popover]")) done();
    };
    document.addEventListener("pointerdown", away, true);
    return () => document.removeEventListener("pointerdown", away, true);
  }, []);

  const latest = useRef({ op, value });
  latest.current = { op, value };
  const done = (): void => onDone({ field: chip.field, op: latest.current.op, value: needsValue(latest.current.op) ? toText(latest.current.value) : "" });

  return (
    <div class="menu chip-edit" popover="manual" role="dialog" aria-label={t("list.filter.edit", { name: field.label })} ref={box}
      onKeyDown={(e) => {
        if (e.key === "Enter" && !e.defaultPrevented && (e.target as Element).tagName !== "BUTTON") { e.preventDefault(); done(); }
        if (e.key === "Escape" && !e.defaultPrevented) { e.preventDefault(); e.stopPropagation(); onDone(null); }
      }}>
      <select class="in" aria-label={field.label} value={op} onChange={(e) => setOp(e.currentTarget.value)}>
        {operatorsOf(field).map((o) => <option key={o} value={o}>{opLabel(o, field)}</option>)}
      </select>
      {needsValue(op) && <ValueInput id={id} entity={entity} field={field} op={op} value={value} onChange={setValue} />}
      <button type="button" class="btn small" onClick={done}>{t("list.filter.apply")}</button>
    </div>
  );
}

function ValueInput({ id, entity, field, op, value, onChange }:
  { id: string; entity: Entity; field: Field; op: string; value: unknown; onChange: (v: unknown) => void }) {
  if (op === "period") return (
    <select class="in" aria-label={t("op.period")} value={String(value ?? "")} onChange={(e) => onChange(e.currentTarget.value)}>
      <option value="">{t("field.choose")}</option>
      {PERIODS.map((p) => <option key={p} value={p}>{t(`period.${p}` as Word)}</option>)}
    </select>
  );
  const many = op === "in" || (field.type === "multichoice" && op === "contains");
  // What a link may point at today is no limit for what it pointed at once.
  const as: Field = { ...field, readonly: false, filter: "", open: false, ...(field.options && { options: field.options.map((o) => ({ ...o, hidden: false })) }) };
  const type = many ? "multichoice" : field.type === "status" ? "choice" : field.type === "datetime" ? "date"
    : field.type === "money" ? "dec" : ["longtext", "autonumber", "email", "phone", "url"].includes(field.type) ? "text" : field.type;
  if (type === "bool") return (
    <select class="in" aria-label={field.label} value={String(value ?? "")} onChange={(e) => onChange(e.currentTarget.value)}>
      <option value="true">{t("bool.yes")}</option><option value="false">{t("bool.no")}</option>
    </select>
  );
  const { Input } = fieldType({ ...as, type });
  return Input && (
    <>
      <label class="unseen" id={`${id}-label`} for={id}>{field.label}</label>
      <Input id={id} field={{ ...as, type }} entity={entity} record={{ id: "", rev: 0 }} invalid={false} required={false} describedBy={undefined}
        value={many ? (Array.isArray(value) ? value : []) : (Array.isArray(value) ? value[0] : value) ?? null} onChange={onChange} />
    </>
  );
}

function fromText(field: Field, text: string): unknown {
  if (field.type === "bool") return text || "true";
  return ["choice", "status", "multichoice"].includes(field.type) ? text.split(",").filter(Boolean) : text || null;
}
const toText = (value: unknown): string => (Array.isArray(value) ? value.join(",") : value === null || value === undefined ? "" : String(value));
