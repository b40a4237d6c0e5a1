import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { quantity } from './quantity';

/* The kinds of values that an environment file is made of. */

/** A name as Kubernetes takes it for most objects (RFC 1123 label). */
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
export const LABEL_KEY = /^((?=[^/]{1,253}\/)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
export const LABEL_VALUE = /^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/;
export const SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;

export const label = () => z.string().regex(LABEL, 'must be lower-case letters, digits and "-", at most 63, as Kubernetes names are: write e.g. mlflow');
const NOT_A_HOST = 'must be a DNS name in lower case, without scheme, port or path: write e.g. mlflow.example.com';
export const host = () => z.string().refine((text) => SUBDOMAIN.test(text) && (!/(^|\.)\d+$/.test(text) || ipaddr.IPv4.isValidFourPartDecimal(text)), NOT_A_HOST);
export const ingressHost = () => host().refine((name) => !/^[\d.]+$/.test(name), 'must be a name, not an address: Kubernetes refuses it')
  .refine((name) => name.length <= 247, 'must be 247 characters or shorter: a gateway\'s listeners are named after it');
export const secretName = () => z.string().regex(SUBDOMAIN, 'must be the name of a Secret, never a value: write e.g. mlflow-database');
export const priorityClass = () => z.string().regex(SUBDOMAIN, 'must be the name of a PriorityClass: write e.g. business-critical');
const MAINTENANCE_DATABASES = ['postgres', 'template0', 'template1'];
export const databaseName = () => z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]{0,62}$/, 'must be a name of PostgreSQL, of letters, digits, "_" and "-": write e.g. mlflow')
  .refine((name) => !MAINTENANCE_DATABASES.includes(name), 'must not be a database that PostgreSQL and its administrators use themselves: write e.g. mlflow');
export const positive = () => z.int('must be a whole number').min(1, 'must be 1 or more');
export const cpu = () => z.union([z.string(), z.number().transform(String)], 'must be a quantity of CPU: write e.g. 500m or 2')
  .refine((text) => quantity(text) !== undefined && /^[\d.]+m?$/.test(text), 'must be a quantity of CPU: write e.g. 500m or 2')
  .refine((text) => (quantity(text) ?? 1) > 0, 'must be more than 0');
export const bytes = () => z.string('must be a quantity of bytes: write e.g. 512Mi or 2Gi')
  .refine((text) => quantity(text) !== undefined && !text.endsWith('m'), 'must be a quantity of bytes: write e.g. 512Mi or 2Gi')
  .refine((text) => text.endsWith('m') || (quantity(text) ?? 2 ** 20) >= 2 ** 20, 'must be 1Mi or more: did you forget the unit?');

export const labelMap = () => z.record(
  z.string().regex(LABEL_KEY, 'must be a label key as Kubernetes takes it: write e.g. release'),
  z.string().regex(LABEL_VALUE, 'must be a label value as Kubernetes takes it: write e.g. prometheus'),
);

/** Whether a release is older than another. */
export function isOlder(release: string, other: string): boolean {
  const [left, right] = [release, other].map((text) => text.split('.').map(Number));
  const difference = left!.map((number, index) => number - right![index]!).find((each) => each !== 0) ?? 0;
  return difference < 0;
}
