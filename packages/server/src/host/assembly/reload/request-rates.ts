import { Throttle } from '../../../execution/throttle/throttle.ts'
import type { Engine } from '../open.ts'
import type { Reloadable, ReloadOptions } from './reload.ts'

/** Request rates that can change while a server runs. */
export class RequestRates implements Reloadable {
  readonly what = 'request rates'
  readonly throttle: Throttle
  #workers: number | undefined

  constructor(options: ReloadOptions, engine: Pick<Engine, 'clock' | 'directory'>) {
    this.#workers = workersOf(options)
    this.throttle = new Throttle(engine, this.#workers)
  }

  async reload(options: ReloadOptions): Promise<'unchanged' | 'applied'> {
    const workers = workersOf(options)
    if (workers === this.#workers) return 'unchanged'
    this.#workers = workers
    this.throttle.shareWith(workers)
    return 'applied'
  }
}

/** Nothing where rates are not enforced. */
function workersOf({ rates = 'on', rateWorkers = 1 }: ReloadOptions): number | undefined {
  return rates === 'off' ? undefined : rateWorkers
}
