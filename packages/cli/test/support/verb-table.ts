/** A verb that reads data from standard input, or writes some to standard output. */
export interface DataVerb {
  /** With the recovery key r.pem and r.pub, and the public key rsa.pub, in the folder where it runs. */
  args: readonly string[]
  reads: 'plaintext' | 'message' | 'small message'
  prints: 'message' | 'plaintext' | 'facts' | 'value' | 'nothing'
  /** A terminal is refused as its output. */
  binary?: boolean
}

const RSA = ['-k', 'arn:aws:kms:us-east-1:111122223333:key/11111111-2222-4333-8444-555555555555']
/** Keys that encrypt without any KMS. */
const KEYS = [...RSA, '--public-key', 'rsa.pub', '--recovery-key', 'r.pub']

/** Every verb that reads or writes data: chaos/descriptors.test.ts runs each of them with descriptors of all kinds. */
export const DATA_VERBS: Readonly<Record<string, DataVerb>> = {
  'keyhold encrypt': {
    args: ['encrypt', ...KEYS],
    reads: 'plaintext',
    prints: 'message',
    binary: true,
  },
  'keyhold decrypt': { args: ['decrypt', '--recovery-key', 'r.pem'], reads: 'message', prints: 'plaintext' },
  'keyhold rewrap': {
    args: ['rewrap', '--from-recovery-key', 'r.pem', ...KEYS, '-o', '-', '-'],
    reads: 'message',
    prints: 'message',
    binary: true,
  },
  'keyhold verify': { args: ['verify', '--recovery-key', 'r.pem'], reads: 'message', prints: 'nothing' },
  'keyhold inspect': { args: ['inspect', '--json'], reads: 'message', prints: 'facts' },
  'keyhold exec': {
    args: ['exec', '--env', 'VALUE=-', '--recovery-key', 'r.pem', '--', 'printenv', 'VALUE'],
    reads: 'small message',
    prints: 'value',
  },
}

/**
 * How verbs that print facts are run, by chaos/printing.test.ts: with a development server that has alias/k, $DATA, a data folder
 * without a server, and $NEW, a path that is free.
 */
export const PRINTING_VERBS: Readonly<Record<string, readonly string[]>> = {
  'keyhold key create': ['key', 'create'],
  'keyhold key ls': ['key', 'ls'],
  'keyhold key show': ['key', 'show', 'alias/k'],
  'keyhold key describe': ['key', 'describe', 'alias/k', 'x', '--json'],
  'keyhold key tag': ['key', 'tag', '--json', 'alias/k', 'a=b'],
  'keyhold key untag': ['key', 'untag', '--json', 'alias/k', 'b'],
  'keyhold key alias move': ['key', 'alias', 'move', '--json', 'k', 'alias/k'],
  'keyhold key alias ls': ['key', 'alias', 'ls'],
  'keyhold key enable': ['key', 'enable', '--json', 'alias/k'],
  'keyhold key policy': ['key', 'policy', 'alias/k'],
  'keyhold key grant create': ['key', 'grant', 'create', 'alias/k', '--to', '111122223333', '--operation', 'Decrypt'],
  'keyhold key report': ['key', 'report'],
  'keyhold key-file create': ['key-file', 'create', '-k', 'alias/k', '--json', '$NEW'],
  'keyhold recovery-key create': ['recovery-key', 'create', '$NEW'],
  'keyhold init': ['init', '$NEW', '--no-recovery', '--json'],
  'keyhold cert self-signed': ['cert', 'self-signed', '--name', 'localhost', '--out', '$NEW', '--json'],
  'keyhold config check': ['config', 'check', '--data', '$DATA'],
  'keyhold config show': ['config', 'show', '--data', '$DATA'],
  'keyhold config schema': ['config', 'schema'],
  'keyhold audit query': ['audit', 'query', '--data', '$DATA'],
  'keyhold audit verify': ['audit', 'verify', '--data', '$DATA'],
  'keyhold audit head': ['audit', 'head', '--data', '$DATA'],
  'keyhold operator account create': ['operator', 'account', 'create', '--data', '$DATA', '--json'],
  'keyhold operator account ls': ['operator', 'account', 'ls', '--data', '$DATA'],
  'keyhold operator service ls': ['operator', 'service', 'ls', '--data', '$DATA', '--json'],
  'keyhold operator access-key ls': ['operator', 'access-key', 'ls', '--data', '$DATA'],
  'keyhold operator quota show': ['operator', 'quota', 'show', '--data', '$DATA'],
  'keyhold operator quota set': ['operator', 'quota', 'set', 'CreateKey', '50', '--data', '$DATA', '--json'],
  'keyhold operator quota reset': ['operator', 'quota', 'reset', 'CreateKey', '--data', '$DATA', '--json'],
  'keyhold operator region ls': ['operator', 'region', 'ls', '--data', '$DATA', '--json'],
  'keyhold operator quorum ls': ['operator', 'quorum', 'ls', '--data', '$DATA', '--json'],
  'keyhold operator doctor': ['operator', 'doctor', '--data', '$DATA'],
  'keyhold operator root status': ['operator', 'root', 'status', '--data', '$DATA', '--json'],
  'keyhold operator upgrade': ['operator', 'upgrade', '--data', '$DATA', '--json'],
  'keyhold operator backups': ['operator', 'backups', '--data', '$DATA', '--json'],
  'keyhold operator backup-recipient ls': ['operator', 'backup-recipient', 'ls', '--data', '$DATA', '--json'],
  'keyhold quorum ls': ['quorum', 'ls', '--json'],
  'keyhold quorum requests': ['quorum', 'requests', '--json'],
  'keyhold completion': ['completion', 'bash'],
  'keyhold help': ['help', 'key'],
}

