import type { Attack } from './attack.ts'
import { signedHeaders } from './signed-headers.ts'
import { silentConnections } from './silent-connections.ts'

/** Every attack, by the name under which it is printed. */
export const ATTACKS: Readonly<Record<string, Attack>> = {
  'signed-headers': signedHeaders,
  'silent-connections': silentConnections,
}
