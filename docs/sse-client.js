// Asks a question and hears the answer as it is written. Comes back by itself when the connection is cut, the server busy or
// the token expired: `token(stale)` gives an access token, and after a 401 another one than the `stale` that was refused.
export async function ask(api, token, conversation, question, onEvent) {
  const headers = { Accept: "text/event-stream", "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() };
  const body = JSON.stringify(question);
  for (let reply, last, stale; ; await new Promise((resolve) => setTimeout(resolve, 1000))) {
    try {
      const access = await token(stale);
      headers.Authorization = `Bearer ${access}`;
      const response = reply
        ? await fetch(`${api}/chat/messages/${reply}/stream/`, { headers: { ...headers, "Last-Event-ID": last } })
        : await fetch(`${api}/chat/conversations/${conversation}/messages/`, { method: "POST", headers, body });
      const isPassing = response.status === 401 ? !stale : reply && [429, 502, 503, 504].includes(response.status);
      stale = response.status === 401 ? access : undefined;
      if (isPassing) continue;
      if (!response.ok) return onEvent({ event: "refused", data: await response.json() });
      for await (const event of events(response.body)) {
        last = event.id;
        if (event.event === "start") reply = event.data.reply.id;
        onEvent(event);
        if (event.event === "done" || event.event === "error") return;
      }
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // a TypeError of fetch is the network
    }
  }
}

// Bytes to events {event, id, data}, wherever they are cut.
export async function* events(bytes) {
  let rest = "";
  for await (const chunk of bytes.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + chunk).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s)));
      if (fields.event) yield { event: fields.event, id: fields.id, data: JSON.parse(fields.data) };
    }
  }
}
