import type { Foreseen } from '../../platform/foreseen.ts'

/**
 * Why a computation did not run, through no fault of its input: `busy` when too many wait, `closed` after closing,
 * `lost` when its thread died.
 */
export class ThreadsError extends Error implements Foreseen {
  override name = 'ThreadsError'
  readonly code: 'busy' | 'closed' | 'lost'

  constructor(code: 'busy' | 'closed' | 'lost', message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }

  get isForeseen(): boolean {
    return this.code === 'busy'
  }
}
