// One dead letter: its story, its attributes, its text, and a new text for it.

import { html, useState } from "./vendor/htm-preact.js";
import { Dialog, Moment } from "./parts.js";

export function Letter({ letter, canWrite, problem, onClose, onEdit, onRedrive, onPurge }) {
  const [text, setText] = useState(letter.typed ?? letter.text);
  const changed = text !== letter.text;
  return html`
    <${Dialog} title="A dead letter" onClose=${onClose}>
      ${problem && html`<p role="alert" class="notice bad">${problem}</p>`}
      <p class="id">${letter.id}</p>
      <${LetterStory} letter=${letter} />
      <${Attributes} attributes=${letter.attributes} />
      ${canWrite
        ? html`
          <label class="over">Its text
            <textarea rows="10" spellcheck=${false} value=${text} onInput=${(event) => setText(event.target.value)}></textarea></label>
          <p class="row">
            <button type="button" class="main" onClick=${() => (changed ? onEdit(text) : onRedrive())}>
              ${changed ? "Send the edited letter back" : "Send it back as it is"}</button>
            <button type="button" onClick=${onPurge}>Purge it</button>
          </p>
          <p class="dim">The original stays until SQS has taken what is sent.</p>`
        : html`<pre tabindex="0">${letter.text}</pre>`}
    <//>`;
}

function LetterStory({ letter }) {
  return html`
    <ol class="story">
      <li><${Moment} at=${letter.sent_at} /> <b>sent</b> ${letter.topic && `through ${letter.topic}`}
        ${letter.group && ` in the message group ${letter.group}`}</li>
      ${letter.first_received_at && html`<li><${Moment} at=${letter.first_received_at} /> <b>first received</b></li>`}
      ${letter.failed_at && html`<li><${Moment} at=${letter.failed_at} /> <b>first failed</b></li>`}
      <li><b>given up</b> ${letter.tries > 0 && `at try ${letter.tries}`} ${letter.task && `by ${letter.task}`}
        <p class="text"><span class="kind">${letter.error_type}</span> ${letter.reason}</p></li>
    </ol>`;
}

function Attributes({ attributes }) {
  const names = Object.keys(attributes);
  if (!names.length) return null;
  return html`
    <dl>${names.map((name) => html`<div><dt>${name}</dt><dd class="text">${attributes[name]}</dd></div>`)}</dl>`;
}
