/**
 * Keeps Argo CD from deleting what cannot be had back: when a changed file renders it no more, and when the Application is deleted.
 *
 * @see https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/
 */
export const KEEP = { 'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false' };
