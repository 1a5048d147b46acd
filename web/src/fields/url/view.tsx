import { str, type ViewProps } from "../types.ts";

/** Only what a browser opens as a page becomes a link. */
export const View = ({ value, where }: ViewProps) => {
  const url = str(value);
  const words = url.replace(/^https?:\/\/(www\.)?/, "").replace(/\/$/, "");
  return where === "card" || !/^https?:\/\//i.test(url) ? <span class="cut">{words}</span>
    : <a class="ref" href={url} target="_blank" rel="noopener noreferrer">{words}</a>;
};
