// Work that takes a while: how far it is, and what came of it.

import { html, useState } from "./vendor/htm-preact.js";
import { work } from "./api.js";
import { count } from "./parts.js";

/** Runs one piece of work at a time. `run` resolves to the result, or to null where a problem is shown. */
export function useWork() {
  const [state, setState] = useState({ title: "", done: 0, total: null, note: "", said: "", failed: false });
  const run = async (title, address, body, say) => {
    setState({ title, done: 0, total: null, note: "", said: "", failed: false });
    try {
      const result = await work(address, body, ({ done, total, note }) => setState((now) => ({ ...now, done, total, note })));
      setState({ title: "", done: 0, total: null, note: "", said: say(result), failed: false });
      return result;
    } catch (error) {
      setState({ title: "", done: 0, total: null, note: "", said: error.message, failed: true });
      return null;
    }
  };
  return { ...state, busy: state.title !== "", run };
}

export function Progress({ state, onStop }) {
  const { title, done, total, note, said, failed } = state;
  return html`
    <div role="status" class="said">
      ${title && html`<span>${title} ...</span>`}
      ${note && html`<span class="bad">${note}</span>`}
      ${said && html`<span class=${failed ? "bad" : "good"}>${said}</span>`}
    </div>
    ${title &&
    html`<p class="row">
      <progress value=${total ? done : undefined} max=${total || 1} aria-label=${title}></progress>
      <span class="dim">${count(done)}${total ? ` of about ${count(total)}` : ""}</span>
      ${onStop && html`<button type="button" onClick=${onStop}>Stop</button>`}
    </p>`}`;
}
