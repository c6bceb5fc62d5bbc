/** Built-in roles; the policies say what each may do. */
export const ROLES = [
  'viewer',
  'log-reader',
  'operator',
  'change-author',
  'approver',
  'auditor',
  'admin',
  'break-glass',
] as const;

export type RoleName = (typeof ROLES)[number];

export const isRole = (name: string): name is RoleName => (ROLES as readonly string[]).includes(name);
