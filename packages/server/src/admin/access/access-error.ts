/** A question that cannot be answered. The message says what is wrong with it. */
export class AccessError extends Error {
  override name = 'AccessError'
  /** `key`: the key does not exist. `question`: everything else. */
  readonly about: 'key' | 'question'

  constructor(about: AccessError['about'], message: string) {
    super(message)
    this.about = about
  }
}
