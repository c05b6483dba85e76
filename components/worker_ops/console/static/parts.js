// Small things that every part of the page is made of. Whatever comes from messages goes in as text, never as markup.

import { html, useEffect, useRef } from "./vendor/htm-preact.js";

const numbers = new Intl.NumberFormat("en");

export const count = (value) => (value == null ? "-" : numbers.format(value));
export const plural = (value, one, more = `${one}s`) => `${count(value)} ${value === 1 ? one : more}`;

/** A moment, as the reader's clock shows it. */
export function Moment({ at }) {
  if (!at) return html`<span class="dim">-</span>`;
  const moment = new Date(at);
  if (Number.isNaN(moment.getTime())) return html`<span>${at}</span>`;
  const today = moment.toDateString() === new Date().toDateString();
  const shown = today ? moment.toLocaleTimeString("en-GB") : moment.toLocaleString("en-GB");
  return html`<time dateTime=${at} title=${at}>${shown}</time>`;
}

export function Section({ id, title, children, aside }) {
  return html`
    <section id=${id} aria-labelledby=${`${id}-title`}>
      <div class="head"><h2 id=${`${id}-title`}>${title}</h2>${aside}</div>
      ${children}
    </section>`;
}

/** A table that scrolls by itself where it is too wide; the keyboard reaches it. */
export function Table({ caption, columns, rows, empty }) {
  if (!rows.length) return html`<p class="dim">${empty}</p>`;
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label=${caption}>
      <table>
        <caption class="hidden">${caption}</caption>
        <thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
        <tbody>${rows}</tbody>
      </table>
    </div>`;
}

/** A dialog of the browser's own: it keeps the focus, and Escape closes it. */
export function Dialog({ title, onClose, children }) {
  const dialog = useRef(null);
  useEffect(() => {
    const opener = document.activeElement;
    dialog.current.showModal();
    return () => opener?.focus?.();
  }, []);
  return html`
    <dialog ref=${dialog} aria-labelledby="dialog-title" onClose=${onClose}>
      <div class="head">
        <h2 id="dialog-title">${title}</h2>
        <button type="button" class="quiet" onClick=${() => dialog.current.close()}>Close</button>
      </div>
      ${children}
    </dialog>`;
}

/** A question that has to be answered before something is done. */
export function Confirm({ title, button, onYes, onNo, children }) {
  return html`
    <${Dialog} title=${title} onClose=${onNo}>
      ${children}
      <p class="row"><button type="button" class="danger" onClick=${onYes}>${button}</button></p>
    <//>`;
}

/** The last minutes of a number, as a line. */
export function Spark({ values, label }) {
  if (values.length < 2) return null;
  const most = Math.max(...values, 1);
  const points = values.map((value, place) => `${(place / (values.length - 1)) * 100},${28 - (value / most) * 26}`);
  return html`
    <svg class="spark" viewBox="0 0 100 30" preserveAspectRatio="none" role="img" aria-label=${label}>
      <polyline points=${points.join(" ")} />
    </svg>`;
}
