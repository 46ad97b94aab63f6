/** A question that cannot be answered as it was asked. The message says what is wrong with it. */
export class AccessError extends Error {
  override name = 'AccessError'
  /** `key`: there is no such key. `question`: everything else. */
  readonly about: 'key' | 'question'

  constructor(about: AccessError['about'], message: string) {
    super(message)
    this.about = about
  }
}
