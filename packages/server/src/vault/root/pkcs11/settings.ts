import type { TokenPlace } from './messages.ts'

/** A token, and where its PIN is. */
export interface Pkcs11Settings extends TokenPlace {
  /** Relative to the data folder, or `credential:NAME`. Without one, a person gives the PIN at each opening. */
  pinFile?: string | undefined
}
