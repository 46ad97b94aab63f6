import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The version that the lock file pins. */
const PACKAGE = 'pkcs11js@2.1.7'

/** What to run so that tokens can be used: the module comes as C++ sources, and is built once. */
export function howToBuildModule(): string {
  const place = placeOf(import.meta.dirname)
  const problem = 'Tokens need the optional module pkcs11js, which is not built here.'
  if (place === undefined) return `${problem} Run: npm install ${PACKAGE}, beside the package of Keyhold.`
  const { folder, isCheckout } = place
  return isCheckout
    ? `${problem} It needs a C++ compiler. Run: npm run pkcs11 in ${folder}`
    : `${problem} It needs a C++ compiler, make and Python. Run: npm rebuild pkcs11js --ignore-scripts=false in ${folder}`
}

/** The folder whose node_modules has the module, looked for as Node does. */
function placeOf(from: string): { folder: string; isCheckout: boolean } | undefined {
  for (let folder = realpathSync(from); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'node_modules/pkcs11js/package.json')))
      return { folder, isCheckout: existsSync(join(folder, 'tools/build-pkcs11.ts')) }
  }
  return undefined
}
