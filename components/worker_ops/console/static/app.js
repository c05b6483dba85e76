// The page: asks what it is for, follows the service, and puts its parts together.

import { html, render, useEffect, useState } from "./vendor/htm-preact.js";
import { Alarms, Scaling } from "./alarms.js";
import { ask, at, follow } from "./api.js";
import { Letters } from "./letters.js";
import { Messages, Story } from "./messages.js";
import { Picture, all } from "./picture.js";
import { Publish } from "./publish.js";
import { Tasks } from "./tasks.js";

const LOOKS_KEPT = 120;

function Page() {
  const [about, setAbout] = useState(null);
  const [problem, setProblem] = useState("");
  const [service, setService] = useState("");

  useEffect(() => {
    if (about) return undefined;
    const look = () =>
      ask(at("about")).then(
        (told) => {
          setProblem("");
          setAbout(told);
          setService(told.services[0]?.name ?? "");
          document.title = `${told.place}: worker service`;
        },
        (error) => setProblem(error.message),
      );
    look();
    const again = setInterval(look, 2000);
    return () => clearInterval(again);
  }, [about]);

  return html`
    <a class="skip" href="#picture">To the picture</a>
    <header>
      <h1>${about?.place ?? "Worker service"}</h1>
      ${about && html`<span class="kind">${about.can_write ? "can change things" : "only shows"}</span>`}
      ${about?.services.length > 1 && html`<${Choose} services=${about.services} value=${service} onChange=${setService} />`}
      <nav aria-label="Parts of the page">
        ${parts(about).map((part) => html`<a href=${`#${part}`}>${part.replace("-", " ")}</a>`)}
      </nav>
    </header>
    ${problem && html`<p role="alert" class="notice bad">${problem}</p>`}
    ${about && !service && html`<p class="notice">There is no worker service here.</p>`}
    ${service && html`<${Service} key=${service} about=${about} service=${service} />`}`;
}

const parts = (about) => [
  ...(about?.can_write ? ["publish"] : []), "messages", "dead-letters", "tasks", "scaling", "alarms",
];

function Choose({ services, value, onChange }) {
  return html`
    <label>Service <select value=${value} onChange=${(event) => onChange(event.target.value)}>
      ${services.map((one) => html`<option value=${one.name}>${one.name}</option>`)}
    </select></label>`;
}

function Service({ about, service }) {
  const [doc, setDoc] = useState(null);
  const [history, setHistory] = useState({});
  const [lost, setLost] = useState("");
  const [story, setStory] = useState("");

  useEffect(() => {
    const ended = new AbortController();
    const see = (told) => {
      setDoc(told);
      setHistory((before) => remembered(before, told.queues));
    };
    follow(at("services", service, "events"), ended.signal, see, setLost);
    return () => ended.abort();
  }, [service]);

  const ringing = (doc?.alarms ?? []).filter((alarm) => alarm.state === "ALARM" && !alarm.scales).map((alarm) => alarm.name);
  return html`
    <p role="status" class=${`notice ${lost ? "bad" : "hidden"}`}>${lost ? `${lost} Trying again ...` : "The page is live."}</p>
    ${!doc && !lost && html`<p class="notice">Looking at ${service} ...</p>`}
    ${doc &&
    html`
      ${ringing.length > 0 &&
      html`<p role="alert" class="notice bad">
        ${ringing.length === 1 ? "An alarm rings:" : `${ringing.length} alarms ring:`} <a href="#alarms">${ringing.join(", ")}</a></p>`}
      ${doc.problems.map((text) => html`<p class="notice warn">${text}</p>`)}
      <main>
        <${Picture} doc=${doc} history=${history} />
        ${about.can_write && html`<${Publish} service=${service} doc=${doc} samples=${about.samples} />`}
        <${Messages} doc=${doc} onStory=${setStory} />
        <${Letters} service=${service} queues=${doc.queues} canWrite=${about.can_write} />
        <${Tasks} tasks=${doc.tasks} onStory=${setStory} />
        <${Scaling} scaling=${doc.scaling} decisions=${doc.decisions} running=${doc.running} />
        <${Alarms} alarms=${doc.alarms} />
      </main>`}
    ${story && html`<${Story} service=${service} id=${story} onClose=${() => setStory("")} />`}`;
}

/** The last looks at each queue, for the lines in the picture. */
function remembered(before, queues) {
  const looks = queues.map((queue) => {
    const look = { visible: queue.visible, in_flight: queue.in_flight, dead: all(queue.dead_letters) };
    return [queue.name, [...(before[queue.name] ?? []), look].slice(-LOOKS_KEPT)];
  });
  return Object.fromEntries(looks);
}

render(html`<${Page} />`, document.getElementById("page"));
