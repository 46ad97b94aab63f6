import type { SeedSource } from './seed/seed-file.ts'
import type { BackupSchedule } from './scheduled-backups.ts'
import type { AdminAddress } from '../admin/address.ts'
import type { Durability } from '../../audit/auditor.ts'
import type { Answers } from '../../vault/root/ways/kind.ts'
import type { LogFormat } from '../../platform/log/formats.ts'
import type { OidcIssuer } from '../../identity/authentication/web-identity/issuer.ts'
import type { ListenAddress } from '../http/listen-address.ts'
import type { TlsFiles } from '../http/tls/load.ts'

/** The lowest level that is logged on standard error. */
export type LogLevel = 'silent' | 'error' | 'warn' | 'info'

/** The options of every way to run the service. */
export interface ServerOptions {
  /** Short for an address of {@link listen}, the first, on 127.0.0.1. 0 selects a free port. */
  port?: number
  /** Where to accept connections. Limits are of all addresses together. */
  listen?: readonly ListenAddress[]
  /** HTTPS on network addresses. Starting fails with a CertificateError for files that cannot be used. */
  tls?: TlsFiles
  /** When an audit record counts as written; `fsync` by default. */
  durability?: Durability
  /** How long a new grant is effective only with its grant token; 0 by default. For tests. */
  grantDelayMs?: number
  /** The issuers whose tokens AssumeRoleWithWebIdentity accepts; none by default. */
  oidcIssuers?: readonly OidcIssuer[]
  /**
   * The proxies whose word on their clients is taken: IP addresses, CIDR blocks, and `unix` for what connects to a Unix socket.
   * None by default. Starting fails with a TrustedProxyError for an entry that cannot be used.
   */
  trustedProxies?: readonly string[]
  /** Whether trusted proxies begin each connection with a PROXY header of version 2. Connections of others must not. */
  proxyProtocol?: boolean
  /**
   * The origins whose web pages can call, as browsers send them: `https://app.example`. None by default. Starting fails with an
   * OriginError for an entry that is none, or means any.
   */
  allowedOrigins?: readonly string[]
  /** `warn` by default. */
  logLevel?: LogLevel
  /** By default that of the reader: `text` on a terminal, `journald` for the journal of systemd, else `json`. */
  logFormat?: LogFormat
  /** A file that gets a line for each request, or `-` for standard output; none by default. */
  accessLog?: string
}

/** `keyhold serve`: verifies everything, on a folder that `keyhold init` created. */
export interface ServeOptions extends ServerOptions {
  folder: string
  /** What helps to open the root of trust beside what its ways say, each time that it is opened. */
  answers?: Answers
  /** By default, the socket `admin.sock` in the folder. */
  admin?: AdminAddress | 'off' | undefined
  /** Whether plain HTTP is answered on addresses that other machines reach. Without it, such an address is refused. */
  insecureHttp?: boolean
  /** Whether request rates are enforced, AWS's or those that an operator set; `on` by default. */
  rates?: 'on' | 'off'
  /** Free disk space, in mebibytes, below which only administrative requests are answered. 0 or absent: no limit. */
  reserveMebibytes?: number
  /**
   * A file that gets a checkpoint of the database beside the one in the folder, in a folder that exists: where who can put back
   * the data folder cannot put it back. None by default.
   */
  checkpointFile?: string
  /**
   * Accepts a database that was put back to an older state, if this is the number of its newest change, and makes again what
   * the audit log has of later ones. Without it, such a database is refused with a RollbackError.
   */
  acceptRollback?: number
  /** When backups are made, and where they go; none by default. */
  backups?: BackupSchedule
  /** How many processes serve the folder and share its request rates; 1 by default. */
  rateWorkers?: number
  /** After how many days each domain gets another key; 365 by default. 0: only when an operator asks for it. */
  rotateDomainsDays?: number
  /** Whether to fail where the root of trust is out of reach at the start. Without it the server starts sealed, and tries again. */
  requireOpen?: boolean
}

/** `keyhold dev`: verifies no signatures and enforces no policies, for development and tests. */
export interface DevOptions extends ServerOptions {
  /** By default, there is no admin listener. */
  admin?: AdminAddress | 'off' | undefined
  /** Without a folder, the keys are lost when the process ends. */
  folder?: string
  /** The text of a seed file, or what it says as an object (docs/reference/seed.md). */
  seed?: SeedSource
  /** `manual`: time does not change until `POST /dev/clock` moves it. */
  clock?: 'system' | 'manual'
  /** The available Regions; by default, all names with the format of a Region. */
  regions?: readonly string[]
  /**
   * The names by which the server can be called, beside `localhost` and IP addresses. Starting fails with a HostNameError for an
   * entry that is none.
   */
  allowedHosts?: readonly string[]
  /** Whether policies are enforced. */
  enforce?: boolean
  /** Whether policies and grants can name accounts and services that do not exist. */
  anyPrincipal?: boolean
}
