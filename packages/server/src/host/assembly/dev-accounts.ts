import { DEFAULT_ACCOUNT } from '../../identity/authentication/dev-caller.ts'
import type { Engine } from './engine.ts'
import type { Authenticate } from '../http/service.ts'
import { addAccount } from '../../identity/accounts/administrator.ts'
import { Changeset } from '../../vault/storage/changeset.ts'

/** Accounts that are remembered to be there. Beyond it they are looked up again. */
const MAX_REMEMBERED = 10_000

/**
 * The accounts of a development server that enforces policies. There nobody makes one: an account begins with its first request, with a seeded key,
 * or is the one of callers who name none. Policies and grants may name it from then on.
 */
export class DevAccounts {
  readonly #engine: Engine
  readonly #begun = new Set<string>()

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** Makes the account unless it is there. Of two processes or requests that do so at once, one does. */
  async begin(accountId: string): Promise<void> {
    if (this.#begun.has(accountId)) return
    const { clock, directory, hierarchy, random, store } = this.#engine
    if ((await directory.account(accountId)) === undefined) {
      const changes = new Changeset()
      await addAccount({ accountId, nowMs: clock.now() }, hierarchy, changes)
      await store.commit(changes.commit(random.uuid(), []))
      await directory.catchUp()
    }
    if (this.#begun.size >= MAX_REMEMBERED) this.#begun.clear()
    this.#begun.add(accountId)
  }

  /** The same callers, each in an account that is there. */
  beginning(authenticate: Authenticate): Authenticate {
    return async (request) => {
      const caller = await authenticate(request)
      await this.begin(DEFAULT_ACCOUNT)
      await this.begin(caller.principal.accountId)
      return caller
    }
  }
}
