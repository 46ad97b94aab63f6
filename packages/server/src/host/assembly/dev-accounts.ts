import { DEFAULT_ACCOUNT } from '../../identity/authentication/dev-caller.ts'
import type { Engine } from './open.ts'
import type { Authenticate } from '../http/service.ts'
import { accountTable } from '../../vault/records/account.ts'
import { Changeset } from '../../vault/records/changeset.ts'

/** How many existing accounts are cached. Others are looked up each time. */
const MAX_REMEMBERED = 10_000

/**
 * The accounts of a development server that enforces policies. They are created implicitly: by their first request, by
 * a seeded key, or as the default account of callers that name none. Policies and grants can name an account after
 * that.
 */
export class DevAccounts {
  readonly #engine: Engine
  readonly #begun = new Set<string>()

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** Creates the account unless it exists. Safe to call from several processes or requests at once. */
  async begin(accountId: string): Promise<void> {
    if (this.#begun.has(accountId)) return
    const { clock, directory, records } = this.#engine
    if ((await directory.account(accountId)) === undefined) {
      const changes = new Changeset()
      changes.insert(accountTable, { accountId, createdMs: clock.now() })
      await records.commit(changes)
      await directory.catchUp()
    }
    if (this.#begun.size >= MAX_REMEMBERED) this.#begun.clear()
    this.#begun.add(accountId)
  }

  /** The same callers, after their accounts are created. */
  beginning(authenticate: Authenticate): Authenticate {
    return async (request) => {
      const caller = await authenticate(request)
      await this.begin(DEFAULT_ACCOUNT)
      await this.begin(caller.principal.accountId)
      return caller
    }
  }
}
