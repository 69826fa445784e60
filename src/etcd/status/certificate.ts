import { X509Certificate } from 'node:crypto';

/** Of whom a certificate is, and how long it is valid. */
export interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  /** The alternative names: `DNS:m0, IP Address:10.0.0.1`. Empty where there are none. */
  readonly names: string;
  readonly validFrom: Date;
  readonly validTo: Date;
}

export function certificateFacts(certificate: X509Certificate): CertificateFacts {
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    names: certificate.subjectAltName ?? '',
    validFrom: certificate.validFromDate,
    validTo: certificate.validToDate,
  };
}

/** The first certificate of PEM, which is the client's own; `undefined` where there is none that can be read. */
export function firstCertificate(pem: Buffer | undefined): CertificateFacts | undefined {
  if (pem === undefined) return undefined;
  try {
    return certificateFacts(new X509Certificate(pem));
  } catch {
    return undefined; // opening a connection with it says what is wrong
  }
}

/** Whole days until it ends, negative afterwards. */
export function daysLeft({ validTo }: CertificateFacts, now: Date): number {
  return Math.floor((validTo.getTime() - now.getTime()) / 86_400_000);
}

function oneLine(name: string | undefined): string {
  return (name ?? '').replaceAll('\n', ', ');
}
