import { choice, duration, path, text, toggle } from '../kinds.ts'
import { list } from '../many.ts'
import type { Table } from '../setting.ts'

/** AWS's grants act everywhere within five minutes: longer delays test nothing. */
const MAX_GRANT_DELAY_MS = 300_000

/** What only a server for development has. */
export const DEVELOPMENT = {
  seed: {
    path: 'dev.seed',
    flag: 'seed',
    kind: path('file'),
    verbs: ['dev'],
    reload: false,
    about: 'YAML file of keys and aliases to make at start',
  },
  clock: {
    path: 'dev.clock',
    flag: 'clock',
    kind: choice(['system', 'manual'], 'clock'),
    default: 'system',
    verbs: ['dev'],
    reload: false,
    about: 'manual: time does not pass until POST /dev/clock moves it',
  },
  enforce: {
    path: 'dev.enforce',
    flag: 'enforce',
    kind: toggle(),
    default: false,
    verbs: ['dev'],
    reload: false,
    about: 'enforce policies: a caller that names an account is its root, and access keys must be proved',
  },
  anyPrincipal: {
    path: 'dev.anyPrincipal',
    flag: 'any-principal',
    kind: toggle(),
    default: false,
    verbs: ['dev'],
    reload: false,
    about: 'policies and grants may name accounts and services that are not there',
  },
  grantDelayMs: {
    path: 'dev.grantDelayMs',
    flag: 'grant-delay-ms',
    kind: duration('ms', 0, MAX_GRANT_DELAY_MS),
    default: 0,
    verbs: ['dev'],
    reload: false,
    about: 'a new grant acts only with its token for so long',
  },
  regions: {
    path: 'dev.regions',
    flag: 'regions',
    kind: list(text({ placeholder: 'name', words: 'the name of a Region', maxLength: 64 })),
    otherwise: 'all',
    verbs: ['dev'],
    reload: false,
    about: 'the Regions that exist, with commas between them',
  },
} as const satisfies Table
