// The last messages and their fates, and the story of one.

import { html, useEffect, useState } from "./vendor/htm-preact.js";
import { ask, at } from "./api.js";
import { Dialog, Moment, Section, Table } from "./parts.js";

const NO_LOG = "This place does not say where its log is, which tells what becomes of messages: a stack exports log_group_name.";
const GOOD = new Set(["processed"]);

export function Messages({ doc, onStory }) {
  const [fate, setFate] = useState("");
  const fates = Object.keys(Object.values(doc.fates)[0]);
  const shown = fate ? doc.messages.filter((message) => message.fate === fate) : doc.messages;
  const rows = shown.map(
    (message) => html`
      <tr key=${message.id}>
        <td><${Moment} at=${message.at} /></td>
        <td><${Fate} fate=${message.fate} /></td>
        <td><button class="link id" onClick=${() => onStory(message.id)}>${message.id}</button></td>
        <td class="number">${message.tries}</td>
        <td class="number">${message.seconds.toFixed(3)}</td>
        <td>${message.task}</td>
        <td class="text">${message.reason}</td>
      </tr>`,
  );
  const choose = html`
    <label>Show <select value=${fate} onChange=${(event) => setFate(event.target.value)}>
      <option value="">all</option>
      ${fates.map((one) => html`<option value=${one}>${one}</option>`)}
    </select></label>`;
  return html`
    <${Section} id="messages" title="Last messages" aside=${choose}>
      <${Table} caption="The last messages and their fates" rows=${rows}
        empty=${doc.has_log ? "No message yet. A message is here once a worker has tried it." : NO_LOG}
        columns=${["at", "fate", "message", "tries", "seconds", "task", "why"]} />
    <//>`;
}

export function Fate({ fate }) {
  return html`<span class=${`fate ${GOOD.has(fate) ? "good" : "bad"}`}>${fate}</span>`;
}

export function Story({ service, id, onClose }) {
  const [story, setStory] = useState(null);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    ask(at("services", service, "messages", id)).then(setStory, (error) => setProblem(error.message));
  }, [service, id]);
  return html`
    <${Dialog} title="A message's story" onClose=${onClose}>
      <p class="id">${id}</p>
      ${problem && html`<p role="alert" class="bad">${problem}: the page knows what the log told since it was opened.</p>`}
      ${story && html`<ol class="story">${story.steps.map((step) => html`<${Step} step=${step} />`)}</ol>`}
    <//>`;
}

const SAID = {
  message_processed: "The handler returned: it is done, and deleted.",
  message_failed: "The handler raised, or ran too long: it is tried again.",
  message_retried: "The handler asked to try it again later.",
  message_rejected: "The handler rejected it: it is in the dead-letter queue.",
  message_dead_lettered: "The last permitted try failed: it is in the dead-letter queue.",
  message_returned: "SQS has it back, before anything was tried.",
  message_abandoned: "Its handler still ran when the task had to stop: SQS has it back.",
};

function Step({ step }) {
  const { receive_count: tries, duration_seconds: seconds, ...others } = step.more;
  const more = Object.entries(others);
  return html`
    <li>
      <${Moment} at=${step.at} /> <b>${step.action || step.level}</b> <span class="dim">${step.task}</span>
      ${tries && html`<p>Try ${tries}; the handler ran ${Number(seconds).toFixed(3)} s.</p>`}
      ${SAID[step.action] && html`<p>${SAID[step.action]}</p>`}
      ${step.text && html`<p class="text"><span class="kind">${step.error_type}</span> ${step.text}</p>`}
      ${more.length > 0 && html`<p class="dim">${more.map(([name, value]) => `${name}=${value}`).join(" ")}</p>`}
    </li>`;
}
