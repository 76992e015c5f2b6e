// The faults that a tap can make, each for the requests that it is told to meet, until it is ended.
import type { TapRequest } from './tap.ts';

export type Which = (request: TapRequest) => boolean;

export const isProduce: Which = ({ api }) => api === 'Produce';

/** Produce requests with records for one topic. */
export const isProduceTo = (topic: string): Which => {
  return ({ produce }) => produce?.batches.some((batch) => batch.topic === topic) ?? false;
};

/** A fault that is under way; `met` are the requests that it has met so far. */
export interface Fault {
  readonly met: TapRequest[];
  /** Lets go what is held, and meets no further request. */
  end(): void;
}

/** What is held goes on at its end, also when its client has died meanwhile: the bytes were on their way. */
export interface Hold extends Fault {
  /** Ends it and cuts the connections of what is held instead: none of it goes on. */
  cut(): void;
}

type Fate = 'forward' | 'cut';

interface Active extends Fault {
  which: Which;
  on: 'request' | 'answer';
  fate: () => Promise<Fate> | Fate;
}

export class Faults {
  #active: Active[] = [];

  /** Holds requests before they reach the broker, and everything behind them on their connections. */
  holdRequests(which: Which): Hold {
    return this.#hold('request', which);
  }

  /** Holds answers: the broker has done what was asked, and the client does not know. */
  holdAnswers(which: Which): Hold {
    return this.#hold('answer', which);
  }

  /** Cuts the connection instead of forwarding the request: the broker never sees it. */
  refuse(which: Which): Fault {
    return this.#begin('request', which, () => 'cut');
  }

  /** Loses up to `times` answers: the broker has done what was asked, the connection is cut before the client hears of it. */
  loseAnswers(which: Which, times = 1): Fault {
    const fault: Fault = this.#begin('answer', which, () => {
      if (fault.met.length >= times) fault.end();
      return 'cut';
    });
    return fault;
  }

  /** Ends every fault. */
  clear(): void {
    for (const fault of [...this.#active]) fault.end();
  }

  ofRequest(request: TapRequest): Promise<Fate> {
    return this.#meet('request', request);
  }

  ofAnswer(request: TapRequest): Promise<Fate> {
    return this.#meet('answer', request);
  }

  async #meet(on: Active['on'], request: TapRequest): Promise<Fate> {
    for (const fault of this.#active.filter((active) => active.on === on && active.which(request))) {
      fault.met.push(request);
      if ((await fault.fate()) === 'cut') return 'cut';
    }
    return 'forward';
  }

  #hold(on: Active['on'], which: Which): Hold {
    const { promise, resolve } = Promise.withResolvers<Fate>();
    const fault = this.#begin(
      on,
      which,
      () => promise,
      () => resolve('forward'),
    );
    const cut = () => {
      resolve('cut');
      fault.end();
    };
    return Object.assign(fault, { cut });
  }

  #begin(on: Active['on'], which: Which, fate: Active['fate'], atEnd: () => void = () => {}): Fault {
    const fault: Active = {
      met: [],
      which,
      on,
      fate,
      end: () => {
        this.#active = this.#active.filter((active) => active !== fault);
        atEnd();
      },
    };
    this.#active.push(fault);
    return fault;
  }
}
