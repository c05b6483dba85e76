// The tasks, and what each does.

import { html } from "./vendor/htm-preact.js";
import { Moment, Section, Table, count } from "./parts.js";

export function Tasks({ tasks, onStory }) {
  const rows = tasks.map(
    (task) => html`
      <tr key=${task.name}>
        <th scope="row">${task.name}</th>
        <td class=${task.health ? "bad" : ""}>${task.health || task.state}</td>
        <td class="number">${count(task.processed)}</td>
        <td class="number">${count(task.not_processed)}</td>
        <td>${task.does}</td>
        <td>${task.message_id && html`<button class="link id" onClick=${() => onStory(task.message_id)}>${task.message_id}</button>`}</td>
        <td><${Moment} at=${task.at} /></td>
      </tr>`,
  );
  return html`
    <${Section} id="tasks" title="Tasks">
      <${Table} caption="Tasks, and what each does" rows=${rows} empty="No task has said anything yet."
        columns=${["task", "state", "processed", "not processed", "did last", "with message", "at"]} />
    <//>`;
}
