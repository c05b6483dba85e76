// Talks to the server of this page, with the token of the address that opened it.

const KEY = "token";

// The part behind # is sent to nobody. The tab keeps it, so that the page can be loaded again, and the address loses it.
const given = new URLSearchParams(location.hash.slice(1)).get(KEY);
if (given) {
  sessionStorage.setItem(KEY, given);
  history.replaceState(null, "", location.pathname);
}

export const at = (...parts) => "api/" + parts.map(encodeURIComponent).join("/");

/** What the server answers. Throws an Error whose message is for people. */
export async function ask(address, options = {}) {
  const answer = await request(address, options);
  return answer.json();
}

/** Have something done that takes a while: onProgress is told how far it is; returns the result. */
export async function work(address, body, onProgress) {
  const answer = await request(address, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  for await (const told of events(answer.body)) {
    if (told.problem) throw new Error(told.problem);
    if (told.result) return told.result;
    onProgress(told);
  }
  throw new Error("the server went away before it was done: look what is there");
}

/** Follow a stream of events, again and again until the signal aborts it. */
export async function follow(address, signal, onEvent, onLive) {
  while (!signal.aborted) {
    try {
      const answer = await request(address, { signal });
      for await (const told of events(answer.body)) {
        onLive("");
        onEvent(told);
      }
      onLive("The server ended the connection.");
    } catch (error) {
      if (signal.aborted) return;
      onLive(error.message);
    }
    await new Promise((done) => setTimeout(done, 1000));
  }
}

async function request(address, options) {
  const headers = { ...options.headers, Authorization: `Bearer ${sessionStorage.getItem(KEY) ?? ""}` };
  let answer;
  try {
    answer = await fetch(address, { ...options, headers });
  } catch (error) {
    throw new Error("The server of this page does not answer: it has ended, or starts again.", { cause: error });
  }
  if (answer.ok) return answer;
  const told = await answer.json().catch(() => ({ problems: [`the server answered ${answer.status}`] }));
  throw new Error(told.problems.join("\n"));
}

/** The data of server-sent events. EventSource cannot send the token, and an address with it would lie in logs. */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    const whole = text.split("\n\n");
    text = whole.pop();
    for (const event of whole) yield JSON.parse(event.slice("data: ".length));
  }
}
