// A form to publish: where to, a sample or a text of one's own, attributes, how often.

import { html, useState } from "./vendor/htm-preact.js";
import { at } from "./api.js";
import { Section, plural } from "./parts.js";
import { Progress, useWork } from "./progress.js";

const SHOWN_CHARACTERS = 60;

export function Publish({ service, doc, samples }) {
  const outlets = outletsOf(doc);
  const [chosen, setChosen] = useState(0);
  const [text, setText] = useState(samples[0] ?? "{}");
  const [attributes, setAttributes] = useState([]);
  const [group, setGroup] = useState("");
  const [often, setOften] = useState("1");
  const [rate, setRate] = useState("");
  const state = useWork();
  const outlet = outlets[chosen] ?? outlets[0];

  const send = (event) => {
    event.preventDefault();
    const asked = {
      ...outlet.where,
      text,
      attributes: Object.fromEntries(attributes.filter(([name]) => name)),
      group: outlet.isFifo ? group : null,
      count: Number(often) || 1,
      rate: rate ? Number(rate) : null,
    };
    state.run("Publishing", at("services", service, "publish"), asked, (done) => `${plural(done.sent, "message")} sent to ${done.to}.`);
  };
  if (!outlet) return html`<${Section} id="publish" title="Publish"><p class="dim">Where to is not known yet.</p><//>`;
  return html`
    <${Section} id="publish" title="Publish">
      <form onSubmit=${send}>
        <label class="over">To
          <select value=${chosen} onChange=${(event) => setChosen(Number(event.target.value))}>
            ${outlets.map((one, place) => html`<option value=${place}>${one.title}</option>`)}
          </select></label>
        ${samples.length > 0 &&
        html`<label class="over">Sample
          <select onChange=${(event) => setText(samples[event.target.value])}>
            ${samples.map((sample, place) => html`<option value=${place}>${sample.slice(0, SHOWN_CHARACTERS)}</option>`)}
          </select></label>`}
        <label class="over">Message
          <textarea rows="6" required spellcheck=${false} value=${text} onInput=${(event) => setText(event.target.value)}></textarea></label>
        <${Attributes} value=${attributes} onChange=${setAttributes} />
        <p class="row">
          ${outlet.isFifo && html`<label>Message group <input required value=${group} onInput=${(event) => setGroup(event.target.value)} /></label>`}
          <label>How often <input type="number" min="1" max="10000" value=${often} onInput=${(event) => setOften(event.target.value)} /></label>
          <label>A second <input type="number" min="1" max="10000" value=${rate} onInput=${(event) => setRate(event.target.value)} /></label>
          <button class="main" disabled=${state.busy}>Publish</button>
        </p>
      </form>
      <${Progress} state=${state} />
    <//>`;
}

function Attributes({ value, onChange }) {
  const change = (place, row) => onChange(value.map((before, index) => (index === place ? row : before)));
  return html`
    <fieldset>
      <legend>Attributes</legend>
      ${value.map(
        ([name, text], place) => html`
          <p class="row" key=${place}>
            <input aria-label=${`Name of attribute ${place + 1}`} placeholder="name" value=${name} onInput=${(event) => change(place, [event.target.value, text])} />
            <input aria-label=${`Value of attribute ${place + 1}`} placeholder="value" value=${text} onInput=${(event) => change(place, [name, event.target.value])} />
            <button type="button" aria-label=${`Remove attribute ${place + 1}`} onClick=${() => onChange(value.filter((_, index) => index !== place))}>Remove</button>
          </p>`,
      )}
      <button type="button" disabled=${value.length >= 10} onClick=${() => onChange([...value, ["", ""]])}>Add an attribute</button>
    </fieldset>`;
}

/** The topics that send to the service's queues, and the queues themselves. */
function outletsOf(doc) {
  const topics = Object.values(doc.sources).flat().filter((source) => source.service === "sns");
  const byArn = new Map(topics.map((source) => [source.arn, source.name]));
  return [
    ...[...byArn].map(([arn, name]) => ({ title: `topic ${name}`, where: { topic: arn }, isFifo: arn.endsWith(".fifo") })),
    ...doc.queues.map((queue) => ({
      title: `straight into queue ${queue.queue_name}`,
      where: { queue: queue.name },
      isFifo: queue.is_fifo,
    })),
  ];
}
