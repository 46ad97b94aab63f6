/**
 * Why a computation was not carried out, through no fault of its input: `busy` when too many wait already, `closed`
 * after closing, `lost` when its thread died.
 */
export class ThreadsError extends Error {
  override name = 'ThreadsError'
  readonly code: 'busy' | 'closed' | 'lost'

  constructor(code: 'busy' | 'closed' | 'lost', message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
