import { Broker } from '../src/broker/broker.ts';
import { joinBroker } from '../src/client/join.ts';
import type { ResolvedConfig } from '../src/config/check.ts';
import { PIPE_VARIABLE, SECRET_VARIABLE, VERSION_VARIABLE } from '../src/protocol/environment.ts';
import { VERSION } from '../src/protocol/version.ts';
import { tellSummary } from '../src/report/tell.ts';

/**
 * The one broker of a runner's main process, for as long as somebody uses it.
 *
 * A runner may run its set-up several times (once per project), and evaluate this module as often.
 * A broker that the environment names already is joined, not doubled.
 */
export class SharedBroker {
  #running: Promise<Running> | undefined;
  #users = 0;

  /** The one under this name, in this process. */
  static of(name: string): SharedBroker {
    const key = Symbol.for(name);
    const place = globalThis as { [key: symbol]: SharedBroker | undefined };
    place[key] ??= new SharedBroker();
    return place[key];
  }

  /**
   * Starts the broker, or joins the one that is there, and names it in `process.env`. Returns how
   * to leave it; the last to leave stops what was started.
   *
   * @throws BrokerError what `load` throws; `config_mismatch` and what `connect` throws where the
   * environment names a broker that is not what this run needs.
   */
  async enter(load: () => Promise<ResolvedConfig>): Promise<() => Promise<void>> {
    this.#users++;
    this.#running ??= startOrJoin(load);
    let left = false;
    const leave = async () => {
      if (left) return;
      left = true;
      if (--this.#users > 0) return;
      const running = this.#running;
      this.#running = undefined;
      await (await running)?.stop();
    };
    try {
      await this.#running;
    } catch (error) {
      await leave().catch(() => {});
      throw error;
    }
    return leave;
  }
}

interface Running {
  stop(): Promise<void>;
}

async function startOrJoin(load: () => Promise<ResolvedConfig>): Promise<Running> {
  const config = await load();
  if (process.env[PIPE_VARIABLE]) {
    await joinBroker(config);
    const restore = setEnvironment({ [VERSION_VARIABLE]: VERSION });
    return { stop: async () => restore() };
  }
  const broker = await Broker.start(config);
  // A secret that is there without a pipe is of no broker of ours.
  delete process.env[SECRET_VARIABLE];
  const restore = setEnvironment({ ...broker.env, [VERSION_VARIABLE]: VERSION });
  return {
    stop: async () => {
      restore();
      await broker.stop();
      tellSummary(broker);
    },
  };
}

function setEnvironment(values: Record<string, string>): () => void {
  Object.assign(process.env, values);
  return () => {
    for (const name of Object.keys(values)) {
      if (process.env[name] === values[name]) delete process.env[name];
    }
  };
}
