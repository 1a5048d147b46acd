import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { t } from "../base/i18n/index.ts";
import { Icon } from "../base/icon.tsx";

interface Props {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  /** The buttons at the foot. */
  foot?: ComponentChildren;
  class?: string;
  /** A click beside it or Escape asks instead of closing. */
  guarded?: boolean;
  /** Ctrl+Enter, wherever the focus is. */
  onCommit?: () => void;
}

/** The browser's own modal: focus stays inside and returns where it was. */
export function Dialog(p: Props) {
  const ref = useRef<HTMLDialogElement>(null);
  const title = useId();
  useEffect(() => {
    const back = document.activeElement;
    const dialog = ref.current!;
    dialog.showModal();
    const body = dialog.querySelector(".dialog-body")!;
    (body.querySelector<HTMLElement>("[autofocus]") ??
      body.querySelector<HTMLElement>("input:not([tabindex='-1']):not([type=radio]:not(:checked)),select,textarea") ??
      dialog.querySelector<HTMLElement>(".dialog-foot .btn:last-child"))?.focus();
    return () => {
      dialog.close();
      if (back instanceof HTMLElement && back.isConnected) back.focus();
    };
  }, []);
  return (
    <dialog ref={ref} class={`dialog ${p.class ?? ""}`} aria-labelledby={title}
      onCancel={(e) => { e.preventDefault(); p.onClose(); }}
      onKeyDown={(e) => {
        if (p.onCommit && e.key === "Enter" && (e.ctrlKey || e.metaKey) && !e.defaultPrevented) { e.preventDefault(); p.onCommit(); }
      }}
      onPointerDown={(e) => { if (e.target === e.currentTarget && !p.guarded) p.onClose(); }}>
      <div class="dialog-in">
        <header class="dialog-head">
          <h2 id={title}>{p.title}</h2>
          <button type="button" class="btn bare icon" aria-label={t("dialog.close")} onClick={p.onClose}><Icon name="x" /></button>
        </header>
        <div class="dialog-body">{p.children}</div>
        {p.foot && <footer class="dialog-foot">{p.foot}</footer>}
      </div>
    </dialog>
  );
}
