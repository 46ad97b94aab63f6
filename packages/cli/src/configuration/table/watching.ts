import { adminAddress } from '../kinds.ts'
import type { Table } from '../setting.ts'

/** How operators and their monitoring look at a running server. */
export const WATCHING = {
  admin: {
    path: 'admin.listen',
    flag: 'admin',
    kind: adminAddress(),
    verbs: ['serve', 'dev'],
    otherwise: 'admin.sock in the data folder of serve; none for dev',
    reload: false,
    about: 'where health, metrics and status are answered, in plain HTTP: HOST:PORT, unix:PATH or off',
  },
} as const satisfies Table
