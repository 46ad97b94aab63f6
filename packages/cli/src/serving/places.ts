import type { InheritedSocket, ServeOptions } from '@keyhold/server'
import type { Settings } from '../configuration/settings.ts'

const USUAL_PORT = 5670

type Places = Pick<Settings<'serve'>, 'port' | 'listen'>

/** Where to listen, as options of the server: on what is named, or else on the usual port. Throws a ListenError. */
export async function placesOf(
  { port, listen = [] }: Places,
  inherited: readonly InheritedSocket[] = [],
): Promise<Pick<ServeOptions, 'port' | 'listen'>> {
  const { parseListenAddress } = await import('@keyhold/server')
  const addresses = [...inherited, ...listen.map(parseListenAddress)]
  const own = port ?? (addresses.length === 0 ? USUAL_PORT : undefined)
  return { ...(own !== undefined && { port: own }), listen: addresses }
}

type Tls = Pick<Settings<'serve'>, 'tlsCertificates' | 'tlsKeys' | 'tlsPassphrase' | 'tlsClientAuthorities'>

/** The certificates, as options of the server; none where no file is named. */
export function tlsOf({
  tlsCertificates: certificates = [],
  tlsKeys: keys = [],
  tlsPassphrase: passphrase,
  tlsClientAuthorities: clientAuthorities,
}: Tls): Pick<ServeOptions, 'tls'> {
  if (certificates.length === 0 && keys.length === 0 && clientAuthorities === undefined) return {}
  const further = { ...(passphrase && { passphrase }), ...(clientAuthorities !== undefined && { clientAuthorities }) }
  return { tls: { certificates, keys, ...further } }
}
