import type { Dependencies } from '../../../identity/authentication/web-identity-caller.ts'
import { hostsOfIssuers, type OidcIssuer } from '../../../identity/authentication/web-identity/issuer.ts'
import { createOutbound } from '../../../platform/outbound/outbound.ts'
import { systemClock } from '../../../platform/system-clock.ts'
import type { Engine } from '../open.ts'
import type { Reloadable, ReloadOptions } from './reload.ts'

type Verify = Dependencies['verifyToken']

/** The issuers whose tokens are accepted. They can change while a server runs. */
export class TokenIssuers implements Reloadable {
  readonly what = 'OpenID Connect issuers'
  readonly #logger: Engine['logger']
  #issuers: readonly OidcIssuer[] = []
  #verify: Promise<Verify> | undefined

  private constructor(logger: Engine['logger']) {
    this.#logger = logger
  }

  /** Rejects with a TypeError for issuers that cannot be used. */
  static async open(options: ReloadOptions, { logger }: Pick<Engine, 'logger'>): Promise<TokenIssuers> {
    const issuers = new TokenIssuers(logger)
    await issuers.reload(options)
    return issuers
  }

  /**
   * Rejects with a WebIdentityRefusal. Most services have no issuer. They start faster without the modules that verify tokens,
   * which are loaded on first use.
   */
  readonly verifyToken: Verify = async (token) => (await (this.#verify ??= this.#verifier([])))(token)

  async reload({ oidcIssuers = [] }: ReloadOptions): Promise<'unchanged' | 'applied'> {
    if (JSON.stringify(oidcIssuers) === JSON.stringify(this.#issuers)) return 'unchanged'
    const verify = await this.#verifier(oidcIssuers)
    this.#verify = Promise.resolve(verify)
    this.#issuers = oidcIssuers
    return 'applied'
  }

  async #verifier(issuers: readonly OidcIssuer[]): Promise<Verify> {
    const { webIdentityVerifier } = await import('../../../identity/authentication/web-identity/verify-web-identity.ts')
    const outbound = createOutbound({ allowedHosts: hostsOfIssuers(issuers) })
    return webIdentityVerifier({ issuers, outbound, clock: systemClock, logger: this.#logger })
  }
}
