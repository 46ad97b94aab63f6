import type { Durability } from '../../audit/auditor.ts'
import type { OidcIssuer } from '../../identity/authentication/web-identity/issuer.ts'

/** What is worth a line on standard error. */
export type LogLevel = 'silent' | 'error' | 'warn' | 'info'

/** What every way of running the service takes. */
export interface ServerOptions {
  /** 0 chooses a free one. */
  port: number
  /** When an audit record counts as written; `fsync` unless given. */
  durability?: Durability
  /** How long a new grant acts only for whoever shows its token; 0 unless given. For tests. */
  grantDelayMs?: number
  /** Whose tokens AssumeRoleWithWebIdentity accepts; nobody's unless given. */
  oidcIssuers?: readonly OidcIssuer[]
  /** `warn` unless given. */
  logLevel?: LogLevel
}

/** `keyhold serve`: everything verified, on a folder that `keyhold init` made. */
export interface ServeOptions extends ServerOptions {
  folder: string
  /** Whether requests are counted, against AWS's rates or what an operator made of them; they are unless `off`. */
  rates?: 'on' | 'off'
  /** Free disk space, in mebibytes, below which only administration is answered; 0 or absent: nobody looks. */
  reserveMebibytes?: number
  /** How many processes serve the folder and share its request rates; 1 unless given. */
  rateWorkers?: number
}

/** `keyhold dev`: everybody believed, nothing enforced, for development and tests. */
export interface DevOptions extends ServerOptions {
  /** Without a folder the keys die with the process. */
  folder?: string
  /** The text of a seed file. */
  seed?: string
  /** `manual`: time stands still until `POST /dev/clock` moves it. */
  clock?: 'system' | 'manual'
  /** The Regions that exist; every one whose name has the form of a Region's unless given. */
  regions?: readonly string[]
  /** Whether policies are enforced. */
  enforce?: boolean
  /** Whether policies and grants may name accounts and services that are not there. */
  anyPrincipal?: boolean
}
