// Dead letters: why they are dead, and what can be done about it.

import { html, useState } from "./vendor/htm-preact.js";
import { ask, at } from "./api.js";
import { Letter } from "./letter.js";
import { Confirm, Moment, Section, Table, count, plural } from "./parts.js";
import { Progress, useWork } from "./progress.js";

const SHOWN_CHARACTERS = 120;
const ROWS_MOST = 200;
const NO_CONDITIONS = { reason: "", where: "", older_than: "", younger_than: "" };

export function Letters({ service, queues, canWrite }) {
  const withLetters = queues.filter((queue) => queue.dead_letters);
  const [name, setName] = useState(withLetters[0]?.name);
  const [conditions, setConditions] = useState(NO_CONDITIONS);
  const [looked, setLooked] = useState(null);
  const [ticked, setTicked] = useState(new Set());
  const [open, setOpen] = useState(null);
  const [asking, setAsking] = useState(null);
  const [rate, setRate] = useState("");
  const state = useWork();
  if (!withLetters.length) return null;

  const queue = withLetters.find((one) => one.name === name) ?? withLetters[0];
  const address = (action) => at("services", service, "queues", queue.name, "letters", action);

  const look = async (say = (result) => said(result, queue)) => {
    const used = { ...conditions };
    const result = await state.run("Looking through the dead letters", address("look"), used, say);
    if (!result) return;
    setLooked({ ...result, conditions: used });
    setTicked(new Set());
  };
  const act = async (title, action, body, say) => {
    setOpen(null);
    setAsking(null);
    let told = "";
    const result = await state.run(title, address(action), body, (done) => (told = say(done)));
    if (result) await look(() => told);
    return result;
  };
  const redrive = (meant) =>
    act("Sending back", "redrive", { ...meant, rate: rate ? Number(rate) : null }, (done) =>
      `${plural(done.moved, "letter")} moved back to the queue.` +
      (done.double ? ` ${done.double} of them may be there twice.` : "") + undone(done));
  const purge = (meant) =>
    act("Deleting", "purge", meant, (done) =>
      `${plural(done.purged, "letter")} deleted` + (done.file ? `; they are in ${done.file}.` : ".") + undone(done));
  const edit = async (letter, text) => {
    const result = await act("Sending back", "edit", { id: letter.id, text }, (done) =>
      done.sent ? `Sent back as ${done.sent}.` : "Nothing was changed.");
    // What was typed is not lost: it can be corrected, or sent again.
    if (!result) setOpen({ ...letter, typed: text });
  };
  const stop = () => ask(address("stop"), { method: "POST", body: "{}" }).catch(() => {});

  const meant = ticked.size ? { ids: [...ticked] } : looked?.conditions;
  const how = ticked.size ? `${plural(ticked.size, "chosen letter")}` : which(looked);
  return html`
    <${Section} id="dead-letters" title="Dead letters"
      aside=${withLetters.length > 1 && html`<${Queues} queues=${withLetters} value=${queue.name} onChange=${(one) => (setName(one), setLooked(null))} />`}>
      <${Conditions} value=${conditions} onChange=${setConditions} onLook=${() => look()} busy=${state.busy} />
      <${Progress} state=${state} onStop=${canWrite ? stop : null} />
      ${looked &&
      html`
        <${Reasons} reasons=${looked.reasons} canWrite=${canWrite} busy=${state.busy}
          onRedrive=${(reason) => redrive(and(looked.conditions, reason))}
          onPurge=${(reason) => setAsking({ meant: and(looked.conditions, reason), how: plural(reason.letters, "letter") })} />
        ${canWrite && looked.fitting > 0 &&
        html`<p class="row">
          <button type="button" disabled=${state.busy} onClick=${() => redrive(meant)}>Redrive ${how}</button>
          <button type="button" disabled=${state.busy} onClick=${() => setAsking({ meant, how })}>Purge ${how}</button>
          <label>Letters a second
            <input type="number" min="1" max="500" value=${rate} onInput=${(event) => setRate(event.target.value)} /></label>
        </p>`}
        <${Rows} letters=${looked.letters} canWrite=${canWrite} ticked=${ticked} onTick=${setTicked} onOpen=${setOpen} />`}
      ${open && html`<${Letter} letter=${open} canWrite=${canWrite} onClose=${() => setOpen(null)}
        problem=${open.typed === undefined ? "" : state.said} onEdit=${(text) => edit(open, text)} onRedrive=${() => redrive({ ids: [open.id] })}
        onPurge=${() => (setOpen(null), setAsking({ meant: { ids: [open.id] }, how: "this letter" }))} />`}
      ${asking && html`<${Confirm} title="Purge" button=${`Delete ${asking.how}`} onNo=${() => setAsking(null)} onYes=${() => purge(asking.meant)}>
        <p>Delete ${asking.how} in ${queue.dead_letter_queue_name} for good? Each is saved to a file before it is deleted.</p><//>`}
    <//>`;
}

