import type { Certificates } from '../../http/tls/certificates.ts'
import type { Reloadable } from './reload.ts'

/** The certificates of a server. Their files are read again, whether other ones are named or not. */
export function certificatesOf(certificates: Certificates | undefined): Reloadable {
  return {
    what: 'TLS certificates',
    async reload({ tls }) {
      if (tls === undefined && certificates === undefined) return 'unchanged'
      if (tls === undefined || certificates === undefined) return 'needs restart'
      const renewal = await certificates.renew(tls)
      if (renewal.outcome === 'refused') throw new Error(renewal.why)
      return renewal.outcome === 'renewed' ? 'applied' : 'unchanged'
    },
  }
}
