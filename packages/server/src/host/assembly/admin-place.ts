import type { AdminAddress } from '../admin/address.ts'
import type { ServeOptions } from './config.ts'

/** Where the admin listener is to be: nowhere if it is off. */
export function adminOf<T>({ admin }: Pick<ServeOptions, 'admin'>, byDefault: T): AdminAddress | T | undefined {
  return admin === 'off' ? undefined : (admin ?? byDefault)
}
