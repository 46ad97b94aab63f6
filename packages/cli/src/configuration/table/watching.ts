import { text } from '../kinds.ts'
import type { Table } from '../setting.ts'

/** How operators and their monitoring look at a running server. */
export const WATCHING = {
  admin: {
    path: 'admin.listen',
    flag: 'admin',
    kind: text({
      placeholder: 'address',
      words: 'HOST:PORT, unix:PATH or off',
      pattern: /^(off|unix:.+|\S+:\d{1,5})$/,
      maxLength: 300,
    }),
    verbs: ['serve', 'dev'],
    otherwise: 'admin.sock in the data folder of serve; none for dev',
    reload: false,
    about: 'where health, metrics and status are answered, in plain HTTP: HOST:PORT, unix:PATH or off',
  },
} as const satisfies Table
