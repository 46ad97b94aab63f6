import { OPERATOR_EXAMPLES } from './operator-examples.ts'

/** Examples by command. A test parses each of them with the commands as they are, and finds two for every verb. */
export const EXAMPLES: Readonly<Record<string, readonly string[]>> = Object.freeze({
  ...OPERATOR_EXAMPLES,
  keyhold: [
    'keyhold encrypt -k alias/invoices -c tenant=acme -o invoice.enc invoice.pdf',
    'keyhold decrypt -c tenant=acme -o invoice.pdf invoice.enc',
    'keyhold help key create',
  ],
  'keyhold encrypt': [
    'keyhold encrypt -k alias/invoices -c tenant=acme -o invoice.enc invoice.pdf',
    'tar c photos | keyhold encrypt -k alias/backup > photos.tar.enc',
    'keyhold encrypt -r -k alias/backup -o sealed photos',
  ],
  'keyhold decrypt': [
    'keyhold decrypt -c tenant=acme -o invoice.pdf invoice.enc',
    'keyhold decrypt photos.tar.enc | tar x',
    'keyhold decrypt -r -o photos sealed',
  ],
  'keyhold inspect': ['keyhold inspect invoice.enc', 'keyhold inspect --json < invoice.enc'],
  'keyhold verify': ['keyhold verify -c tenant=acme invoice.enc', 'keyhold verify -r sealed'],
  'keyhold rewrap': [
    'keyhold rewrap -k alias/new invoice.enc',
    'keyhold rewrap -r --from-key alias/old -k alias/new sealed',
  ],
  'keyhold exec': [
    'keyhold exec --env DB_PASSWORD=db.kh -c use=db -- ./server',
    'keyhold exec --env-file production.env.kh -- npm start',
  ],
  'keyhold key-file create': [
    'keyhold key-file create -k alias/backup backup.key',
    'keyhold key-file create -k alias/backup -k alias/escrow --json backup.key',
  ],
  'keyhold key-file show': ['keyhold key-file show backup.key', 'keyhold key-file show --json backup.key'],
  'keyhold key-file rewrap': [
    'keyhold key-file rewrap --add alias/escrow backup.key',
    'keyhold key-file rewrap --add alias/new --remove alias/old backup.key',
  ],
  'keyhold recovery-key create': [
    'keyhold recovery-key create /media/usb/recovery.pem',
    'keyhold recovery-key create --json recovery.pem',
  ],
  'keyhold cert self-signed': [
    'keyhold cert self-signed --name kms.lab.example --name 10.0.0.5',
    'keyhold cert self-signed --name "*.kms.lab.example" --days 90 --out /etc/keyhold/tls',
  ],
  'keyhold cert renew': ['keyhold cert renew', 'keyhold cert renew --name kms2.lab.example --out /etc/keyhold/tls'],
  'keyhold key create': [
    'keyhold key create --alias invoices --description "Invoices of 2026"',
    'keyhold key create --alias release --spec ecc-nist-p256 --usage sign-verify --tag team=build',
  ],
  'keyhold key ls': ['keyhold key ls', 'keyhold key ls --region eu-central-1 --json'],
  'keyhold key show': ['keyhold key show alias/invoices', 'keyhold key show alias/invoices --json'],
  'keyhold key describe': [
    'keyhold key describe alias/invoices "Invoices since 2026"',
    'keyhold key describe alias/invoices ""',
  ],
  'keyhold key tag': [
    'keyhold key tag alias/invoices team=billing cost-center=42',
    'keyhold key tag --json alias/invoices team=billing',
  ],
  'keyhold key untag': ['keyhold key untag alias/invoices team', 'keyhold key untag alias/invoices team cost-center'],
  'keyhold key alias create': [
    'keyhold key alias create invoices 1234abcd-12ab-34cd-56ef-1234567890ab',
    'keyhold key alias create bills alias/invoices',
  ],
  'keyhold key alias move': [
    'keyhold key alias move invoices 1234abcd-12ab-34cd-56ef-1234567890ab',
    'keyhold key alias move invoices alias/bills',
  ],
  'keyhold key alias delete': ['keyhold key alias delete invoices', 'keyhold key alias delete --json alias/invoices'],
  'keyhold key alias ls': ['keyhold key alias ls', 'keyhold key alias ls alias/invoices'],
  'keyhold key enable': ['keyhold key enable alias/invoices', 'keyhold key enable --json alias/invoices'],
  'keyhold key disable': ['keyhold key disable alias/invoices', 'keyhold key disable --json alias/invoices'],
  'keyhold key rotate': [
    'keyhold key rotate --on-demand alias/invoices',
    'keyhold key rotate --every 90 alias/invoices',
  ],
  'keyhold key delete': [
    'keyhold key delete --days 30 alias/invoices',
    'keyhold key delete --days 7 --yes 1234abcd-12ab-34cd-56ef-1234567890ab',
  ],
  'keyhold key undelete': [
    'keyhold key undelete alias/invoices',
    'keyhold key undelete 1234abcd-12ab-34cd-56ef-1234567890ab',
  ],
  'keyhold key policy': ['keyhold key policy alias/invoices', 'keyhold key policy --put policy.json alias/invoices'],
  'keyhold key public-key': [
    'keyhold key public-key alias/release > release.pem',
    'keyhold key public-key --json alias/release',
  ],
  'keyhold key grant ls': ['keyhold key grant ls alias/invoices', 'keyhold key grant ls --json alias/invoices'],
  'keyhold key grant create': [
    'keyhold key grant create alias/invoices --to 111122223333 --operation DescribeKey',
    'keyhold key grant create alias/invoices --to 111122223333 --operation Decrypt -c tenant=acme',
  ],
  'keyhold key grant revoke': [
    'keyhold key grant revoke alias/invoices 0c237476b39f8bc44e45212e08498fbe',
    'keyhold key grant revoke --json alias/invoices 0c237476b39f8bc44e45212e08498fbe',
  ],
  'keyhold key report': ['keyhold key report', 'keyhold key report --unused-days 180 --json'],
  'keyhold key shred-certificate': [
    'keyhold key shred-certificate 1234abcd-12ab-34cd-56ef-1234567890ab',
    'keyhold key shred-certificate --raw 1234abcd-12ab-34cd-56ef-1234567890ab > certificate.jws',
  ],
  'keyhold operator quorum ls': [
    'keyhold operator quorum ls --data /var/lib/keyhold',
    'keyhold operator quorum ls --data /var/lib/keyhold --json',
  ],
  'keyhold operator quorum remove': [
    'keyhold operator quorum remove production --data vault --account 111122223333 --yes',
    'keyhold operator quorum remove production --data vault --account 111122223333 --yes --json',
  ],
  'keyhold operator upgrade': [
    'keyhold operator upgrade --data /var/lib/keyhold',
    'keyhold operator upgrade --data /var/lib/keyhold --undo',
  ],
  'keyhold operator root rotate': [
    'keyhold operator root rotate --data /var/lib/keyhold',
    'keyhold operator root rotate --data /var/lib/keyhold --passphrase-file passphrase --json',
  ],
  'keyhold operator rotate-domain': [
    'keyhold operator rotate-domain --data /var/lib/keyhold',
    'keyhold operator rotate-domain --data /var/lib/keyhold --region eu-central-1',
  ],
  'keyhold quorum put': [
    "keyhold quorum put production --needed 1 --approver arn:aws:iam::111122223333:user/ann --key '*'",
    'keyhold quorum put staging --needed 1 --approver arn:aws:iam::111122223333:user/ann --tag env=a',
  ],
  'keyhold quorum ls': ['keyhold quorum ls', 'keyhold quorum ls --json'],
  'keyhold quorum delete': ['keyhold quorum delete production', 'keyhold quorum delete --json production'],
  'keyhold quorum requests': ['keyhold quorum requests', 'keyhold quorum requests --json'],
  'keyhold quorum approve': [
    'keyhold quorum approve 5d0a4c1e-7b6a-4c3d-9e8f-7a6b5c4d3e2f',
    'keyhold quorum approve --json 5d0a4c1e-7b6a-4c3d-9e8f-7a6b5c4d3e2f',
  ],
  'keyhold quorum deny': [
    'keyhold quorum deny 5d0a4c1e-7b6a-4c3d-9e8f-7a6b5c4d3e2f',
    'keyhold quorum deny --json 5d0a4c1e-7b6a-4c3d-9e8f-7a6b5c4d3e2f',
  ],
  'keyhold quorum withdraw': [
    'keyhold quorum withdraw 5d0a4c1e-7b6a-4c3d-9e8f-7a6b5c4d3e2f',
    'keyhold quorum withdraw --json 5d0a4c1e-7b6a-4c3d-9e8f-7a6b5c4d3e2f',
  ],
  'keyhold dev': ['keyhold dev', 'keyhold dev --port 0 --seed keys.yaml -- npm test', 'keyhold dev --clock manual'],
  'keyhold init': [
    'keyhold init ./vault --shares 5 --threshold 3 --credentials-file ./vault.credentials',
    'keyhold init ./vault --shares 3 --threshold 2 --shares-dir ./shares',
    'keyhold init ./vault --no-recovery --root-file /mnt/usb/vault.root --json',
  ],
  'keyhold status': ['keyhold status --data ./vault', 'keyhold status --admin 127.0.0.1:9670 --json'],
  'keyhold serve': [
    'keyhold serve --config /etc/keyhold/keyhold.yaml',
    'keyhold serve --data ./vault',
    'keyhold serve --data ./vault --port 8443 --audit fsync',
  ],
  'keyhold config check': [
    'keyhold config check --config /etc/keyhold/keyhold.yaml',
    'keyhold config check --for dev --config keyhold.yaml --json',
  ],
  'keyhold config show': [
    'keyhold config show --config /etc/keyhold/keyhold.yaml',
    'keyhold config show --config keyhold.yaml --port 8443 --json',
  ],
  'keyhold config schema': ['keyhold config schema', 'keyhold config schema > keyhold.schema.json'],
  'keyhold audit query': [
    'keyhold audit query --data ./vault --event Decrypt',
    'keyhold audit query --data ./vault --key alias/invoices --json',
  ],
  'keyhold audit verify': [
    'keyhold audit verify --data ./vault',
    'keyhold audit verify --data ./vault --since head-of-monday.txt',
  ],
  'keyhold audit head': [
    'keyhold audit head --data ./vault > head-of-monday.txt',
    'keyhold audit head --data ./vault --public-key',
  ],
  'keyhold audit verify-certificate': [
    'keyhold audit verify-certificate certificate.jws --public-key audit-key.txt',
    'keyhold audit verify-certificate certificate.jws --public-key audit-key.pem --json',
  ],
  'keyhold access explain': [
    'keyhold access explain --data ./vault 1f0e4d7c-5b6a-4c3d-9e8f-7a6b5c4d3e2f',
    'keyhold access explain --data ./vault --json 1f0e4d7c-5b6a-4c3d-9e8f-7a6b5c4d3e2f',
  ],
  'keyhold access can-i': [
    'keyhold access can-i Decrypt alias/invoices --region eu-central-1 --data ./vault',
    'keyhold access can-i Decrypt alias/invoices --data ./vault --as arn:aws:iam::111122223333:user/ann',
    'keyhold access can-i RetireGrant alias/invoices --data ./vault --grant-token AQpAM2Ri…',
  ],
  'keyhold access who-can': [
    'keyhold access who-can Decrypt alias/invoices --region eu-central-1 --data ./vault',
    'keyhold access who-can Decrypt alias/invoices --data ./vault -c tenant=acme --json',
  ],
  'keyhold access replay': [
    'keyhold access replay proposed.json --key alias/invoices --data ./vault',
    'keyhold access replay proposed.json --key alias/invoices --since 90d --data ./vault',
  ],
  'keyhold completion': ['keyhold completion bash', 'keyhold completion zsh > _keyhold'],
  'keyhold help': ['keyhold help encrypt', 'keyhold help key create'],
})
