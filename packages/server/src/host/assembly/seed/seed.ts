import type { Serving } from '../../../execution/operations.ts'
import { endTransitions } from '../../../jobs/transitions.ts'
import type { DevAccounts } from '../dev-accounts.ts'
import type { Engine } from '../open.ts'
import type { Seed } from './format.ts'
import { SeedCaller } from './seed-caller.ts'
import { seedIdentities } from './seed-identities.ts'
import { seedKeys } from './seed-keys.ts'

export { parseSeed } from './seed-file.ts'

interface Context {
  engine: Engine
  /** What answers requests as the server will, except that policies can name accounts and services that do not exist. */
  services: Serving
  /** Begins accounts where policies are enforced: only accounts that exist can be named. */
  accounts: Pick<DevAccounts, 'begin'> | undefined
}

/** Makes what does not exist yet. Existing keys and identities are unchanged, whatever the seed file states. */
export async function applySeed(seed: Seed, { engine, services, accounts }: Context): Promise<void> {
  for (const account of accountsOf(seed)) await accounts?.begin(account)
  const caller = new SeedCaller({ ...services, unknownParties: 'accepted' })
  await seedIdentities({ caller, directory: engine.directory, seed })
  await seedKeys(seed.keys, { ...engine, caller, settle: () => endTransitions(engine) })
}

function accountsOf({ accounts, policies, groups, users, roles, keys }: Seed): Set<string> {
  return new Set([...accounts, ...[policies, groups, users, roles, keys].flat().map(({ account }) => account)])
}
