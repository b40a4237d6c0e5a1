import { z } from 'zod';
import { label } from '../../kit/values';

const namespace = z.strictObject({
  name: label().default('mlflow').describe('Namespace that everything is in.'),
  create: z.boolean().optional().describe(
    'Whether the manifests hold the Namespace itself, which then enforces Pod Security "restricted". False where others own it. '
    + 'Default: true; false where it comes with the cluster, is by its name that of a part of it, such as monitoring, or the file names others that are in it, '
    + 'such as a database, or clients: these may be somebody else\'s pods.'),
});

export const sections = { namespace: namespace.prefault({}) };
