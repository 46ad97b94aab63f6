import { Throttle } from '../../../execution/throttle/throttle.ts'
import type { Engine } from '../open.ts'
import type { Reloadable, ReloadOptions } from './reload.ts'

/** Request rates that can change while a server runs, whether its data folder is open or not. */
export class RequestRates implements Reloadable {
  readonly what = 'request rates'
  #workers: number | undefined
  #throttle: Throttle | undefined

  constructor(options: ReloadOptions) {
    this.#workers = workersOf(options)
  }

  /** What enforces the rates in a folder that was opened, until {@link end}. */
  begin(engine: Pick<Engine, 'clock' | 'directory'>): Throttle {
    return (this.#throttle = new Throttle(engine, this.#workers))
  }

  end(): void {
    this.#throttle = undefined
  }

  async reload(options: ReloadOptions): Promise<'unchanged' | 'applied'> {
    const workers = workersOf(options)
    if (workers === this.#workers) return 'unchanged'
    this.#workers = workers
    this.#throttle?.shareWith(workers)
    return 'applied'
  }
}

/** Nothing where rates are not enforced. */
function workersOf({ rates = 'on', rateWorkers = 1 }: ReloadOptions): number | undefined {
  return rates === 'off' ? undefined : rateWorkers
}
