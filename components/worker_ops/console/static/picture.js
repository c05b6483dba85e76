// The service as a picture: who sends, the queues, the workers, and where messages end.

import { html } from "./vendor/htm-preact.js";
import { Section, Spark, count, plural } from "./parts.js";

/** Letters that somebody looks at just now are dead all the same. */
export const all = (counts) => (counts ? counts.visible + counts.in_flight + counts.delayed : 0);

const KINDS = { sns: "topic", events: "rule", s3: "bucket" };

export function Picture({ doc, history }) {
  return html`
    <${Section} id="picture" title="The service" aside=${html`<${Deployment} running=${doc.running} />`}>
      ${doc.queues.map(
        (queue) => html`
          <${Lane} key=${queue.name} queue=${queue} doc=${doc} history=${history[queue.name] ?? []} />`,
      )}
    <//>`;
}

function Lane({ queue, doc, history }) {
  const dead = all(queue.dead_letters);
  const sources = doc.sources[queue.name] ?? [];
  const fates = doc.fates[queue.name];
  const tried = Object.values(fates).reduce((sum, fate) => sum + fate.a_second, 0);
  const died = fates.rejected.a_second + fates["dead-lettered"].a_second;
  return html`
    <ol class="lane" aria-label=${`Queue ${queue.name}, from who sends to where messages end`}>
      <li class="node">
        <h3>Who sends</h3>
        ${sources.length
          ? html`<ul class="plain">${sources.map((source) => html`<${Source} source=${source} />`)}</ul>`
          : html`<p class="dim">nobody by the queue's policy</p>`}
      </li>
      <${Arrow} moves=${tried > 0 || grows(history)} />
      <li class="node queue">
        <h3>Queue <span class="name">${queue.queue_name}</span></h3>
        <p class="big" data-count="visible">${count(queue.visible)} <small>waiting</small></p>
        <p>${count(queue.in_flight)} in flight, ${count(queue.delayed)} delayed</p>
        <${Spark} values=${history.map((one) => one.visible)} label="messages waiting, over the last minutes" />
      </li>
      <${Arrow} moves=${tried > 0} />
      <li class="node">
        <h3>Workers</h3>
        <${Workers} doc=${doc} fates=${fates} />
      </li>
      <${Arrow} moves=${died > 0} />
      <li class=${`node dead ${dead ? "some" : ""}`}>
        <h3>Dead-letter queue <span class="name">${queue.dead_letter_queue_name}</span></h3>
        ${queue.dead_letters
          ? html`
            <p class="big" data-count="dead">${count(dead)} <small>${dead === 1 ? "dead letter" : "dead letters"}</small></p>
            <p>${count(queue.dead_letters.in_flight)} of them held by somebody</p>
            <${Spark} values=${history.map((one) => one.dead)} label="dead letters, over the last minutes" />`
          : html`<p class="dim">none</p>`}
      </li>
    </ol>`;
}

function Source({ source }) {
  const kind = KINDS[source.service] ?? source.service;
  return html`
    <li>
      <span class="kind">${kind}</span> <span title=${source.arn}>${source.name}</span>
      ${source.filter_policy &&
      html`<details><summary>filter on ${source.filter_policy_scope === "MessageBody" ? "the body" : "attributes"}</summary>
        <pre tabindex="0">${source.filter_policy}</pre></details>`}
      ${kind === "topic" && !source.is_subscribed && html`<span class="warn">not subscribed</span>`}
    </li>`;
}

function Workers({ doc, fates }) {
  const working = doc.tasks.filter((task) => task.state !== "stopped").length;
  const failed = fates.failed.total + fates.retried.total;
  return html`
    <p class="big" data-count="tasks">
      ${doc.running ? `${doc.running.running || working} of ${doc.running.desired}` : count(working)}
      <small> ${working === 1 ? "task runs" : "tasks run"}</small>
    </p>
    <p><span data-count="processed">${count(fates.processed.total)}</span>
      ${` processed, ${fates.processed.a_second.toFixed(1)} a second`}</p>
    <p>${plural(failed, "try", "tries")} failed, ${(fates.failed.a_second + fates.retried.a_second).toFixed(1)} a second</p>`;
}

function Deployment({ running }) {
  if (!running?.deployment || running.deployment === "COMPLETED") return null;
  return html`<p class="warn">deployment ${running.deployment}: ${running.because}</p>`;
}

/** Whether more lies in the queue than at the look before. */
function grows(history) {
  const [before, now] = history.slice(-2);
  return now !== undefined && now.visible + now.in_flight > before.visible + before.in_flight;
}

/** What moves is drawn for the eye alone: the numbers say it, too. */
function Arrow({ moves }) {
  return html`<li class=${`arrow ${moves ? "moves" : ""}`} aria-hidden="true"><i></i><i></i><i></i></li>`;
}
