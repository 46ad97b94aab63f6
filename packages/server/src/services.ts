import { forwardedVerifier } from './authentication/forwarded.ts'
import { storedAccessKeys } from './authentication/stored-access-keys.ts'
import type { Engine } from './engine.ts'
import type { Services } from './operations/services.ts'

/** What is chosen when a server is started, beside its data folder. */
export interface Behaviour {
  enforcement: Services['enforcement']
  /** 0 unless given. */
  grantDelayMs?: number | undefined
}

/** What operations work with, on an open data folder. */
export function servicesOf(engine: Omit<Engine, 'close'>, { enforcement, grantDelayMs = 0 }: Behaviour): Services {
  const { directory, hierarchy, random } = engine
  const accessKeys = storedAccessKeys(directory, hierarchy)
  return { ...engine, enforcement, grantDelayMs, verifyForwarded: forwardedVerifier({ accessKeys, random }) }
}
