// Asking and hearing in a conversation that is shown: from a question to the last word of its reply.
import { LoggedOut } from "./api.js";
import { t } from "./i18n.js";
import { askAndHear, comeBack, stop } from "./messages.js";
import { setQuota } from "./quota.js";
import { announce, sentence, toast } from "./speak-up.js";
import { tell } from "./storage.js";

export class Asking {
  #ears = null;
  #writing = null;
  #isUnwanted = false;

  /**
   * @param {{transcript: any, conversation: {id: string}, onState: (isWriting: boolean) => void,
   *   onLine: (isCut: boolean) => void, onEnd: (reply: any) => void, onWithdrawn: () => void, signal: AbortSignal}} parts
   *   `onWithdrawn`: of a try again that ended without a word nothing is left. `onStart`, once the API has the
   *   question, is set by whoever asks.
   */
  constructor(parts) {
    Object.assign(this, parts);
    const catchUp = () => {
      for (const view of this.transcript.replies) view.catchUp();
    };
    document.addEventListener("visibilitychange", () => !document.hidden && catchUp(), { signal: parts.signal });
  }

  get isBusy() {
    return this.#ears !== null;
  }

  /** Asks, unless a reply is heard already; what is refused before one began is thrown. */
  ask(question) {
    return this.#listen((ears) => askAndHear(question, ears));
  }

  /** Goes on hearing the reply that is being written, if one of these is. */
  resume(messages) {
    const reply = messages.findLast(({ status }) => status === "writing");
    if (!reply || this.isBusy) return undefined;
    this.#begin(reply);
    return this.#listen((ears) => comeBack(reply, ears)).catch((error) => {
      if (!(error instanceof LoggedOut)) toast(sentence(error));
    });
  }

  async #listen(work) {
    if (this.isBusy) return;
    this.#ears = new AbortController();
    this.onState(true);
    const ears = { onEvent: (event) => this.#heard(event), onLine: this.onLine, signal: this.#ears.signal };
    const error = await work(ears).then(
      () => null,
      (reason) => reason,
    );
    const view = this.transcript.view(this.#writing);
    this.#rest();
    if (!error || error.name === "AbortError") return;
    setQuota(error.body?.quota);
    if (view && error.status === 404 && this.transcript.earlier(view.reply).length) return this.#withdraw(view.reply);
    view?.rest();
    throw error;
  }

  #rest() {
    this.#ears = null;
    this.#writing = null;
    this.#isUnwanted = false;
    this.transcript.isBusy = false;
    this.onLine(false);
    this.onState(false);
  }

  /** A try again that ended without a word while the line was cut: the API has kept the earlier reply alone. */
  #withdraw(reply) {
    this.#keepEarlier(reply, t("reply.has_failed"));
    this.transcript.markLast();
    this.onWithdrawn();
  }

  #heard({ event, data }) {
    if (event === "start") this.#started(data);
    else if (event === "delta") this.transcript.view(this.#writing)?.grow(data.text);
    else this.#ended(data);
  }

  #started({ message, reply, quota }) {
    setQuota(quota);
    this.transcript.add(message);
    this.#begin(reply);
    tell("reply", { conversation: this.conversation.id });
    this.onStart?.();
    if (this.#isUnwanted) this.stop();
  }

  #begin(reply) {
    this.#writing = reply.id;
    this.transcript.isBusy = true;
    this.transcript.add(reply);
    this.transcript.setEarlier(reply, { hidden: true });
    this.transcript.markLast();
    announce(t("reply.begins"));
  }

  #ended({ reply, quota }) {
    setQuota(quota);
    this.transcript.view(reply.id)?.update(reply);
    this.#settleEarlier(reply);
    this.transcript.markLast();
    announce(
      t(
        reply.status === "failed"
          ? "reply.has_failed"
          : reply.status === "stopped"
            ? "reply.has_stopped"
            : "reply.has_ended",
      ),
    );
    this.onEnd(reply);
    tell("conversations");
  }

  /** As the API does: of two replies to one question that with text stays. */
  #settleEarlier(reply) {
    const earlier = this.transcript.earlier(reply);
    if (!earlier.length) return;
    if (reply.content) for (const view of earlier) this.transcript.drop(view.reply.id);
    else
      this.#keepEarlier(
        reply,
        t(reply.status === "failed" ? `reply.failed_${reply.error_code}` : "reply.stopped_empty"),
      );
  }

  #keepEarlier(reply, words) {
    this.transcript.setEarlier(reply, { hidden: false });
    this.transcript.drop(reply.id);
    toast(words);
  }

  /** Stops the reply that is being written; one that has no name yet is stopped as soon as it has. */
  async stop() {
    this.#isUnwanted = this.isBusy;
    if (!this.#writing) return;
    try {
      const { quota } = await stop(this.#writing);
      setQuota(quota);
    } catch (error) {
      toast(sentence(error));
    }
  }

  /** Stops hearing; the reply goes on being written. */
  leave() {
    this.#ears?.abort();
  }
}
