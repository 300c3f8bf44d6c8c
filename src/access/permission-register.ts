// The national register of permissions, as the service asks it: one question about one patient and one asker.

export interface PermissionQuestion {
  bsn: string;
  organizationUra: string;
  organizationType?: string;
  userId?: string;
  userRole?: string;
  /** v3-ActReason. */
  purpose: string;
}

export interface PermissionAnswer {
  /** Anything but Permit is no. */
  permit: boolean;
  /** The register's own reference to its answer, for the audit. */
  evidence?: string;
}

/** Throws when the register cannot be asked: then there is no permission. */
export type PermissionRegister = (question: PermissionQuestion) => Promise<PermissionAnswer>;
