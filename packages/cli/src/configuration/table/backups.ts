import { duration, integer, path } from '../kinds.ts'
import type { Table } from '../setting.ts'

/** Backups that a server makes by itself. */
export const BACKUPS = {
  backupTo: {
    path: 'backup.to',
    flag: 'backup-to',
    kind: path('dir'),
    verbs: ['serve'],
    otherwise: 'none is made',
    reload: false,
    about: 'the folder that encrypted backups go to',
  },
  backupEvery: {
    path: 'backup.every',
    flag: 'backup-every',
    kind: duration('m', 1, 525_600),
    default: 1440,
    verbs: ['serve'],
    reload: false,
    about: 'how often; what changed since the last one, where that is possible',
  },
  backupFullEvery: {
    path: 'backup.fullEvery',
    flag: 'backup-full-every',
    kind: duration('m', 1, 525_600),
    default: 10_080,
    verbs: ['serve'],
    reload: false,
    about: 'how often one with everything in it',
  },
  backupKeep: {
    path: 'backup.keep',
    flag: 'backup-keep',
    kind: integer(1, 100_000),
    default: 30,
    verbs: ['serve'],
    reload: false,
    about: 'how many of the newest are kept, and what those need',
  },
} as const satisfies Table
