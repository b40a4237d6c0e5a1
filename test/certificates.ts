import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate and its key, as PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

function subject([name]: readonly string[]): string {
  return `/CN=${name!.slice(0, 64)}`;
}

function alternativeNames(names: readonly string[]): string {
  return `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`;
}

/** A certificate that is its own authority. */
export function selfSigned(names: readonly string[]): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'mlflow-platform-certificate-'));
  const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', subject(names), '-addext', alternativeNames(names),
    '-keyout', key, '-out', certificate], { stdio: 'pipe' });
  return { certificate: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
}

/** Somebody who signs certificates. */
export class CertificateAuthority {
  private readonly folder = mkdtempSync(join(tmpdir(), 'mlflow-platform-authority-'));

  constructor(name: string) {
    this.openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${name}`, '-keyout', 'ca.key', '-out', 'ca.pem');
  }

  /** Its own certificate. */
  get certificate(): string {
    return this.read('ca.pem');
  }

  /** @param days until its end; a negative number for one that has ended */
  sign(names: readonly string[], days = 2): Certificate {
    writeFileSync(join(this.folder, 'names'), alternativeNames(names));
    this.openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', subject(names), '-keyout', 'server.key', '-out', 'server.csr');
    this.openssl('x509', '-req', '-in', 'server.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names', '-days', String(days), '-out', 'server.pem');
    return { certificate: this.read('server.pem'), key: this.read('server.key') };
  }

  private openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.folder, stdio: 'pipe' });
  }

  private read(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8');
  }
}
