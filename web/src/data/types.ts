/** What the server sends: docs/design/0002-what-the-browser-gets.md. */
import type { FxNode } from "../base/fx.ts";

export type Value = unknown;

export interface RecordData {
  id: string;
  rev: number;
  created_at?: string;
  created_by?: string;
  updated_at?: string;
  updated_by?: string;
  _title?: string;
  _expand?: Record<string, Expanded | null>;
  _warnings?: Issue[];
  [field: string]: Value;
}

export interface Expanded { id: string; _title?: string; entity?: string; [field: string]: Value }
export interface Ref { entity: string; id: string }
export interface FileRef { id: string; name: string; size: number; type: string }

export interface Option { code: string; label: string; color?: string; kind?: string; hidden?: boolean }

export interface Move {
  name: string; from: string[]; to: string; label: string;
  require?: string[]; ask?: string[]; message?: string; when?: FxNode | null;
}

export interface Field {
  name: string; label: string; help?: string; type: string;
  required?: boolean; readonly?: boolean; hidden?: boolean; system?: boolean;
  sorts?: boolean; groups?: boolean; measures?: boolean; operators?: string[];
  scale?: number; min?: string | number | null; max?: string | number | null; currency?: string;
  options?: Option[]; open?: boolean; initial?: string; moves?: Move[];
  targets?: string[]; inverse?: string;
  /** fx: which targets fit; `this` is the record that is being edited. */
  filter?: string; accept?: string; multiple?: boolean; pattern?: string;
  default?: FxNode | null; visible_when?: FxNode | null; required_when?: FxNode | null; readonly_when?: FxNode | null;
}

export interface Collection { name: string; label: string; entity: string; by: string; inline?: boolean }

export interface Entity {
  key: string; package: string; name: string; label: string; plural: string; icon?: string; color?: string; help?: string;
  number?: number; path: string; link?: boolean; platform?: boolean;
  can: { create?: boolean; update?: boolean; delete?: boolean };
  title?: string; title_fx?: FxNode; subtitle?: string; status?: string; owner?: string; search?: boolean;
  fields: Field[]; by: Record<string, Field>;
  collections: Collection[]; form?: string; view?: string; views?: string[];
}

export interface Place {
  field: string; span?: number; label?: string; autofocus?: boolean;
  visible_when?: FxNode | null; required_when?: FxNode | null; readonly_when?: FxNode | null;
}
export interface Section {
  name: string; label?: string; columns?: number; visible_when?: FxNode | null; places?: Place[];
  grid?: { collection: string; columns?: string[] } | null;
}
export interface Tab { name: string; label: string; sections?: Section[] }
export interface Form {
  entity: string; name: string; label: string; path?: string;
  facts?: { field: string; visible_when?: FxNode | null }[]; tabs?: Tab[];
}

export interface Column { path: string; label?: string; pinned?: boolean; total?: string }
export interface View {
  entity: string; name: string; kind: string; label: string; icon?: string; filter?: string;
  columns?: Column[]; sort?: { path: string; descending?: boolean }[]; group?: string;
  quicks?: { label: string; filter: string }[];
  by?: string; hide?: string[]; title?: string; subtitle?: string; badge?: string; sum?: string; count?: boolean;
}

export interface MenuItem { group?: string; entity: string; view?: string; label: string; icon?: string }
export interface App { name: string; label: string; icon?: string; items: MenuItem[] }

export interface Model {
  generation: number; lang: string; currency: string; tz: string; admin?: boolean;
  user: { id: string; name: string; email: string; [more: string]: unknown };
  packages: { id: string; label: string; version: string; icon?: string }[];
  apps: App[];
  entities: Record<string, Entity>;
  forms: Record<string, Form>;
  views: Record<string, View>;
}

export interface Issue { path: string; code: string; message: string }

export interface Page { items: RecordData[]; next: string | null; count?: { value: number; exact: boolean } }

export interface SearchHit { entity: string; id: string; title: string; subtitle?: string; field?: string; snippet?: string }

export interface HistoryItem {
  txn: string; at: string; user: string | { id: string; name?: string; _title?: string } | null;
  user_name?: string; source: string; op: string; rule: string | null;
  changes: { field: string; from: Value; to: Value }[];
}
