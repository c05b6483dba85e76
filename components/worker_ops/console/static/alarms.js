// Alarms, and what scaling and ECS decided.

import { html } from "./vendor/htm-preact.js";
import { Moment, Section } from "./parts.js";

const STATES = { ALARM: "rings", OK: "calm", INSUFFICIENT_DATA: "no data" };

export function Alarms({ alarms }) {
  return html`
    <${Section} id="alarms" title="Alarms">
      ${alarms.length === 0 && html`<p class="dim">The service has no alarms here.</p>`}
      <ul class="plain">
        ${alarms.map(
          (alarm) => html`
            <li key=${alarm.name}>
              <details>
                <summary>
                  <${State} alarm=${alarm} />
                  ${" "}${alarm.name}${alarm.is_silent ? " (silent)" : ""}
                </summary>
                <p>${alarm.description}</p>
                <p class="dim"><${Moment} at=${alarm.since} /> ${alarm.why}</p>
              </details>
            </li>`,
        )}
      </ul>
    <//>`;
}

/** An alarm that scales is no bad news when it is on. */
function State({ alarm }) {
  const { state, scales } = alarm;
  if (scales) return html`<span class="kind">${state === "ALARM" ? "scales now" : "scales"}</span>`;
  const kind = state === "ALARM" ? "bad" : state === "OK" ? "good" : "";
  return html`<span class=${`fate ${kind}`}>${STATES[state] ?? state}</span>`;
}

export function Scaling({ scaling, decisions, running }) {
  const bounds = scaling && `${scaling.min} to ${scaling.max} tasks${scaling.is_suspended ? ", suspended" : ""}`;
  return html`
    <${Section} id="scaling" title="Scaling" aside=${html`<p>${bounds ?? "does not scale"}</p>`}>
      ${decisions.length === 0 && html`<p class="dim">Scaling has decided nothing of late.</p>`}
      <ol class="story">
        ${decisions.map(
          (decision) => html`
            <li><${Moment} at=${decision.at} /> <b>${decision.what}</b> <span class="dim">${decision.status}</span>
              <p class="text">${decision.why}</p></li>`,
        )}
      </ol>
      ${running?.events.length > 0 &&
      html`<details><summary>What ECS says</summary>
        <ol class="story">${running.events.map((event) => html`<li><${Moment} at=${event.at} /> ${event.text}</li>`)}</ol>
      </details>`}
    <//>`;
}
