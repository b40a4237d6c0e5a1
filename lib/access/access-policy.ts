/** Who is let in by the Ingress, and what the Ingress must carry for it. */
export interface AccessPolicy {
  /** Annotations of the Ingress. */
  readonly annotations: Record<string, string>;
}

/** Everybody is let in. */
export const openAccess: AccessPolicy = { annotations: {} };
