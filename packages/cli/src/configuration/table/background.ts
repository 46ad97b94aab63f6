import { toggle, written } from '../kinds.ts'
import type { Table } from '../setting.ts'

/** How other programs learn that a server is ready, and where a server in the background writes. */
export const BACKGROUND = {
  readyFile: {
    path: 'readyFile',
    flag: 'ready-file',
    kind: written(),
    verbs: ['serve', 'dev'],
    otherwise: 'none',
    reload: false,
    about: 'write endpoint and process id there, as JSON, once requests are answered; remove it at the end',
  },
  detach: {
    path: 'dev.detach',
    flag: 'detach',
    kind: toggle(),
    default: false,
    verbs: ['dev'],
    reload: false,
    about: 'run in the background: return once requests are answered',
  },
  logFile: {
    path: 'dev.logFile',
    flag: 'log-file',
    kind: written(),
    verbs: ['dev'],
    otherwise: 'keyhold-dev.log',
    reload: false,
    about: 'what a server in the background says is added to this file',
  },
} as const satisfies Table
