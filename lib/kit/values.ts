import { z } from 'zod';
import { isWhole, quantity } from './quantity';

/* The kinds of values that an environment file is made of. */

/** A name that Kubernetes also takes as a label (RFC 1123). */
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** A name as Kubernetes takes it for most objects: only the whole has a limit, not what is between its dots. */
const OBJECT_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;
const LABEL_KEY = /^((?=[^/]{1,253}\/)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/;

const NOT_A_LABEL = 'must be lower-case letters, digits and "-", at most 63, as Kubernetes names are: write e.g. mlflow';
export const label = () => z.string(NOT_A_LABEL).regex(LABEL, NOT_A_LABEL);
export const objectName = (example: string) => {
  const problem = `must be lower-case letters, digits, "-" and ".", at most 253, as Kubernetes names are: write e.g. ${example}`;
  return z.string(problem).regex(OBJECT_NAME, problem);
};
const NOT_A_SECRET = 'must be the name of a Secret, never a value: write e.g. mlflow-database';
export const secretName = () => z.string(NOT_A_SECRET).regex(OBJECT_NAME, NOT_A_SECRET);
export const priorityClass = () => z.string().regex(OBJECT_NAME, 'must be the name of a PriorityClass: write e.g. business-critical');

/** Those that every server has, and those of the clouds. */
const MAINTENANCE_DATABASES = ['postgres', 'template0', 'template1', 'rdsadmin', 'cloudsqladmin', 'azure_maintenance', 'azure_sys', 'alloydbadmin'];
export const databaseName = () => z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/, 'must be a name of PostgreSQL, of letters, digits, "_", "-" and ".": write e.g. mlflow')
  .refine((name) => !MAINTENANCE_DATABASES.includes(name), 'must not be a database that PostgreSQL and its administrators use themselves: write e.g. mlflow');

export const positive = () => z.int('must be a whole number').min(1, 'must be 1 or more');
export const days = () => positive().max(36500, 'must be 36500 or less: it is a number of days');

const NOT_CPU = 'must be a quantity of CPU: write e.g. 500m or 2';
/** More than as many workers as a pod may have could use: whoever writes that means thousandths. */
const MOST_CPU = 64;
export const cpu = () => z.union([z.string(), z.number().transform(String)], NOT_CPU)
  .refine((text) => isCpu(text), NOT_CPU)
  .refine((text) => !isCpu(text) || quantity(text)! > 0, 'must be more than 0')
  .refine((text) => !isCpu(text) || quantity(text)! <= MOST_CPU, `must be ${MOST_CPU} or less: did you forget the unit m?`)
  .refine((text) => !isCpu(text) || isWhole(text, 1000), 'must be whole thousandths of a core: write e.g. 500m');
const isCpu = (text: string) => quantity(text) !== undefined && /^[\d.]+m?$/.test(text);

const NOT_BYTES = 'must be a quantity of bytes: write e.g. 512Mi or 2Gi';
/** @param least and `most` quantities: nobody means less than the first, and nobody has more than the second */
export const bytes = ({ least = '1Mi', most = '64Ti' } = {}) => z.string(NOT_BYTES)
  .refine((text) => isBytes(text), NOT_BYTES)
  .refine((text) => !isBytes(text) || quantity(text)! >= quantity(least)!, `must be ${least} or more: is the unit right?`)
  .refine((text) => !isBytes(text) || quantity(text)! <= quantity(most)!, `must be ${most} or less: is the unit right?`)
  .refine((text) => !isBytes(text) || isWhole(text, 1), 'must be whole bytes: write e.g. 1536Mi');
const isBytes = (text: string) => quantity(text) !== undefined && !text.endsWith('m');

export const labelMap = () => z.record(
  z.string().regex(LABEL_KEY, 'must be a label key as Kubernetes takes it: write e.g. release')
    .refine((key) => key !== 'constructor', 'must not be constructor, which cdk8s takes for a part of JavaScript: label by another key'),
  z.string().regex(LABEL_VALUE, 'must be a label value as Kubernetes takes it: write e.g. prometheus'),
);
