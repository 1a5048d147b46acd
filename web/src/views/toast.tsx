import { t } from "../base/i18n/index.ts";
import { hideToast, holdToast, toast } from "../base/toast.ts";
import { Icon } from "../base/icon.tsx";
import { useEffect, useRef } from "preact/hooks";

export function ToastView() {
  const now = toast.value;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // In the top layer, so that a dialog does not hide it.
    if (now && box.current) { box.current.hidePopover?.(); box.current.showPopover?.(); }
  }, [now?.id]);
  if (!now) return null;
  return (
    <div ref={box} popover="manual" role="region" aria-label={t("toast.label")} class={`toast ${now.tone}`} onPointerEnter={() => holdToast(true)} onPointerLeave={() => holdToast(false)}
      onFocusIn={() => holdToast(true)} onFocusOut={() => holdToast(false)}>
      {now.tone === "bad" && <Icon name="circle-alert" />}
      <span>{now.text}</span>
      {now.action && <button type="button" onClick={() => { const { run } = now.action!; hideToast(); run(); }}>{now.action.label}</button>}
      <button type="button" class="toast-x" aria-label={t("dialog.close")} onClick={hideToast}><Icon name="x" /></button>
    </div>
  );
}