const ONCE = 'works once on what is there; it prints as the others do'
const RECORDS = 'needs the records of a service; it prints as the others do'

const DEVICE = 'needs a device; it prints as the others do'

/** Verbs that the table does not run, each with the reason. */
export const NOT_RUN: Readonly<Record<string, string>> = {
  'keyhold status': 'needs a server that runs; it prints as the others do',
  'keyhold cert renew': ONCE,
  'keyhold operator root add kms': DEVICE,
  'keyhold operator root remove': ONCE,
  'keyhold operator root move': ONCE,
  'keyhold operator root add recipient': 'needs a recipient; it prints as the others do',
  'keyhold operator root add passphrase': 'asks for a passphrase; it prints as the others do',
  'keyhold operator root add file': ONCE,
  'keyhold operator root add credential': DEVICE,
  'keyhold operator root add pkcs11': DEVICE,
  'keyhold operator root add shares': 'hands out shares; it prints as the others do',
  'keyhold operator root add tpm2': DEVICE,
  'keyhold dev': 'a service continues if its output is not read',
  'keyhold serve': 'a service continues if its output is not read',
  'keyhold key-file show': 'takes a key file by its name; it prints as the others do',
  'keyhold key-file rewrap': ONCE,
  'keyhold key alias create': ONCE,
  'keyhold key alias delete': ONCE,
  'keyhold key disable': ONCE,
  'keyhold key rotate': ONCE,
  'keyhold key delete': ONCE,
  'keyhold key undelete': ONCE,
  'keyhold key public-key': 'needs an asymmetric key; it prints as the others do',
  'keyhold key grant ls': 'prints nothing without grants',
  'keyhold key grant revoke': ONCE,
  'keyhold access explain': RECORDS,
  'keyhold access can-i': RECORDS,
  'keyhold access who-can': RECORDS,
  'keyhold access replay': RECORDS,
  'keyhold operator recovery check': 'needs a share; it prints as the others do',
  'keyhold operator recover-admin': ONCE,
  'keyhold operator quorum remove': ONCE,
  'keyhold operator seal': 'needs a server that runs; it prints as the others do',
  'keyhold operator unseal': 'needs a server that runs; it prints as the others do',
  'keyhold operator backup': 'needs a recipient; it prints as the others do',
  'keyhold operator backup-recipient add': 'needs a recipient; it prints as the others do',
  'keyhold operator backup-recipient remove': 'needs a recipient; it prints as the others do',
  'keyhold operator restore': 'needs a backup; it prints as the others do',
  'keyhold operator drill': 'needs a backup; it prints as the others do',
  'keyhold operator root rotate': ONCE,
  'keyhold operator rotate-domain': ONCE,
  'keyhold audit verify-certificate': 'takes a certificate by its name; it prints as the others do',
  'keyhold key shred-certificate': 'needs a key that was deleted; it prints as the others do',
  'keyhold quorum put': ONCE,
  'keyhold quorum delete': ONCE,
  'keyhold quorum approve': 'needs a request that waits; it prints as the others do',
  'keyhold quorum deny': 'needs a request that waits; it prints as the others do',
  'keyhold quorum withdraw': 'needs a request that waits; it prints as the others do',
  'keyhold operator service create': ONCE,
  'keyhold operator service disable': ONCE,
  'keyhold operator service enable': ONCE,
  'keyhold operator access-key create': ONCE,
  'keyhold operator access-key enable': ONCE,
  'keyhold operator access-key disable': ONCE,
  'keyhold operator region add': ONCE,
  'keyhold operator region remove': ONCE,
  'keyhold operator confirm-clock': ONCE,
  'keyhold operator accept-audit-loss': ONCE,
  'keyhold operator accept-database': ONCE,
  'keyhold operator accept-rollback': ONCE,
}