function Queues({ queues, value, onChange }) {
  return html`
    <label>Of queue <select value=${value} onChange=${(event) => onChange(event.target.value)}>
      ${queues.map((queue) => html`<option value=${queue.name}>${queue.name}</option>`)}
    </select></label>`;
}

function Conditions({ value, onChange, onLook, busy }) {
  const field = (name, label, placeholder) => html`
    <label>${label} <input value=${value[name]} placeholder=${placeholder}
      onInput=${(event) => onChange({ ...value, [name]: event.target.value })} /></label>`;
  return html`
    <form class="row" onSubmit=${(event) => (event.preventDefault(), onLook())}>
      ${field("reason", "Reason has", "a part of it")}
      ${field("where", "Where", "body.order_id == 'o-7'")}
      ${field("older_than", "Older than", "90s, 2h, 7d")}
      ${field("younger_than", "Younger than", "90s, 2h, 7d")}
      <button class="main" disabled=${busy}>Look</button>
    </form>`;
}

function Reasons({ reasons, canWrite, busy, onRedrive, onPurge }) {
  const rows = reasons.map(
    (reason) => html`
      <tr key=${`${reason.error_type} ${reason.reason}`}>
        <td class="number">${count(reason.letters)}</td>
        <td>${reason.error_type}</td>
        <td class="text">${reason.reason}</td>
        ${canWrite &&
        html`<td class="row">
          <button type="button" disabled=${busy} onClick=${() => onRedrive(reason)} aria-label=${`Redrive those with: ${reason.reason}`}>Redrive</button>
          <button type="button" disabled=${busy} onClick=${() => onPurge(reason)} aria-label=${`Purge those with: ${reason.reason}`}>Purge</button>
        </td>`}
      </tr>`,
  );
  return html`<${Table} caption="Dead letters by reason" rows=${rows} empty="None."
    columns=${["letters", "error", "reason", ...(canWrite ? ["what to do"] : [])]} />`;
}

function Rows({ letters, canWrite, ticked, onTick, onOpen }) {
  const tick = (id) => {
    const now = new Set(ticked);
    if (!now.delete(id)) now.add(id);
    onTick(now);
  };
  const shown = letters.slice(0, ROWS_MOST);
  const rows = shown.map(
    (letter) => html`
      <tr key=${letter.id}>
        ${canWrite && html`<td><input type="checkbox" checked=${ticked.has(letter.id)} onChange=${() => tick(letter.id)} aria-label=${`Choose ${letter.id}`} /></td>`}
        <td><button class="link id" onClick=${() => onOpen(letter)}>${letter.id}</button></td>
        <td class="text">${letter.reason.slice(0, SHOWN_CHARACTERS)}</td>
        <td class="number">${letter.tries || ""}</td>
        <td><${Moment} at=${letter.sent_at} /></td>
        <td class="text id">${letter.text.slice(0, SHOWN_CHARACTERS)}</td>
      </tr>`,
  );
  if (!rows.length) return null;
  return html`
    <${Table} caption="Dead letters" rows=${rows} columns=${[...(canWrite ? ["choose"] : []), "letter", "reason", "tries", "sent", "body"]} />
    ${letters.length > ROWS_MOST && html`<p class="dim">The first ${ROWS_MOST} are shown: conditions find others.</p>`}`;
}

/** The conditions that were looked with, and one reason exactly: a JMESPath expression, as --where takes it. */
function and(conditions, { reason, error_type: errorType }) {
  const literal = (text) => "`" + JSON.stringify(text).replaceAll("`", "\\`") + "`";
  const exactly = `reason == ${literal(reason)} && error_type == ${literal(errorType)}`;
  return { ...conditions, where: conditions.where ? `(${conditions.where}) && ${exactly}` : exactly };
}

function which(looked) {
  if (!looked) return "";
  const all = Object.values(looked.conditions).every((condition) => !condition);
  return all ? `all ${plural(looked.fitting, "letter")}` : `the ${plural(looked.fitting, "letter")} that fit`;
}

const undone = (done) => done.undone.map((text) => ` ${text}.`).join("");

function said(result, queue) {
  const held = queue.dead_letters.in_flight;
  return (
    `${plural(result.fitting, "letter")} of ${count(result.looked_at)} that were looked at.` +
    (result.is_cut_short ? " As many were held as may be: there are more." : "") +
    (held ? ` Others may be held by somebody just now.` : "") +
    (queue.is_fifo ? " Of each message group SQS shows the first ones alone until they are gone." : "")
  );
}
